import { Callbacks, Client, type Room } from '@colyseus/sdk';
import { expect } from 'vitest';
import { MoveInput, type Sequence, stateHash, type WorldState } from '../../schema/index.ts';
import { eventually } from './eventually.ts';

/** So slow that all stay in sight of each other. */
const STEP = 6;
const INPUT_EVERY_MS = 100;
const SAY_EVERY_MS = 900;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly params?: { readonly text?: string; readonly hash?: number };
  readonly seq?: Sequence;
}

/**
 * An unmodified SDK client that stays in a world, walks slowly, talks, and takes note of all that it should not see. Its
 * state is checked against the server's hash, each time the server tells one.
 */
export class Resident {
  readonly room: Room<unknown, WorldState>;
  readonly sessionId: string;
  readonly ends: number[] = [];
  returns = 0;
  /** Checks of the state, and those that it did not pass. */
  readonly checks = { good: 0, bad: 0 };
  /** What callbacks of the state told. */
  readonly told: string[] = [];
  /** What it said, and had an answer for. */
  readonly answered: string[] = [];
  /** By number: what it heard; and texts that came under two numbers, or numbers with two texts. */
  readonly heard = new Map<string, string>();
  readonly contradictions: string[] = [];
  /** Steps back on its way east: something that it was shown was lost. */
  setbacks = 0;
  readonly #timers: NodeJS.Timeout[] = [];
  #said = 0;
  #x = Number.NEGATIVE_INFINITY;

  private constructor(room: Room<unknown, WorldState>) {
    this.room = room;
    this.sessionId = room.sessionId;
    room.onLeave((code) => this.ends.push(code));
    room.onReconnect(() => {
      this.returns += 1;
    });
    room.onMessage('*', () => {});
    room.onMessage('rpc', (message: Message) => this.#hear(message));
    room.onStateChange(() => this.#look());
  }

  static async enter(url: string, token: string, roomId: string): Promise<Resident> {
    const client = new Client(url);
    client.auth.token = token;
    return new Resident((await client.joinById(roomId, { stateChecks: true })) as never);
  }

  get own() {
    return this.room.state.players.get(this.sessionId);
  }

  /** From now on it walks and talks, and every callback is told of. */
  live(): void {
    const { room } = this;
    const callbacks = Callbacks.get(room);
    for (const name of ['players', 'marks'] as const) {
      callbacks.onAdd(name, (_item, key) => void this.told.push(`${name} + ${key}`), false);
      callbacks.onRemove(name, (_item, key) => void this.told.push(`${name} - ${key}`));
    }
    const input = room.input<MoveInput>({ type: MoveInput } as never);
    const walk = () => {
      if (!room.connection.isOpen) return;
      Object.assign(input.data, { mx: STEP, my: 0 });
      input.send();
    };
    const talk = () => {
      if (room.connection.isOpen) this.#say();
    };
    this.#timers.push(setInterval(walk, INPUT_EVERY_MS), setInterval(talk, SAY_EVERY_MS));
  }

  /** It was sent back on purpose: a crash may do so. */
  forgive(): void {
    this.#x = Number.NEGATIVE_INFINITY;
    this.setbacks = 0;
  }

  quieten(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  async leave(): Promise<void> {
    this.quieten();
    if (this.room.connection.isOpen) await this.room.leave();
  }

  #say(): void {
    const id = this.#said++;
    const text = `${this.sessionId} ${id}`;
    this.room.send('rpc', { jsonrpc: '2.0', id, method: 'world.say', params: { text } });
  }

  #hear({ id, method, result, params, seq }: Message): void {
    if (method === undefined && result !== undefined) this.answered.push(`${this.sessionId} ${id}`);
    if (method === 'state.check') {
      if (stateHash(this.room.state as never) === params!.hash) this.checks.good += 1;
      else this.checks.bad += 1;
    }
    if (method !== 'world.said') return;
    const key = `${seq!.epoch}:${seq!.n}`;
    const text = params!.text!;
    const known = this.heard.get(key);
    // A repeat is numbered as what it repeats.
    if (known === text) return;
    if (known !== undefined || [...this.heard.values()].includes(text)) this.contradictions.push(`${key} ${text}`);
    this.heard.set(key, text);
  }

  #look(): void {
    const x = this.own?.x;
    if (x === undefined) return;
    if (x < this.#x) this.setbacks += 1;
    this.#x = x;
  }
}

/** An SDK comes back by itself when it has been in a room for five seconds. */
const MIN_UPTIME_MS = 5_200;

/** Has them live, and resolves when all see each other and would come back by themselves. */
export async function settle(residents: readonly Resident[], inEachWorld: number): Promise<void> {
  const joinedAt = performance.now();
  for (const { room } of residents) {
    await eventually(() => expect(room.state?.players?.size).toBe(inEachWorld));
  }
  for (const resident of residents) resident.live();
  await eventually(() => expect(performance.now() - joinedAt).toBeGreaterThan(MIN_UPTIME_MS));
}
