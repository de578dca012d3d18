import { element } from '../element.ts';
import type { Frame } from './Camera.ts';

/** As in styles/panel.css: below this the panel is a drawer under a bar. */
const drawer = matchMedia('(max-width: 760px), (max-height: 500px)');

/** The part of the page that the panel leaves free; tells the style sheets how much it takes on the right and at the top. */
export function freeFrame(width: number, height: number): Frame {
  const panel = element('panel');
  const frame = { left: 0, top: 0, right: width, bottom: height };
  if (!panel.hidden && drawer.matches) {
    frame.top = panel.querySelector('header')!.getBoundingClientRect().bottom;
  } else if (!panel.hidden) {
    frame.right = panel.getBoundingClientRect().left;
  }
  document.documentElement.style.setProperty('--inset-right', `${width - frame.right}px`);
  document.documentElement.style.setProperty('--inset-top', `${frame.top}px`);
  return frame;
}
