import { element } from '../element.ts';
import { randomName } from './names.ts';

/** What the visitor wants to come in with. */
export type Answer = { readonly name: string } | { readonly token: string };

/** Asks who the visitor is: for a name, or for a token where the server hands out none. */
export class JoinCard {
  readonly #dialog = element<HTMLDialogElement>('join');
  readonly #name = element<HTMLInputElement>('join-name');
  readonly #token = element<HTMLInputElement>('join-token');
  readonly #error = element('join-error');
  readonly #enter = element<HTMLButtonElement>('join-enter');
  readonly #cancel = element<HTMLButtonElement>('join-cancel');
  #byToken = false;

  /** `onAnswer` may be called again and again: until `close`, each submit is a new try. */
  constructor(onAnswer: (answer: Answer) => void) {
    element<HTMLFormElement>('join-form').addEventListener('submit', (event) => {
      event.preventDefault();
      const name = this.#name.value.trim();
      const token = this.#token.value.trim();
      if (this.#byToken ? token === '' : name === '')
        return this.fail('Please fill this in.', { change: !this.#cancel.hidden });
      onAnswer(this.#byToken ? { token } : { name });
    });
    element('join-other').addEventListener('click', () => {
      this.#name.value = randomName();
    });
    this.#cancel.addEventListener('click', () => this.close());
    this.#dialog.addEventListener('cancel', (event) => {
      if (this.#cancel.hidden) event.preventDefault();
    });
  }

  get isOpen(): boolean {
    return this.#dialog.open;
  }

  /** `change`: the visitor is in and may cancel. */
  ask({ name = randomName(), change = false }: { name?: string; change?: boolean } = {}): void {
    element('join-title').textContent = change ? 'Change name' : 'Gatehouse';
    element('join-lead').textContent = change
      ? 'You leave and come in again under the new name.'
      : 'A small shared place. Walk around, talk, leave marks.';
    this.#name.value = name;
    this.#mayCancel(change);
    this.#error.hidden = true;
    this.busy(false);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#field.select();
  }

  /** The server hands out no tokens: from now on the card asks for one. */
  askForToken(): void {
    this.#byToken = true;
    element('join-by-name').hidden = true;
    element('join-by-token').hidden = false;
    this.#name.required = false;
    this.ask();
  }

  busy(busy: boolean): void {
    this.#enter.disabled = busy;
    this.#enter.textContent = busy ? 'Entering…' : 'Enter';
    if (busy) this.#error.hidden = true;
  }

  /** `change`: as in `ask`; whoever has left already cannot go back. */
  fail(sentence: string, { change }: { change: boolean }): void {
    this.busy(false);
    this.#mayCancel(change);
    this.#error.textContent = sentence;
    this.#error.hidden = false;
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#field.focus();
  }

  close(): void {
    this.#token.value = '';
    this.#dialog.close();
  }

  #mayCancel(may: boolean): void {
    this.#cancel.hidden = !may;
    this.#dialog.setAttribute('closedby', may ? 'closerequest' : 'none');
  }

  get #field(): HTMLInputElement {
    return this.#byToken ? this.#token : this.#name;
  }
}
