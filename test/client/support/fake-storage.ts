import type { SessionStorage } from '../../../client/src/index.ts';

/** As `sessionStorage` of one tab. */
export class FakeStorage implements SessionStorage {
  readonly #items = new Map<string, string>();

  constructor(key?: string, value = '') {
    if (key !== undefined) this.#items.set(key, value);
  }

  get size(): number {
    return this.#items.size;
  }

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }

  removeItem(key: string): void {
    this.#items.delete(key);
  }

  copy(): FakeStorage {
    const copy = new FakeStorage();
    for (const [key, value] of this.#items) copy.setItem(key, value);
    return copy;
  }
}
