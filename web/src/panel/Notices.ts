import { element } from '../element.ts';

const LASTS_MS = 4_500;
const MOST = 3;

/** Short sentences that go away by themselves. */
export class Notices {
  readonly #list = element('notices');

  readonly tell = (sentence: string): void => {
    const known = [...this.#list.children].find((notice) => notice.textContent === sentence);
    known?.remove();
    const notice = document.createElement('p');
    notice.textContent = sentence;
    this.#list.append(notice);
    while (this.#list.childElementCount > MOST) this.#list.firstElementChild!.remove();
    setTimeout(() => notice.remove(), LASTS_MS);
  };
}
