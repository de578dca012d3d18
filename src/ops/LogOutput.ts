import type { Writable } from 'node:stream';

/** Lines that may wait for a slow reader, in bytes of the stream. What comes beyond is dropped and counted. */
export const MAX_WAITING_BYTES = 4 * 1_024 * 1_024;

/**
 * Lines on a stream whose reader may be slow, stand still or be gone: the server
 * neither waits for it nor ends with it. pino's own writer tries for ever to
 * write what is left at the end of a process to a pipe that nobody reads any
 * more, and such a process never ended.
 */
export class LogOutput {
  readonly #stream: Writable;
  readonly #onDropped: () => void;
  #isGone = false;

  constructor(stream: Writable, onDropped: () => void = () => {}) {
    this.#stream = stream;
    this.#onDropped = onDropped;
    // EPIPE, mostly. Without a listener it would end the process, and there is nobody to tell.
    stream.on('error', () => {
      this.#isGone = true;
    });
  }

  write(line: string): void {
    if (this.#isGone || this.#stream.writableLength + line.length > MAX_WAITING_BYTES) this.#onDropped();
    else this.#stream.write(line);
  }

  /** Resolves when all has been written, nobody reads any more, or `ms` have passed. */
  async drained(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const late = setTimeout(resolve, ms);
    this.#stream.once('error', () => resolve());
    // Called in the order of the writes; of a stream that has failed, or with its error.
    if (this.#isGone) resolve();
    else this.#stream.write('', () => resolve());
    await promise;
    clearTimeout(late);
  }
}
