import { element } from '../element.ts';

/** On a phone the panel is a drawer under its bar; elsewhere it is always open and this does nothing that shows. */
export class Drawer {
  readonly #panel = element('panel');
  readonly #toggle = element<HTMLButtonElement>('panel-toggle');
  readonly #unread = element('unread');
  #count = 0;

  constructor() {
    this.#toggle.addEventListener('click', () => this.set(!this.open));
    this.#panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#isDrawer && this.open) {
        this.set(false);
        this.#toggle.focus();
      }
    });
  }

  get open(): boolean {
    return this.#panel.classList.contains('open');
  }

  set(open: boolean): void {
    this.#panel.classList.toggle('open', open);
    this.#toggle.ariaExpanded = String(open);
    if (open) this.#showUnread(0);
  }

  /** Somebody spoke: counted while the drawer is shut. */
  spoken(): void {
    if (this.#isDrawer && !this.open) this.#showUnread(this.#count + 1);
  }

  get #isDrawer(): boolean {
    return getComputedStyle(this.#toggle).display !== 'none';
  }

  #showUnread(count: number): void {
    this.#count = count;
    this.#unread.hidden = count === 0;
    this.#unread.textContent = count > 99 ? '99+' : String(count);
  }
}
