import type { ConnectionStatus } from '@gatehouse/client';
import { element } from '../element.ts';

const BACK_MS = 2_500;

/** One line over the world while the connection is lost, and for a moment when it is back. */
export class Banner {
  readonly #banner = element('banner');
  #lost = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(status: ConnectionStatus): void {
    clearTimeout(this.#timer);
    if (status.state === 'reconnecting') {
      this.#lost = true;
      this.#say('Connection lost. Your place is kept…', false);
    } else if (status.state === 'online' && this.#lost) {
      this.#lost = false;
      this.#say('You are back.', true);
      this.#timer = setTimeout(() => this.hide(), BACK_MS);
    } else {
      this.hide();
    }
  }

  hide(): void {
    this.#lost = false;
    this.#banner.hidden = true;
  }

  #say(text: string, good: boolean): void {
    // Set anew only when it is another, or a screen reader says it once an attempt.
    if (this.#banner.textContent !== text) this.#banner.textContent = text;
    this.#banner.classList.toggle('good', good);
    this.#banner.hidden = false;
  }
}
