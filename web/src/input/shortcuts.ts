import { keysAreTaken } from './typing.ts';

export interface Shortcuts {
  readonly isIn: () => boolean;
  readonly chat: () => void;
  readonly world: () => void;
  readonly placeMark: () => void;
  readonly removeMark: () => void;
}

/** Enter, M and Delete over the world; Escape from anywhere back to it. */
export function watchShortcuts({ isIn, chat, world, placeMark, removeMark }: Shortcuts): void {
  window.addEventListener('keydown', (event) => {
    if (!isIn() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') return world();
    if (keysAreTaken()) return;
    const onControl = document.activeElement?.closest('button, summary, a') !== null;
    const action = {
      Enter: onControl ? undefined : chat,
      m: placeMark,
      M: placeMark,
      Delete: removeMark,
      Backspace: removeMark,
    }[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
