import { setTimeout as pause } from 'node:timers/promises';
import { closeCodes, type RpcId } from '../../schema/index.ts';
import { Meter } from '../clients/Meter.ts';
import { JoinRefused, type Player, type PlayerEvents } from '../clients/Player.ts';
import type { Tally } from '../measure/Tally.ts';
import { Calls } from './Calls.ts';

export interface Notification {
  readonly method: string;
  // biome-ignore lint/suspicious/noExplicitAny: each method has its own.
  readonly params: any;
}

/** Without a state by then a join has failed. */
const STATE_MS = 10_000;
/** How long who leaves waits for answers. */
const ANSWERS_MS = 2_000;

/** One player's stay in one room, from the join to the end, whatever happens to its sockets in between. */
export class Stay {
  readonly meter: Meter;
  readonly calls: Calls;
  readonly events: PlayerEvents;
  readonly #tally: Tally;
  readonly #life = new AbortController();
  readonly #firstState = Promise.withResolvers<void>();
  readonly #listeners = new Set<(notification: Notification) => void>();
  readonly #stops: Array<() => void> = [];
  #player: Player | undefined;
  #phase: 'joining' | 'in' | 'away' | 'out' = 'joining';
  #droppedAt: number | undefined;
  /** The next drop is the scenario's doing. */
  #cut = false;

  /** Aborting `over` ends all waiting; the player is still to leave. */
  constructor(tally: Tally, over: AbortSignal) {
    this.#tally = tally;
    this.meter = new Meter(tally);
    this.meter.onState = () => this.#hasState();
    this.calls = new Calls(tally, (payload) => this.#player?.send(payload));
    this.events = this.#hear();
    const { signal } = this.#life;
    if (over.aborted) this.#life.abort();
    else over.addEventListener('abort', () => this.#life.abort(), { once: true, signal });
  }

  get player(): Player | undefined {
    return this.#player;
  }

  get isIn(): boolean {
    return this.#phase === 'in';
  }

  get isAway(): boolean {
    return this.#phase === 'away';
  }

  /** Aborted when the player is out or the run is over. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** The seat is taken. Resolves when the state is here, rejects with JoinRefused when none comes. */
  async take(player: Player): Promise<void> {
    this.#player = player;
    await Promise.race([this.#firstState.promise, noState(), this.isOut()]);
    this.#phase = 'in';
    this.calls.connected();
  }

  /** Hears notifications of the room. */
  onNotification(listener: (notification: Notification) => void): void {
    this.#listeners.add(listener);
  }

  /** Is called when the player is out, or about to leave. */
  onStop(stop: () => void): void {
    this.#stops.push(stop);
  }

  /** The socket is lost without a word. */
  cut(): void {
    this.#tally.count('cuts');
    this.#cut = true;
    this.meter.socket?.terminate();
  }

  /** Resolves when every call has its answer, or has waited long enough. */
  async answered(): Promise<void> {
    for (const began = performance.now(); this.calls.open > 0 && performance.now() - began < ANSWERS_MS; ) {
      if (this.#phase !== 'in') return;
      await pause(20);
    }
  }

  /** Leaves in the ordinary way. */
  async leave(): Promise<void> {
    if (this.#phase === 'out') return;
    this.#stop();
    await this.answered();
    this.end();
    await this.#player?.leave();
  }

  /** For good, whether the player left, was lost, or never got in. */
  end(): void {
    this.#phase = 'out';
    this.#stop();
    this.#listeners.clear();
    this.calls.end('the player was out before the answer came');
    this.#life.abort();
  }

  /** Rejects when it is so. */
  isOut(): Promise<never> {
    const { signal } = this.#life;
    return new Promise((_resolve, reject) => {
      const out = () => reject(new JoinRefused('the server ended the session'));
      if (signal.aborted) out();
      else signal.addEventListener('abort', out, { once: true });
    });
  }

  #hear(): PlayerEvents {
    const tally = this.#tally;
    return {
      heard: (payload) => {
        for (const each of Array.isArray(payload) ? payload : [payload]) this.#heard(each);
      },
      dropped: (code) => {
        if (this.#phase !== 'in') return;
        tally.count('drops');
        if (!this.#cut) tally.problem(`a socket was lost (${code})`);
        this.#cut = false;
        this.#droppedAt = performance.now();
        this.#phase = 'away';
        this.calls.disconnected();
      },
      returned: () => {
        if (this.#phase !== 'away') return;
        this.#phase = 'in';
        this.calls.connected();
      },
      ended: (code) => {
        // Who asked to leave is not lost: a file may do so by itself.
        const isLost = (this.#phase === 'in' || this.#phase === 'away') && code !== closeCodes.LEFT.code;
        if (isLost) {
          tally.count('lost');
          tally.problem(`a player was lost (${code})`);
        }
        if (this.#phase !== 'out') this.end();
      },
      checked: (equal) => {
        tally.count('checks');
        if (equal) return;
        tally.count('mismatches');
        this.#player?.send({ jsonrpc: '2.0', method: 'state.resync', params: {} });
      },
    };
  }

  #heard(message: { id?: RpcId; method?: unknown; params?: unknown }): void {
    if (this.calls.heard(message)) return;
    if (typeof message.method !== 'string') return;
    this.#tally.count('notices');
    for (const listener of this.#listeners) listener(message as Notification);
  }

  #hasState(): void {
    this.#firstState.resolve();
    if (this.#droppedAt === undefined) return;
    this.#tally.count('recoveries');
    this.#tally.time('recovery', performance.now() - this.#droppedAt);
    this.#droppedAt = undefined;
  }

  #stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}

async function noState(): Promise<never> {
  await pause(STATE_MS, undefined, { ref: false });
  throw new JoinRefused(`no state within ${STATE_MS / 1_000} s`);
}
