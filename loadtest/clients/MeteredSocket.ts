import { type ClientOptions, WebSocket } from 'ws';
import { currentMeter, type Meter } from './Meter.ts';

/**
 * The WebSocket of every player, the SDK's as well (`install-socket.ts`). Counts what passes, and can do what a browser's
 * cannot: be lost without a word, and stop reading.
 */
export class MeteredSocket extends WebSocket {
  readonly #meter: Meter | undefined = currentMeter.getStore();

  constructor(url: string | URL, options?: ClientOptions) {
    // As in a browser, a promise that one frame resolves is heard of before the next frame; who needs no promises may
    // say otherwise.
    super(url, { allowSynchronousEvents: false, ...options });
    this.#meter?.opened(this);
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'message' || this.#meter === undefined) return super.emit(event, ...args);
    const [data] = args;
    const frame = data instanceof ArrayBuffer ? new Uint8Array(data) : (data as Uint8Array);
    try {
      return super.emit(event, ...args);
    } catch (error) {
      this.#meter.fault(`a frame could not be taken: ${error instanceof Error ? error.message : String(error)}`);
      return true;
    } finally {
      this.#meter.came(frame);
    }
  }

  override send(data: Parameters<WebSocket['send']>[0]): void {
    if (this.readyState !== WebSocket.OPEN) return;
    if (data instanceof Uint8Array) this.#meter?.sent(data);
    super.send(data);
  }
}
