import type { Direction } from './Steering.ts';
import { keysAreTaken } from './typing.ts';

/** By place on the keyboard, so that WASD is one block on every layout. */
const KEYS: Readonly<Record<string, Direction>> = {
  KeyW: { x: 0, y: -1 },
  ArrowUp: { x: 0, y: -1 },
  KeyS: { x: 0, y: 1 },
  ArrowDown: { x: 0, y: 1 },
  KeyA: { x: -1, y: 0 },
  ArrowLeft: { x: -1, y: 0 },
  KeyD: { x: 1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
};

/** The direction of the keys that are held. Nothing is held while a text field has the focus. */
export function watchKeyboard(): () => Direction {
  const held = new Set<string>();
  const release = (): void => held.clear();

  window.addEventListener('keydown', (event) => {
    if (!Object.hasOwn(KEYS, event.code) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (keysAreTaken()) return;
    event.preventDefault();
    held.add(event.code);
  });
  window.addEventListener('keyup', (event) => held.delete(event.code));
  // A key that is let go elsewhere is never heard of again.
  window.addEventListener('blur', release);
  document.addEventListener('visibilitychange', release);
  document.addEventListener('focusin', () => {
    if (keysAreTaken()) release();
  });

  return () => {
    let x = 0;
    let y = 0;
    for (const code of held) {
      x += KEYS[code]!.x;
      y += KEYS[code]!.y;
    }
    return { x: Math.sign(x), y: Math.sign(y) };
  };
}
