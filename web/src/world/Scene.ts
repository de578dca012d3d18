import type { Camera, Point } from './Camera.ts';
import { type Box, drawBubble } from './draw-bubble.ts';
import { drawGround } from './draw-ground.ts';
import { drawPin, type Pin } from './draw-mark.ts';
import { drawBlur, drawPlayer, type Figure } from './draw-player.ts';
import { drawAway, drawPlate, drawPointer } from './draw-text.ts';
import { watchPalette } from './palette.ts';
import type { Surface } from './Surface.ts';

export interface NamedFigure extends Figure {
  readonly id: string;
  readonly name: string;
  /** What they say just now, and how much of the bubble is still there: 0 … 1. */
  readonly says: { readonly text: string; readonly alpha: number } | undefined;
}

export interface LabelledPin extends Pin {
  readonly label: string;
}

export interface SceneContent {
  readonly figures: readonly NamedFigure[];
  /** About where those are who are too far, or too many, to be figures. */
  readonly crowd: readonly Point[];
  readonly pins: readonly LabelledPin[];
  /** For what moves by itself, in milliseconds; 0 when nothing may. */
  readonly time: number;
}

/** From a figure's or a pin's place to what is written at it: figures by zoom, plates in CSS pixels. */
const HEAD_ROOM = 29;
const DOTS_TURN_MS = 1_200;
/** Arrows at the border at most, towards the nearest who are outside of the view: the map has the others. */
const MOST_POINTERS = 5;

/** Draws everything that is on the canvas. Knows no room and no player but what it is told. */
export class Scene {
  readonly #surface: Surface;
  readonly #camera: Camera;
  readonly #palette = watchPalette();

  constructor(surface: Surface, camera: Camera) {
    this.#surface = surface;
    this.#camera = camera;
  }

  draw({ figures, crowd, pins, time }: SceneContent): void {
    const { context, width, height } = this.#surface;
    const palette = this.#palette();
    this.#surface.usePage();
    context.fillStyle = palette.outside;
    context.fillRect(0, 0, width, height);

    this.#surface.useWorld(this.#camera);
    drawGround(context, palette, this.#camera.shown({ left: 0, top: 0, right: width, bottom: height }));
    for (const place of crowd) drawBlur(context, place, palette);
    const standing = [
      ...figures.map((figure) => ({ y: figure.y, draw: () => drawPlayer(context, figure, palette) })),
      ...pins.map((pin) => ({ y: pin.y, draw: () => drawPin(context, pin, palette) })),
    ];
    standing.sort((a, b) => a.y - b.y);
    for (const { draw } of standing) draw();

    this.#surface.usePage();
    for (const pin of pins) if (pin.label !== '') this.#drawLabel(pin);
    for (const figure of figures) this.#drawName(figure);
    this.#drawAbove(figures, time);
    for (const figure of this.#nearestOutside(figures)) this.#drawPointer(figure);
  }

  #drawLabel(pin: LabelledPin): void {
    const { x, y } = this.#camera.toPage(pin);
    drawPlate(this.#surface.context, { x, y: y + 15 }, pin.label, { palette: this.#palette(), strong: false });
  }

  #drawName({ name, own, connected, alpha, ...figure }: NamedFigure): void {
    const { context } = this.#surface;
    context.globalAlpha = alpha;
    drawPlate(context, this.#above(figure, 12), name, {
      palette: this.#palette(),
      strong: true,
      own,
      faded: !connected,
    });
    context.globalAlpha = 1;
  }

  /** The lowest bubble keeps its place, and those that it would cover go up. */
  #drawAbove(figures: readonly NamedFigure[], time: number): void {
    const { context } = this.#surface;
    const palette = this.#palette();
    const taken: Box[] = [];
    for (const figure of [...figures].sort((a, b) => b.y - a.y)) {
      if (!figure.connected) {
        const phase = (time % DOTS_TURN_MS) / DOTS_TURN_MS;
        drawAway(context, this.#above(figure, 34), { phase, alpha: figure.alpha, palette });
      } else if (figure.says) {
        drawBubble(context, this.#above(figure, 24), figure.says, { palette, taken, free: this.#camera.free });
      }
    }
  }

  #nearestOutside(figures: readonly NamedFigure[]): NamedFigure[] {
    const { left, top, right, bottom } = this.#camera.free;
    const slack = HEAD_ROOM * this.#camera.zoom;
    const outside = figures.filter((figure) => {
      const at = this.#camera.toPage(figure);
      const inside = at.x > left - slack && at.x < right + slack && at.y > top - slack && at.y < bottom + slack;
      return !figure.own && !inside;
    });
    const away = ({ x, y }: NamedFigure): number => Math.hypot(x - this.#camera.x, y - this.#camera.y);
    return outside.sort((a, b) => away(a) - away(b)).slice(0, MOST_POINTERS);
  }

  #drawPointer(figure: NamedFigure): void {
    const { context } = this.#surface;
    const palette = this.#palette();
    context.globalAlpha = figure.alpha;
    const look = { fill: palette.body(figure.hue).deep, rim: palette.rim };
    drawPointer(context, this.#camera.toPage(figure), this.#camera.free, look);
    context.globalAlpha = 1;
  }

  /** So many CSS pixels above the head. */
  #above({ x, y }: Point, pixels: number): Point {
    const page = this.#camera.toPage({ x, y: y - HEAD_ROOM });
    return { x: page.x, y: page.y - pixels };
  }
}
