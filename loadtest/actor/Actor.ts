import { setTimeout as pause } from 'node:timers/promises';
import type { RpcId } from '../../schema/index.ts';
import { draw } from '../../simulator/index.ts';
import { LeanPlayer } from '../clients/LeanPlayer.ts';
import { Meter } from '../clients/Meter.ts';
import { JoinRefused, type Player, type PlayerEvents } from '../clients/Player.ts';
import { SdkPlayer } from '../clients/SdkPlayer.ts';
import { type Answer, Calls } from './Calls.ts';
import { enter } from './enter.ts';
import type { Stage } from './Stage.ts';

export interface Notification {
  readonly method: string;
  // biome-ignore lint/suspicious/noExplicitAny: each method has its own.
  readonly params: any;
}

export interface CallOptions {
  /** When it was meant to be made: what `every` gives. Default now. */
  readonly at?: number;
}

/** Without a state by then a join has failed. */
const STATE_MS = 10_000;
/** One lean client of so many decodes everything. A prime, so that they are spread over rooms. */
const DECODES_ONE_OF = 47;
/** How long who leaves waits for answers. */
const ANSWERS_MS = 2_000;
/** A player changes direction once a second. */
const TURN_MS = 1_000;

/** One player of a scenario. */
export class Actor {
  /** 0 for the first of the run. */
  readonly index: number;
  readonly token: string;
  readonly stage: Stage;
  readonly #onNotification = new Set<(notification: Notification) => void>();
  readonly #stops: Array<() => void> = [];
  #calls: Calls;
  #meter: Meter;
  #player: Player | undefined;
  /** Aborted when this player is out, or the run is over. */
  #life = new AbortController();
  #state: 'out' | 'in' | 'away' | 'leaving' = 'out';
  #droppedAt = 0;
  /** The next drop is the scenario's doing. */
  #cut = false;
  /** When the ramp, or the scenario, meant the next join to begin. */
  #joinAt: number;
  #draws = 0;

