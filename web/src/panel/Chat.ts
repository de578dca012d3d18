import { element } from '../element.ts';
import { inkOf } from '../world/palette.ts';
import { sentenceOf } from './sentence.ts';

const MOST_LINES = 100;
/** Who has scrolled up further than this, in CSS pixels, is reading and is not moved. */
const NEAR_END = 40;

/** The log and the line to write in. What people say is only ever text. */
export class Chat {
  readonly #log = element('chat-log');
  readonly #text = element<HTMLInputElement>('chat-text');
  readonly #error = element('chat-error');
  readonly #say: (text: string) => Promise<unknown>;
  /** Of the log when it was last looked at. */
  #height = 0;

  /** `say` rejects with what the server has against it; the text then stays to be sent again. */
  constructor(say: (text: string) => Promise<unknown>) {
    this.#say = say;
    element('chat-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
    new ResizeObserver(() => {
      const reading = this.#reading;
      this.#height = this.#log.clientHeight;
      if (!reading) this.#toEnd();
    }).observe(this.#log);
  }

  said({ name, hue, text }: { readonly name: string; readonly hue: number | undefined; readonly text: string }): void {
    const who = document.createElement('b');
    const bdi = document.createElement('bdi');
    bdi.textContent = name;
    who.append(bdi);
    if (hue !== undefined) who.style.setProperty('--who', inkOf(hue));
    this.#add('', who, text);
  }

  /** Something that happened. */
  event(text: string): void {
    this.#add('event', text);
  }

  focus(): void {
    this.#text.focus();
  }

  #toEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  get #reading(): boolean {
    const { scrollHeight, scrollTop } = this.#log;
    return scrollHeight - scrollTop - this.#height > NEAR_END;
  }

  #add(className: string, ...content: Array<Node | string>): void {
    const reading = this.#reading;
    const line = document.createElement('li');
    line.className = className;
    line.append(...content);
    this.#log.append(line);
    while (this.#log.childElementCount > MOST_LINES) this.#log.firstElementChild!.remove();
    if (!reading) this.#toEnd();
  }

  async #send(): Promise<void> {
    const text = this.#text.value.trim();
    if (text === '') return;
    this.#text.value = '';
    this.#error.hidden = true;
    try {
      await this.#say(text);
    } catch (error) {
      this.#error.textContent = sentenceOf(error);
      this.#error.hidden = false;
      // Unless the next one is being written already.
      if (this.#text.value === '') this.#text.value = text;
    }
  }
}
