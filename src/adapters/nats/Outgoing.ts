/** Bytes that may have left without the server having read them. */
export const MAX_UNREAD = 8 * 1024 * 1024;
/** After so many the server is asked whether it has read them. */
const STEP = 64 * 1024;

/**
 * Counts what was sent to a server that may have stopped to read: the client
 * library would buffer that without end. A ping that comes back says that all
 * before it was read.
 */
export class Outgoing {
  readonly #ping: () => Promise<void>;
  #unread = 0;
  #asking = false;

  constructor(ping: () => Promise<void>) {
    this.#ping = ping;
  }

  /** False when the bound is reached: the message must not be sent. */
  add(bytes: number): boolean {
    if (this.#unread + bytes > MAX_UNREAD) return false;
    this.#unread += bytes;
    if (this.#unread >= STEP && !this.#asking) void this.#ask();
    return true;
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    // Later, so that the ping follows the message that is about to be sent.
    await Promise.resolve();
    const read = this.#unread;
    try {
      await this.#ping();
    } catch {
      // The connection was lost, and what was unread with it.
    }
    this.#unread -= read;
    this.#asking = false;
    if (this.#unread >= STEP) void this.#ask();
  }
}