  constructor(stage: Stage, index: number, token: string, joinAt: number) {
    this.stage = stage;
    this.index = index;
    this.token = token;
    this.#joinAt = joinAt;
    this.#meter = new Meter(stage.tally);
    this.#calls = this.#newCalls();
    stage.over.addEventListener('abort', () => this.#life.abort(), { once: true });
  }

  get isIn(): boolean {
    return this.#state === 'in';
  }

  get isAway(): boolean {
    return this.#state === 'away';
  }

  get sessionId(): string {
    return this.#player?.sessionId ?? '';
  }

  /** The state of the room, as the SDK has decoded it; undefined of a lean client. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the room has.
  get state(): any {
    return this.#player instanceof SdkPlayer ? this.#player.state : undefined;
  }

  /** A number of the scenario. */
  setting(name: string): number {
    const value = this.stage.settings[name];
    if (value === undefined) throw new Error(`the scenario has no setting ${name}`);
    return value;
  }

  /** 0 ≤ number < 1, the same in each run with the same seed. */
  random(): number {
    return draw(this.stage.seed, this.index, this.#draws++);
  }

  /** Goes in. Throws JoinRefused, which is counted, and is no error of the scenario. */
  async join(): Promise<void> {
    const { tally, over } = this.stage;
    if (over.aborted) throw new JoinRefused('the run is over');
    const meantAt = this.#joinAt;
    this.#life = new AbortController();
    this.#player = undefined;
    this.#meter = new Meter(tally);
    this.#calls = this.#newCalls();
    const state = Promise.withResolvers<void>();
    this.#meter.onState = () => {
      state.resolve();
      this.#hasState();
    };
    try {
      this.#player = await this.#enter();
      this.#state = 'in';
      await Promise.race([state.promise, noState(), this.#isOut()]);
    } catch (error) {
      this.#end();
      void (this.#player as Player | undefined)?.leave();
      if (!over.aborted) {
        tally.count('refused');
        tally.problem(`a join was refused: ${(error as Error).message}`);
      }
      throw error;
    }
    tally.count('joined');
    tally.time('join', performance.now() - meantAt);
    this.#calls.connected();
  }

  /** Leaves in the ordinary way; may join again. */
  async leave(): Promise<void> {
    if (this.#state === 'out') return;
    this.#stopPaces();
    await this.answered();
    this.#state = 'leaving';
    const player = this.#player;
    this.#end();
    await player?.leave();
  }

  /** Calls a method. Never rejects. */
  call(method: string, params: object = {}, { at = performance.now() }: CallOptions = {}): Promise<Answer> {
    return this.#calls.ask(method, params, at);
  }

  /**
   * Does something so many times a second until the player is out, at times that were set before: what is late is made
   * up for, and `at` says when it was meant. Begins somewhere in its first period, so that players are not in step.
   */
  every(perSecond: number, deed: (at: number) => void): void {
    this.#pace(perSecond, true, deed);
  }

  /** Walks about: so many inputs a second. */
  walk(perSecond: number): void {
    let turnAt = 0;
    let [mx, my] = [0, 0];
    this.#pace(perSecond, false, (at) => {
      if (at >= turnAt) {
        const angle = this.random() * Math.PI * 2;
        [mx, my] = [Math.round(Math.cos(angle) * 127), Math.round(Math.sin(angle) * 127)];
        turnAt = at + TURN_MS;
      }
      if (this.#state === 'in') this.#player?.input(mx, my);
    });
  }

  /** Hears notifications of the room. */
  onNotification(listener: (notification: Notification) => void): void {
    this.#onNotification.add(listener);
  }

  /** False when the player is out or the run is over: go home then. */
  async sleep(ms: number): Promise<boolean> {
    const { signal } = this.#life;
    await pause(ms, undefined, { signal }).catch(() => {});
    return !signal.aborted;
  }

  /** Until the player is out or the run is over. */
  async stay(): Promise<void> {
    await this.#isOut().catch(() => {});
  }

  /** As `sleep`, to a time on the clock of `performance.now()`. */
  sleepUntil(at: number): Promise<boolean> {
    return this.sleep(Math.max(0, at - performance.now()));
  }

  /** The socket is lost without a word. */
  cut(): void {
    this.stage.tally.count('cuts');
    this.#cut = true;
    this.#meter.socket?.terminate();
  }

  /** Reads nothing for a while, as a page on a machine that is too slow. From then on it times no patches. */
  async stall(ms: number): Promise<boolean> {
    const socket = this.#meter.socket;
    this.#meter.readsSlowly = true;
    socket?.pause();
    const goesOn = await this.sleep(ms);
    socket?.resume();
    return goesOn;
  }

  /** When the next join is meant to begin; the join is timed from then on. */
  joinsAt(at: number): void {
    this.#joinAt = at;
  }

  /** Until then. False when the run is over before. */
  async waitsToJoin(): Promise<boolean> {
    const { over } = this.stage;
    await pause(Math.max(0, this.#joinAt - performance.now()), undefined, { signal: over }).catch(() => {});
    return !over.aborted;
  }

  /** Resolves when every call has its answer, or has waited long enough. */
  async answered(): Promise<void> {
    for (const began = performance.now(); this.#calls.open > 0 && performance.now() - began < ANSWERS_MS; ) {
      if (this.#state !== 'in') return;
      await pause(20);
    }
  }

  /** Gives up calls that have waited for too long. */
  expireCalls(now: number): void {
    this.#calls.expire(now);
  }

  /** For a file that joins by itself: what it has joined is this player's from `took` on. */
  adopt(meter: Meter): { readonly events: PlayerEvents; took(player: Player): void } {
    const { tally } = this.stage;
    this.#meter = meter;
    meter.onState = () => this.#hasState();
    const took = (player: Player) => {
      this.#player = player;
      this.#state = 'in';
      tally.count('joined');
      tally.time('join', performance.now() - this.#joinAt);
    };
    return { events: this.#events(), took };
  }

  #enter(): Promise<Player> {
    const { client, url } = this.stage;
    const checks = client === 'sdk' || this.index % DECODES_ONE_OF === 0;
    const parts = { url, token: this.token, meter: this.#meter, events: this.#events(), checks };
    return enter(this.stage, this.index, (entrance) =>
      client === 'sdk' ? SdkPlayer.join({ ...parts, entrance }) : LeanPlayer.join({ ...parts, entrance }),
    );
  }

  #events(): PlayerEvents {
    const { tally } = this.stage;
    return {
      heard: (payload) => {
        for (const each of Array.isArray(payload) ? payload : [payload]) this.#heard(each);
      },
      dropped: (code) => {
        if (this.#state !== 'in' && this.#state !== 'away') return;
        if (this.#state === 'in') {
          tally.count('drops');
          if (!this.#cut) tally.problem(`a socket was lost (${code})`);
          this.#cut = false;
          this.#droppedAt = performance.now();
        }
        this.#state = 'away';
        this.#calls.disconnected();
      },
      returned: () => {
        if (this.#state !== 'away') return;
        this.#state = 'in';
        this.#calls.connected();
      },
      ended: (code) => {
        if (this.#state === 'out' || this.#state === 'leaving') return;
        tally.count('lost');
        tally.problem(`a player was lost (${code})`);
        this.#end();
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
    if (this.#calls.heard(message)) return;
    if (typeof message.method !== 'string') return;
    this.stage.tally.count('notices');
    for (const listener of this.#onNotification) listener(message as Notification);
  }

  /** Of a return: the seat and the state are here again. */
  #hasState(): void {
    if (this.#droppedAt === 0) return;
    this.stage.tally.count('recoveries');
    this.stage.tally.time('recovery', performance.now() - this.#droppedAt);
    this.#droppedAt = 0;
  }

  #pace(perSecond: number, catchUp: boolean, deed: (at: number) => void): void {
    if (perSecond <= 0) return;
    const firstAt = performance.now() + (this.random() * 1_000) / perSecond;
    this.#stops.push(this.stage.pacer.start({ perSecond, firstAt, catchUp, deed }));
  }

  #newCalls(): Calls {
    return new Calls(this.stage.tally, (payload) => this.#player?.send(payload));
  }

  #end(): void {
    this.#state = 'out';
    this.#droppedAt = 0;
    this.#stopPaces();
    this.#onNotification.clear();
    this.#calls.end('the player was out before the answer came');
    this.#life.abort();
  }

  #stopPaces(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Rejects when it is so. */
  #isOut(): Promise<never> {
    const { signal } = this.#life;
    return new Promise((_resolve, reject) => {
      const out = () => reject(new JoinRefused('the server ended the session'));
      if (signal.aborted) out();
      else signal.addEventListener('abort', out, { once: true });
    });
  }
}

async function noState(): Promise<never> {
  await pause(STATE_MS, undefined, { ref: false });
  throw new JoinRefused(`no state within ${STATE_MS / 1_000} s`);
}
