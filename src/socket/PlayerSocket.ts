import type { WebSocket as WebSocketInstance } from 'ws';
import { WebSocket } from 'ws';
import { type CloseCodeName, closeCodes } from '../../schema/index.ts';
import { kindOf } from '../outbox/batch.ts';
import type { Delivery } from '../outbox/delivery.ts';
import type { Connection } from './Connection.ts';
import type { FrameGuard } from './frame-guard.ts';
import type { OnWritten, SocketWriter } from './SocketWriter.ts';

/** How long a socket may take to answer a close before it is cut. */
const CLOSE_ANSWER_MS = 1_000;

/**
 * The server's end of a player's WebSocket, made by `ws` in place of its own
 * class. All that comes in passes `emit`, all that goes out passes `send`.
 */
export class PlayerSocket extends WebSocket {
  connection: Connection | undefined;
  guard: FrameGuard | undefined;
  writer: SocketWriter | undefined;
  #ending = false;

  watch(connection: Connection, guard: FrameGuard): void {
    this.connection = connection;
    this.guard = guard;
  }

  /** Closes with a code of the catalogue. Later frames are not read, and a client that does not answer is cut. */
  end(name: CloseCodeName): void {
    if (this.#ending) return;
    this.#ending = true;
    const { code, message } = closeCodes[name];
    if (this.connection !== undefined) this.connection.endedWith = code;
    this.close(code, message);
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.#ending = true;
    if (this.connection !== undefined) this.connection.endedWith ??= code ?? null;
    // What was said before must not come after the close.
    this.writer?.finish();
    super.close(code, reason);
    const cut = setTimeout(() => this.terminate(), CLOSE_ANSWER_MS);
    cut.unref();
    this.once('close', () => clearTimeout(cut));
  }

  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    const { guard, connection } = this;
    if (guard === undefined || connection === undefined || (event !== 'message' && event !== 'ping')) {
      return super.emit(event, first, second);
    }
    if (this.#ending) return false;
    const frame = first as Uint8Array;
    connection.framesIn += 1;
    connection.bytesIn += frame.byteLength;
    try {
      const verdict = event === 'ping' ? guard.inspectPing(frame.byteLength) : guard.inspect(frame, second === true);
      if (verdict === 'pass') return super.emit(event, first, second);
      if (verdict !== 'done') this.end(verdict);
      return false;
    } catch (error) {
      // Whatever the guard lets through and the code behind it throws at: without this it would end the process.
      guard.failed(error);
      this.end('PROTOCOL_ERROR');
      return false;
    }
  }

  /** Colyseus sends whole binary messages only; anything else is a mistake of the caller's. */
  override send(data: Parameters<WebSocketInstance['send']>[0], _options?: unknown, onWritten?: OnWritten): void {
    const { writer, connection } = this;
    if (!(data instanceof Uint8Array)) throw new TypeError('a player is sent bytes');
    if (writer === undefined || connection === undefined || this.readyState !== WebSocket.OPEN) {
      super.send(data, { binary: true }, onWritten);
      return;
    }
    connection.framesOut += 1;
    connection.bytesOut += data.byteLength;
    if (kindOf(data) === 'patch') {
      connection.patchesOut += 1;
      connection.patchBytesOut += data.byteLength;
    }
    writer.send(data, undefined, onWritten);
  }

  /** Sends a message as its delivery says. */
  deliver(data: Uint8Array, delivery: Delivery): void {
    const { writer, connection } = this;
    if (writer === undefined || connection === undefined || this.readyState !== WebSocket.OPEN) return;
    connection.framesOut += 1;
    connection.bytesOut += data.byteLength;
    writer.send(data, delivery);
  }
}
