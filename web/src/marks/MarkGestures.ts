import type { Camera, Point } from '../world/Camera.ts';
import type { MarkDrag } from './MarkDrag.ts';
import type { Marks } from './Marks.ts';

/** A press that goes further than this, in CSS pixels, is a drag. */
const DRAG_FROM = 5;
const LONG_PRESS_MS = 550;
/** How far beside a pin a press still is on it, in CSS pixels. */
const MOUSE_SLACK = 3;
const TOUCH_SLACK = 12;

type Press = {
  readonly pointer: number;
  readonly start: Point;
  /** Where the pointer is now. */
  at: Point;
  /** From the pointer to the tip of the pin, in world units. */
  readonly grip: Point;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
  /** From the first touch on, so that an edit by another before the first move is a conflict too. */
  readonly drag: MarkDrag | null;
  moved: boolean;
};

export interface MarkGesturesParts {
  readonly canvas: HTMLCanvasElement;
  readonly camera: Camera;
  /** The marks of the stay that is on, if any. */
  readonly marks: () => Marks | null;
  /** The player turns to the world, away from whatever else had the focus. */
  readonly onPress: () => void;
  /** The player wants a mark here. */
  readonly onPlace: (at: Point) => void;
}

/**
 * What a pointer does on the canvas: select, drag, and ask for a new mark. Call
 * what it returns once a frame: a mark in the hand stays there when the camera moves.
 */
export function watchMarkGestures({ canvas, camera, marks, onPress, onPlace }: MarkGesturesParts): () => void {
  let press: Press | null = null;

  const carry = (): void => {
    if (!press?.moved) return;
    const { x, y } = camera.toWorld(press.at);
    press.drag?.to(camera.within({ x: x + press.grip.x, y: y + press.grip.y }));
  };

  const pick = (at: Point, type: string): string | null =>
    marks()?.pick(camera.toWorld(at), (type === 'mouse' ? MOUSE_SLACK : TOUCH_SLACK) / camera.zoom) ?? null;

  canvas.addEventListener('pointerdown', (event) => {
    const here = marks();
    if (here === null || event.button !== 0 || press !== null) return;
    onPress();
    const start = pointOf(event);
    const mark = pick(start, event.pointerType);
    const from = camera.toWorld(start);
    const tip = (mark === null ? undefined : here.placeOf(mark)) ?? from;
    const wantsLongPress = mark === null && event.pointerType !== 'mouse';
    const longPress = (): void => {
      press = null;
      onPlace(from);
    };
    press = {
      pointer: event.pointerId,
      start,
      at: start,
      grip: { x: tip.x - from.x, y: tip.y - from.y },
      timer: wantsLongPress ? setTimeout(longPress, LONG_PRESS_MS) : undefined,
      drag: mark === null ? null : here.grab(mark),
      moved: false,
    };
    here.select(mark);
    canvas.setPointerCapture(event.pointerId);
  });

  canvas.addEventListener('pointermove', (event) => {
    const at = pointOf(event);
    if (press === null) {
      if (event.pointerType === 'mouse') canvas.classList.toggle('grabbable', pick(at, 'mouse') !== null);
      return;
    }
    if (press.pointer !== event.pointerId) return;
    if (!press.moved && Math.hypot(at.x - press.start.x, at.y - press.start.y) > DRAG_FROM) {
      press.moved = true;
      clearTimeout(press.timer);
      canvas.classList.toggle('grabbing', press.drag !== null);
    }
    press.at = at;
    carry();
  });

  for (const end of ['pointerup', 'pointercancel'] as const) {
    canvas.addEventListener(end, (event) => {
      if (press?.pointer !== event.pointerId) return;
      clearTimeout(press.timer);
      press.drag?.drop();
      press = null;
      canvas.classList.remove('grabbing');
    });
  }

  canvas.addEventListener('dblclick', (event) => {
    if (marks() !== null && pick(pointOf(event), 'mouse') === null) onPlace(camera.toWorld(pointOf(event)));
  });
  // The mouse events that follow a touch would take the focus from the form that a long press has opened.
  canvas.addEventListener('mousedown', (event) => event.preventDefault());
  // A long press opens no menu of the browser.
  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  return carry;
}

/** The canvas begins at the page's corner, so page and canvas coordinates are one. */
function pointOf(event: MouseEvent): Point {
  return { x: event.clientX, y: event.clientY };
}
