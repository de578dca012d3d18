import type { Duplex } from 'node:stream';
import { binaryFrame } from './websocket-frame.ts';

/** Called when what it was given with has gone to the system, or cannot any more. */
export type OnWritten = (error?: Error) => void;

/** Frames of one turn that are copied together into one write; beyond, the system gathers them. */
const MAX_JOINED_BYTES = 16_384;

/**
 * The last write of one connection. What is sent in one turn of the event loop
 * leaves in one write at the end of the turn, in bytes that nobody else has:
 * Colyseus hands each client a view of a buffer that it writes the next patch into.
 */
export class SocketWriter {
  readonly #stream: Duplex;
  #frames: Buffer[] = [];
  #bytes = 0;
  #onWritten: OnWritten[] = [];

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Bytes that have not gone to the system yet. */
  get waitingBytes(): number {
    return this.#bytes + this.#stream.writableLength;
  }

  send(payload: Uint8Array, onWritten?: OnWritten): void {
    if (this.#frames.length === 0) flushAtEndOfTurn(this);
    const frame = frameOfTurn(payload);
    this.#frames.push(frame);
    this.#bytes += frame.byteLength;
    if (onWritten !== undefined) this.#onWritten.push(onWritten);
  }

  /** Writes what waits at once. */
  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0) return;
    const bytes = this.#bytes;
    const done = callAll(this.#onWritten);
    this.#frames = [];
    this.#bytes = 0;
    this.#onWritten = [];
    if (frames.length === 1) {
      this.#stream.write(frames[0], done);
    } else if (bytes <= MAX_JOINED_BYTES) {
      this.#stream.write(Buffer.concat(frames, bytes), done);
    } else {
      this.#stream.cork();
      const last = frames.pop();
      for (const frame of frames) this.#stream.write(frame);
      this.#stream.write(last, done);
      this.#stream.uncork();
    }
  }
}

function callAll(callbacks: readonly OnWritten[]): ((error?: Error | null) => void) | undefined {
  if (callbacks.length === 0) return undefined;
  return (error) => {
    for (const callback of callbacks) callback(error ?? undefined);
  };
}

// One payload goes to many clients, one after the other: its frame is made once.
let lastPayload: Uint8Array | undefined;
let lastFrame: Buffer | undefined;

function frameOfTurn(payload: Uint8Array): Buffer {
  if (payload !== lastPayload || lastFrame === undefined) {
    lastPayload = payload;
    lastFrame = binaryFrame(payload);
  }
  return lastFrame;
}

let waiting: SocketWriter[] = [];

function flushAtEndOfTurn(writer: SocketWriter): void {
  if (waiting.length === 0) process.nextTick(flushAll);
  waiting.push(writer);
}

function flushAll(): void {
  const writers = waiting;
  waiting = [];
  // Beyond this turn, what the payload is a view of may be written anew.
  lastPayload = undefined;
  lastFrame = undefined;
  for (const writer of writers) writer.flush();
}
