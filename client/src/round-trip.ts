import type { Clock, Timer } from './clock.ts';
import type { SdkRoom } from './sdk-room.ts';

export interface RoundTripParts {
  readonly room: Pick<SdkRoom, 'ping'>;
  readonly clock: Clock;
  /** Milliseconds between pings; 0 measures nothing and notices no silence. */
  readonly everyMs: number;
  /** After so many milliseconds without any frame the socket counts as dead. */
  readonly silenceMs: number;
  readonly onMeasured: (ms: number) => void;
  readonly onSilent: () => void;
}

/**
 * Pings while online: measures the round trip, and notices a socket that is
 * dead without knowing it (a phone that changed networks gets no close event
 * for minutes, longer than the server keeps the seat).
 *
 * Silence is counted in ticks of the own timer, not in time: after a laptop
 * slept, hours have passed, but only one tick without an answer.
 */
export class RoundTrip {
  readonly #parts: RoundTripParts;
  readonly #patience: number;
  #timer: Timer | null = null;
  /** Ticks since any frame. */
  #silent = 0;
  /** Ticks since a ping that is not answered yet; null when none is. */
  #asked: number | null = null;

  constructor(parts: RoundTripParts) {
    this.#parts = parts;
    this.#patience = Math.max(1, Math.ceil(parts.silenceMs / parts.everyMs));
  }

  start(): void {
    this.stop();
    this.#silent = 0;
    this.#asked = null;
    if (this.#parts.everyMs > 0) this.#tick();
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = null;
  }

  /** A frame came. */
  heard(): void {
    this.#silent = 0;
  }

  #tick(): void {
    if (this.#silent >= this.#patience) {
      this.stop();
      this.#parts.onSilent();
      return;
    }
    this.#timer = this.#parts.clock.after(this.#parts.everyMs, () => this.#tick());
    this.#timer.unref();
    this.#silent += 1;
    // One ping at a time: the SDK remembers the last one only, and would measure
    // a slow answer against it. The patience is for a pong that somebody else took.
    if (this.#asked !== null && this.#asked < this.#patience) {
      this.#asked += 1;
      return;
    }
    this.#asked = 0;
    this.#parts.room.ping((ms) => {
      this.#asked = null;
      this.#parts.onMeasured(ms);
    });
  }
}
