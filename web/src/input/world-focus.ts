import { element } from '../element.ts';

/** Gives the keys to the world. */
export function focusWorld(): void {
  element('world').focus({ preventScroll: true });
}

/** Marks the world as reached with Tab, for its focus ring, until another key is used. */
export function watchWorldFocus(): void {
  const world = element('world');
  let tab = false;
  window.addEventListener(
    'keydown',
    ({ key }) => {
      tab = key === 'Tab';
      if (!tab && key !== 'Shift') world.classList.remove('tabbed');
    },
    { capture: true },
  );
  window.addEventListener(
    'pointerdown',
    () => {
      tab = false;
      world.classList.remove('tabbed');
    },
    { capture: true },
  );
  world.addEventListener('focus', () => world.classList.toggle('tabbed', tab));
}
