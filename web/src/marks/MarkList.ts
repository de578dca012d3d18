import { element } from '../element.ts';
import { fillOf } from '../world/palette.ts';

export interface ListedMark {
  readonly id: string;
  readonly label: string;
  readonly hue: number;
  readonly selected: boolean;
}

/** All marks as a list in the panel: the way to them without a pointer. */
export class MarkList {
  readonly #list = element('marks-list');
  readonly #count = element('marks-count');
  readonly #actions: { readonly onSelect: (id: string) => void; readonly onRemove: (id: string) => void };
  #shown = '';

  constructor(actions: { readonly onSelect: (id: string) => void; readonly onRemove: (id: string) => void }) {
    this.#actions = actions;
  }

  /** Renders when something is another than before. */
  show(marks: readonly ListedMark[]): void {
    const shown = JSON.stringify(marks.map(({ id, label, hue }) => [id, label, hue]));
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#count.textContent = String(marks.length);
      this.#render(marks);
    }
    marks.forEach(({ selected }, index) => {
      this.#list.children[index]?.firstElementChild?.setAttribute('aria-pressed', String(selected));
    });
  }

  #render(marks: readonly ListedMark[]): void {
    const focused = [...this.#list.children].findIndex((item) => item.contains(document.activeElement));
    this.#list.replaceChildren(...marks.map((mark) => this.#item(mark)));
    // Whoever removes one with the keyboard stays at the same place of the list.
    const next = this.#list.children[Math.min(focused, marks.length - 1)];
    if (focused >= 0) next?.querySelector('button')?.focus();
  }

  #item({ id, label, hue }: ListedMark): HTMLLIElement {
    const item = document.createElement('li');
    const select = button(label === '' ? 'Unnamed mark' : label, () => this.#actions.onSelect(id));
    select.style.setProperty('--mark', fillOf(hue));
    const remove = button('×', () => this.#actions.onRemove(id));
    remove.className = 'round';
    remove.ariaLabel = `Remove ${label === '' ? 'this mark' : label}`;
    item.append(select, remove);
    return item;
  }
}

function button(text: string, onClick: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.addEventListener('click', onClick);
  return made;
}
