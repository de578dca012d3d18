import { element } from '../element.ts';

/** Says that the stay is over, why, and what can be done. */
export class FailedCard {
  readonly #dialog = element<HTMLDialogElement>('failed');
  readonly #again = element<HTMLButtonElement>('failed-again');

  constructor(actions: { readonly onAgain: () => void; readonly onRename: () => void }) {
    this.#again.addEventListener('click', actions.onAgain);
    element('failed-rename').addEventListener('click', actions.onRename);
    this.#dialog.addEventListener('cancel', (event) => event.preventDefault());
  }

  show({ title, sentence }: { readonly title: string; readonly sentence: string }): void {
    element('failed-title').textContent = title;
    element('failed-sentence').textContent = sentence;
    this.busy(false);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#again.focus();
  }

  busy(busy: boolean): void {
    this.#again.disabled = busy;
    this.#again.textContent = busy ? 'Joining…' : 'Join again';
  }

  close(): void {
    this.#dialog.close();
  }
}
