import { memoryRoomStore } from '../../../src/adapters/memory/room-store.ts';
import { fail } from '../../../src/fail.ts';
import type { RoomStore } from '../../../src/ports/room-store.ts';
import type { Seeded } from '../../support/seeded-random.ts';
import type { FakeProcess } from './FakeProcess.ts';
import type { VirtualTime } from './VirtualTime.ts';

const STORE_TIMEOUT_MS = 2_000;

/** The store and the bus between nodes: slow by some milliseconds, away when it is told to be, in order for each node. */
export class FakeNetwork {
  readonly time: VirtualTime;
  readonly random: Seeded;
  storeIsAway = false;
  busIsAway = false;
  readonly #store: RoomStore;
  readonly #served = new Map<string, { process: FakeProcess; handler: (payload: unknown) => unknown }>();

  constructor(time: VirtualTime, random: Seeded) {
    this.time = time;
    this.random = random;
    this.#store = memoryRoomStore(time);
  }

  /** As it is, past every fault. */
  get truth(): RoomStore {
    return this.#store;
  }

  latency(): number {
    return 0.2 + this.random.fraction() * 4;
  }

  /** As one node reaches the store: a call whose answer was lost may have been carried out. */
  storeOf(process: FakeProcess): RoomStore {
    let lastSent = 0;
    let lastAnswered = 0;
    const call = async <T>(work: () => Promise<T>): Promise<T> => {
      const { time } = this;
      lastSent = Math.max(lastSent, time.monotonic() + this.latency());
      await time.delay(lastSent - time.monotonic());
      let result: { value: T } | undefined;
      if (!this.storeIsAway) result = { value: await work() };
      lastAnswered = Math.max(lastAnswered, time.monotonic() + this.latency());
      await time.delay(lastAnswered - time.monotonic());
      if (this.storeIsAway || result === undefined) {
        // Refused at once, or never answered.
        if (this.random.chance(0.5)) await time.delay(this.random.below(STORE_TIMEOUT_MS));
        result = undefined;
      }
      await process.running();
      if (result === undefined) throw fail('UNAVAILABLE');
      return result.value;
    };
    const store = this.#store;
    return {
      outlivesProcess: true,
      open: (...args) => call(() => store.open(...args)),
      claim: (...args) => call(() => store.claim(...args)),
      owner: (...args) => call(() => store.owner(...args)),
      ofNode: (...args) => call(() => store.ofNode(...args)),
      append: (...args) => call(() => store.append(...args)),
      tail: (...args) => call(() => store.tail(...args)),
      save: (...args) => call(() => store.save(...args)),
      snapshot: (...args) => call(() => store.snapshot(...args)),
      remove: (...args) => call(() => store.remove(...args)),
      close: async () => {},
    };
  }

  serve(subject: string, process: FakeProcess, handler: (payload: unknown) => unknown): void {
    this.#served.set(subject, { process, handler });
  }

  async request(from: FakeProcess, subject: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    const { time } = this;
    const served = this.#served.get(subject);
    await time.delay(this.latency());
    await from.running();
    if (this.busIsAway || served === undefined || served.process.isDead) throw fail('UNAVAILABLE');
    const answered = (async () => {
      await served.process.running();
      const answer = await served.handler(structuredClone(payload));
      await time.delay(this.latency());
      // Lost on the way back.
      if (this.busIsAway) await new Promise(() => {});
      return { answer };
    })();
    const answer = await Promise.race([answered, time.delay(timeoutMs)]);
    await from.running();
    if (answer === undefined) throw fail('TIMEOUT');
    return answer.answer;
  }
}
