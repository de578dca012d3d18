import { element } from '../element.ts';
import type { Direction } from './Steering.ts';

/** How far the knob goes, in CSS pixels. */
const REACH = 40;
/** Part of the reach in which a resting thumb moves nobody. */
const DEAD = 0.15;

/** A stick for the thumb, shown on screens that are touched. */
export function watchStick(): () => Direction {
  const base = element('stick');
  const knob = element('stick-knob');
  const coarse = matchMedia('(pointer: coarse)');
  let thumb: number | null = null;
  let direction: Direction = { x: 0, y: 0 };

  const show = (): void => {
    base.hidden = false;
  };
  if (coarse.matches) show();
  coarse.addEventListener('change', show);
  // A laptop with a touch screen says that its pointer is fine, until it is touched.
  window.addEventListener('touchstart', show, { once: true, passive: true });

  const follow = (event: PointerEvent): void => {
    const box = base.getBoundingClientRect();
    const dx = event.clientX - (box.left + box.width / 2);
    const dy = event.clientY - (box.top + box.height / 2);
    const length = Math.hypot(dx, dy);
    const scale = length > REACH ? REACH / length : 1;
    knob.style.transform = `translate(${dx * scale}px, ${dy * scale}px)`;
    const still = length < REACH * DEAD;
    direction = still ? { x: 0, y: 0 } : { x: (dx * scale) / REACH, y: (dy * scale) / REACH };
  };
  const release = (): void => {
    thumb = null;
    direction = { x: 0, y: 0 };
    knob.style.transform = '';
  };

  base.addEventListener('pointerdown', (event) => {
    if (thumb !== null) return;
    thumb = event.pointerId;
    base.setPointerCapture(event.pointerId);
    follow(event);
  });
  base.addEventListener('pointermove', (event) => {
    if (event.pointerId === thumb) follow(event);
  });
  for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
    base.addEventListener(end, (event) => {
      if (event.pointerId === thumb) release();
    });
  }
  base.addEventListener('contextmenu', (event) => event.preventDefault());
  return () => direction;
}
