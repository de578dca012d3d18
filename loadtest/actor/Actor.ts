import { setTimeout as pause } from 'node:timers/promises';
import { draw } from '../../simulator/index.ts';
import { LeanPlayer } from '../clients/LeanPlayer.ts';
import { JoinRefused, type Player } from '../clients/Player.ts';
import { SdkPlayer } from '../clients/SdkPlayer.ts';
import type { Answer } from './Calls.ts';
import { enter } from './enter.ts';
import type { Stage } from './Stage.ts';
import { type Notification, Stay } from './Stay.ts';

export interface CallOptions {
  /** When it was meant to be made: what `every` gives. Default now. */
  readonly at?: number;
}

/** One lean client of so many decodes everything. A prime, so that they are spread over rooms. */
const DECODES_ONE_OF = 47;
/** A player changes direction once a second. */
const TURN_MS = 1_000;

/** One player of a scenario. */
export class Actor {
  /** 0 for the first of the run. */
  readonly index: number;
  readonly token: string;
  readonly stage: Stage;
  /** The present or the last. */
  #stay: Stay;
  /** When the ramp, or the scenario, meant the next join to begin. */
  #joinAt: number;
  #draws = 0;

  constructor(stage: Stage, index: number, token: string, joinAt: number) {
    this.stage = stage;
    this.index = index;
    this.token = token;
    this.#joinAt = joinAt;
    this.#stay = new Stay(stage.tally, stage.over);
  }

  get isIn(): boolean {
    return this.#stay.isIn;
  }

  get isAway(): boolean {
    return this.#stay.isAway;
  }

  get sessionId(): string {
    return this.#stay.player?.sessionId ?? '';
  }

  /** The state of the room, as the SDK has decoded it; undefined of a lean client. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the room has.
  get state(): any {
    const { player } = this.#stay;
    return player instanceof SdkPlayer ? player.state : undefined;
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
    const stay = new Stay(tally, over);
    this.#stay = stay;
    try {
      await stay.take(await this.#enter(stay));
    } catch (error) {
      stay.end();
      void stay.player?.leave();
      if (!over.aborted) {
        tally.count('refused');
        tally.problem(`a join was refused: ${(error as Error).message}`);
      }
      throw error;
    }
    tally.count('joined');
    tally.time('join', performance.now() - this.#joinAt);
  }

  /** Leaves in the ordinary way; may join again. */
  leave(): Promise<void> {
    return this.#stay.leave();
  }

  /** Calls a method. Never rejects. */
  call(method: string, params: object = {}, { at = performance.now() }: CallOptions = {}): Promise<Answer> {
    return this.#stay.calls.ask(method, params, at);
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
    const stay = this.#stay;
    let turnAt = 0;
    let [mx, my] = [0, 0];
    this.#pace(perSecond, false, (at) => {
      if (at >= turnAt) {
        const angle = this.random() * Math.PI * 2;
        [mx, my] = [Math.round(Math.cos(angle) * 127), Math.round(Math.sin(angle) * 127)];
        turnAt = at + TURN_MS;
      }
      if (stay.isIn) stay.player?.input(mx, my);
    });
  }

  /** Hears notifications of the room. */
  onNotification(listener: (notification: Notification) => void): void {
    this.#stay.onNotification(listener);
  }

  /** False when the player is out or the run is over: go home then. */
  async sleep(ms: number): Promise<boolean> {
    const { signal } = this.#stay;
    await pause(ms, undefined, { signal }).catch(() => {});
    return !signal.aborted;
  }

  /** Until the player is out or the run is over. */
  async stay(): Promise<void> {
    await this.#stay.isOut().catch(() => {});
  }

  /** As `sleep`, to a time on the clock of `performance.now()`. */
  sleepUntil(at: number): Promise<boolean> {
    return this.sleep(Math.max(0, at - performance.now()));
  }

  /** The socket is lost without a word. */
  cut(): void {
    this.#stay.cut();
  }

  /** Reads nothing for a while, as a page on a machine that is too slow. From then on it times no patches. */
  async stall(ms: number): Promise<boolean> {
    const { meter } = this.#stay;
    const { socket } = meter;
    meter.readsSlowly = true;
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
  answered(): Promise<void> {
    return this.#stay.answered();
  }

  /** Gives up calls that have waited for too long. */
  expireCalls(now: number): void {
    this.#stay.calls.expire(now);
  }

  /** For a file that joins by itself: the stay that its room will be. `takes` is to be called when it has a seat. */
  begins(): { readonly stay: Stay; takes(player: Player): Promise<void> } {
    const { tally, over } = this.stage;
    const stay = new Stay(tally, over);
    this.#stay = stay;
    const takes = async (player: Player) => {
      await stay.take(player);
      tally.count('joined');
      tally.time('join', performance.now() - this.#joinAt);
    };
    return { stay, takes };
  }

  #enter({ meter, events }: Stay): Promise<Player> {
    const { client, url } = this.stage;
    const checks = client === 'sdk' || this.index % DECODES_ONE_OF === 0;
    const parts = { url, token: this.token, meter, events, checks };
    return enter(this.stage, this.index, (entrance) =>
      client === 'sdk' ? SdkPlayer.join({ ...parts, entrance }) : LeanPlayer.join({ ...parts, entrance }),
    );
  }

  #pace(perSecond: number, catchUp: boolean, deed: (at: number) => void): void {
    if (perSecond <= 0) return;
    const firstAt = performance.now() + (this.random() * 1_000) / perSecond;
    this.#stay.onStop(this.stage.pacer.start({ perSecond, firstAt, catchUp, deed }));
  }
}
