import type { WebSocket as WebSocketInstance } from 'ws';
import { WebSocket } from 'ws';
import { type CloseCodeName, closeCodes } from '../../schema/index.ts';
import type { Connection } from './Connection.ts';

/** Looks at each frame before the room does. */
export interface FrameGuard {
  /** The reason to end the connection, or undefined when the frame may pass. */
  inspect(frame: Uint8Array): CloseCodeName | undefined;
  /** A frame made the code behind it throw. */
  failed(error: unknown): void;
}

/** How long a socket may take to answer a close before it is cut. */
const CLOSE_ANSWER_MS = 1_000;

/**
 * The server's end of a player's WebSocket, made by `ws` in place of its own
 * class. All that comes in passes `emit`, all that goes out passes `send`.
 */
export class PlayerSocket extends WebSocket {
  connection: Connection | undefined;
  #guard: FrameGuard | undefined;
  #ending = false;

  watch(connection: Connection, guard: FrameGuard): void {
    this.connection = connection;
    this.#guard = guard;
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
    super.close(code, reason);
    const cut = setTimeout(() => this.terminate(), CLOSE_ANSWER_MS);
    cut.unref();
    this.once('close', () => clearTimeout(cut));
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const guard = this.#guard;
    if (event !== 'message' || guard === undefined) return super.emit(event, ...args);
    if (this.#ending) return false;
    const frame = args[0] as Uint8Array;
    const connection = this.connection!;
    connection.framesIn += 1;
    connection.bytesIn += frame.byteLength;
    const reason = guard.inspect(frame);
    if (reason !== undefined) {
      this.end(reason);
      return false;
    }
    try {
      return super.emit(event, ...args);
    } catch (error) {
      // Colyseus decodes the head of a frame outside of any try: without this a truncated frame ends the process.
      guard.failed(error);
      this.end('PROTOCOL_ERROR');
      return false;
    }
  }

  override send(data: Parameters<WebSocketInstance['send']>[0], ...rest: never[]): void {
    const connection = this.connection;
    if (connection !== undefined) {
      connection.framesOut += 1;
      connection.bytesOut += (data as Uint8Array).byteLength;
    }
    (super.send as (...args: unknown[]) => void)(data, ...rest);
  }
}
