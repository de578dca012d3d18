import { Client, type Room } from '@colyseus/sdk';
import { signToken } from '../src/gate/dev-issuer.ts';

const [WORLDS, PLAYERS] = [2, 6];
/** The SDK comes back by itself to a room that it has been in for five seconds. */
const MIN_UPTIME_MS = 5_500;
const SAY_EVERY_MS = 400;
/** How long everybody may take to come back, and to hear the last word. */
const BACK_MS = 20_000;

/** What one player of the unmodified SDK notices. */
class Traveller {
  readonly room: Room;
  readonly sessionId: string;
  /** Between two patches, the longest, in milliseconds. */
  longestPause = 0;
  returns = 0;
  isOut = false;
  readonly answered = new Set<number>();
  /** By text, how often. */
  readonly heard = new Map<string, number>();
  #patchAt = performance.now();
  #said = 0;
  readonly #numbers = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(room: Room) {
    this.room = room;
    this.sessionId = room.sessionId;
    room.onStateChange(() => {
      const now = performance.now();
      this.longestPause = Math.max(this.longestPause, now - this.#patchAt);
      this.#patchAt = now;
    });
    room.onReconnect(() => {
      this.returns += 1;
    });
    room.onLeave(() => {
      this.isOut = true;
    });
    room.onMessage('*', () => {});
    room.onMessage('rpc', (message) => this.#hear(message));
    this.#timer = setInterval(() => this.#say(), SAY_EVERY_MS);
  }

  /** Patches come now. */
  get isPlaying(): boolean {
    return this.room.connection.isOpen && performance.now() - this.#patchAt < SAY_EVERY_MS;
  }

  get keptItsSeat(): boolean {
    return !this.isOut && this.room.sessionId === this.sessionId;
  }

  forget(): void {
    this.longestPause = 0;
  }

  fallSilent(): void {
    clearInterval(this.#timer);
  }

  async leave(): Promise<void> {
    this.fallSilent();
    if (this.room.connection.isOpen) await this.room.leave();
  }

  #say(): void {
    if (!this.room.connection.isOpen) return;
    const id = this.#said++;
    this.room.send('rpc', { jsonrpc: '2.0', id, method: 'world.say', params: { text: `${this.sessionId} ${id}` } });
  }

  // biome-ignore lint/suspicious/noExplicitAny: an envelope of JSON-RPC
  #hear({ id, method, result, params, seq }: any): void {
    if (method === undefined && result !== undefined) this.answered.add(id);
    if (method !== 'world.said') return;
    // What is sent again after a return has the number that it had.
    const number = `${seq.epoch}:${seq.n}`;
    if (this.#numbers.has(number)) return;
    this.#numbers.add(number);
    this.heard.set(params.text, (this.heard.get(params.text) ?? 0) + 1);
  }
}

export interface RollingParts {
  /** Of the balancer. */
  readonly url: string;
  readonly nodes: ReadonlyArray<{ readonly name: string; restart(): Promise<void> }>;
  readonly print: (line: string) => void;
}

/** Restarts every node, one after the other, while players of its own play, and says what they noticed. */
export async function roll({ url, nodes, print }: RollingParts): Promise<void> {
  const travellers: Traveller[] = [];
  // What the SDK prints of each attempt is not for whoever reads this.
  const { info } = console;
  console.info = () => {};
  try {
    const worlds: string[] = [];
    for (let i = 0; i < PLAYERS; i++) {
      const client = new Client(url);
      client.auth.token = signToken({ userId: `traveller-${i}`, tokenId: `traveller-${i}-${Date.now()}` });
      const room = await (i < WORLDS ? client.create('world') : client.joinById(worlds[i % WORLDS]!));
      worlds.push(room.roomId);
      travellers.push(new Traveller(room));
    }
    print(`rolling: ${PLAYERS} players of its own are in ${WORLDS} worlds`);
    await wait(MIN_UPTIME_MS);
    for (const { name, restart } of nodes) {
      for (const traveller of travellers) traveller.forget();
      const before = travellers.map(({ returns }) => returns);
      const began = performance.now();
      await restart();
      await until(() => travellers.every(({ isOut, isPlaying }) => isOut || isPlaying));
      const returned = travellers.filter(({ returns }, i) => returns > before[i]!).length;
      const seconds = ((performance.now() - began) / 1_000).toFixed(1);
      print(`${name} restarted in ${seconds} s: ${returned} came back to another connection, ${told(travellers)}`);
    }
    print(await verdict(travellers));
  } finally {
    console.info = info;
    await Promise.all(travellers.map((traveller) => traveller.leave().catch(() => {})));
  }
}

function told(travellers: readonly Traveller[]): string {
  const kept = travellers.filter(({ keptItsSeat }) => keptItsSeat).length;
  const longest = Math.round(Math.max(...travellers.map(({ longestPause }) => longestPause)));
  return `${kept} of ${PLAYERS} kept their seat, longest pause ${longest} ms`;
}

async function verdict(travellers: readonly Traveller[]): Promise<string> {
  for (const traveller of travellers) traveller.fallSilent();
  const missed = () =>
    travellers.flatMap(({ room, answered, sessionId }) =>
      travellers
        .filter((other) => other.room.roomId === room.roomId && !other.isOut)
        .flatMap(({ heard }) => [...answered].filter((id) => heard.get(`${sessionId} ${id}`) !== 1)),
    ).length;
  await until(() => missed() === 0);
  const words = travellers.reduce((sum, { answered }) => sum + answered.size, 0);
  const kept = travellers.filter(({ keptItsSeat }) => keptItsSeat).length;
  return `rolled: ${kept} of ${PLAYERS} players kept their seat; of ${words} words that were answered ${missed()} were lost or heard twice`;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until it holds, or long enough. */
async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + BACK_MS;
  while (!holds() && performance.now() < end) await wait(50);
}
