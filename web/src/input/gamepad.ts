import type { Direction } from './Steering.ts';

const DEAD = 0.2;

/** The left stick of the first gamepad. Asked once a frame, as gamepads send no events. */
export function readGamepad(): Direction {
  // The list is empty until a button was pressed, and not there at all without a secure context.
  for (const pad of navigator.getGamepads?.() ?? []) {
    const [x = 0, y = 0] = pad?.axes ?? [];
    if (Math.hypot(x, y) > DEAD) return { x, y };
  }
  return { x: 0, y: 0 };
}
