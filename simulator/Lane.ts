import type { Socket } from 'node:net';
import type { Arrival, Line } from './Line.ts';

/** Carries what one socket says to another through a line, and reads no faster than the line can take. */
export class Lane {
  readonly line: Line;
  readonly #from: Socket;
  readonly #to: Socket;
  #timer: NodeJS.Timeout | undefined;
  #silent = false;
  #swallowed = false;
  #over = false;

  constructor(line: Line, from: Socket, to: Socket) {
    this.line = line;
    this.#from = from;
    this.#to = to;
    from.on('data', (bytes: Buffer) => {
      if (this.#over) return;
      if (this.#silent) this.#swallowed = true;
      else line.take(bytes, performance.now());
      this.pump();
    });
    from.on('end', () => this.#ends('end'));
    from.on('close', (broken) => {
      if (broken) this.#ends('reset');
    });
    to.on('drain', () => this.pump());
    to.on('close', () => this.pump());
  }

  /** Bytes that it holds: at most the line's queue, and what one read and the last write brought. */
  get waitingBytes(): number {
    return this.line.bytes + this.#to.writableLength;
  }

  /** True when something is lost for good, so that the stream cannot go on. */
  get swallowed(): boolean {
    return this.#swallowed;
  }

  /** Whatever is said is lost, an end as well. */
  goSilent(): void {
    this.#silent = true;
    this.#swallowed ||= this.line.bytes > 0;
    this.line.clear();
    this.pump();
  }

  heal(): void {
    this.#silent = false;
    this.line.release(performance.now());
    this.pump();
  }

  /** For good. The sockets are others' to end. */
  stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.line.clear();
  }

  /** Delivers what has arrived, and sees when to look again. */
  pump(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    // Nobody is there to be told; the other one must not wait for ever to say so.
    if (this.#to.destroyed) this.line.clear();
    while (!this.#to.writableNeedDrain) {
      const arrival = this.line.next(performance.now());
      if (arrival === undefined) break;
      this.#deliver(arrival);
    }
    if (this.line.full) this.#from.pause();
    else if (this.line.hasRoom && this.#from.isPaused()) this.#from.resume();
    // A full socket asks again when it has drained.
    if (this.#to.writableNeedDrain || this.line.nextAt === undefined) return;
    // Rounded up: nothing may arrive early.
    this.#timer = setTimeout(() => this.pump(), Math.ceil(Math.max(0, this.line.nextAt - performance.now())));
  }

  #ends(how: 'end' | 'reset'): void {
    if (this.#over) return;
    if (this.#silent) this.#swallowed = true;
    else this.line.finish(how);
    this.pump();
  }

  #deliver(arrival: Arrival): void {
    if (this.#to.destroyed) return;
    if (arrival === 'reset') reset(this.#to);
    else if (arrival === 'end') this.#to.end();
    else if (this.#to.writable) this.#to.write(arrival);
  }
}

/** With RST. A socket that is not connected yet has nobody to send it to. */
export function reset(socket: Socket): void {
  if (socket.connecting || socket.pending) socket.destroy();
  else socket.resetAndDestroy();
}
