import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Counters } from '../../src/ops/Counters.ts';
import type { Priority } from '../../src/outbox/delivery.ts';
import { payloadOf } from '../../src/outbox/websocket-frame.ts';
import { FlowControl } from '../../src/socket/FlowControl.ts';
import { SocketWriter } from '../../src/socket/SocketWriter.ts';
import { FakeClock } from '../support/FakeClock.ts';

const [MESSAGE, STATE, PATCH] = [13, 14, 15];
const PRIORITIES: readonly Priority[] = ['critical', 'high', 'normal'];
/** With as many others as a turn looks at the clock for, a turn is cut short after some twenty writes. */
const WRITE_MS = 0.3;
const OTHERS = 40;

/** The other end: reads frames from whatever pieces come, and holds them against the order of their sending. */
class Reader {
  #bytes: Buffer = Buffer.alloc(0);
  /** The patch that the state was last at. */
  at = 0;
  readonly last: Record<Priority, number> = { critical: 0, high: 0, normal: 0, low: 0 };
  readonly wrong: string[] = [];

  read(piece: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, piece]);
    for (;;) {
      const frame = this.#next();
      if (frame === undefined) return;
      this.#take(payloadOf(frame));
    }
  }

  #next(): Buffer | undefined {
    if (this.#bytes.length < 2) return undefined;
    const short = this.#bytes[1]!;
    if (short === 126 && this.#bytes.length < 4) return undefined;
    const length = short === 126 ? 4 + this.#bytes.readUInt16BE(2) : 2 + short;
    if (this.#bytes.length < length) return undefined;
    const frame = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return frame;
  }

  #take(payload: Buffer): void {
    const number = payload.readUInt32LE(1);
    if (payload[0] === STATE) {
      if (number < this.at) this.wrong.push(`state ${number} after ${this.at}`);
      this.at = number;
    } else if (payload[0] === PATCH) {
      if (number !== this.at + 1) this.wrong.push(`patch ${number} after ${this.at}`);
      this.at = number;
    } else {
      const priority = PRIORITIES[payload[5]!]!;
      if (number <= this.last[priority]) this.wrong.push(`${priority} ${number} after ${this.last[priority]}`);
      this.last[priority] = number;
    }
  }
}

/** Takes what is written at once, or only when it is open. */
class Wire extends Duplex {
  readonly #clock: FakeClock;
  readonly reader = new Reader();
  isOpen = true;
  #held: (() => void) | undefined;

  constructor(clock: FakeClock) {
    super();
    this.#clock = clock;
  }

  override _read(): void {}

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#clock.advance(WRITE_MS);
    const take = () => {
      this.reader.read(piece);
      done();
    };
    if (this.isOpen) take();
    else this.#held = take;
  }

  open(): void {
    this.isOpen = true;
    this.#held?.();
    this.#held = undefined;
  }
}

const deed = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('patch' as const),
      bytes: fc.integer({ min: 5, max: 9_000 }),
      times: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('message' as const),
      bytes: fc.integer({ min: 6, max: 5_000 }),
      priority: fc.integer({ min: 0, max: 2 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('turn' as const) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 1_000 }) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('shut' as const, 'open' as const) }) },
);

test('OB32 whatever is sent and however it is taken: no patch is missing, but where the whole state comes, and each class keeps its order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ to: fc.nat({ max: 2 }), deed }), { minLength: 60, maxLength: 200 }),
      async (deeds) => {
        const clock = new FakeClock();
        const limits = { compressFrom: 0, bytes: 300_000, ageMs: 4_000, totalBytes: 1e9 };
        const flow = new FlowControl({
          clock,
          counters: new Counters(),
          limits: { ...limits, bytesPerSecond: 0, totalBytesPerSecond: 0 },
          onFault: (error) => {
            throw error;
          },
        });
        const ends = Array.from({ length: 3 }, () => {
          const wire = new Wire(clock);
          const writer = new SocketWriter(wire, flow);
          const sent = { patch: 0, messages: 0, isOver: false };
          writer.listener = {
            onStep: () => {},
            resync: () => writer.send(payload(STATE, sent.patch, 300)),
            onTooSlow: () => {
              sent.isOver = true;
            },
          };
          writer.send(payload(STATE, 0, 300));
          return { wire, writer, sent };
        });
        const others = Array.from({ length: OTHERS }, () => new SocketWriter(new Wire(clock), flow));
        const turn = () => new Promise((resolve) => setImmediate(resolve));
        const busyTurn = () => {
          for (const other of others) other.send(message(1, 2, 6));
          return turn();
        };
        for (const { to, deed } of deeds) {
          const { wire, writer, sent } = ends[to]!;
          if (deed.what === 'patch') {
            for (let i = 0; i < deed.times; i++) writer.send(payload(PATCH, ++sent.patch, deed.bytes));
          } else if (deed.what === 'message') {
            writer.send(message(++sent.messages, deed.priority, deed.bytes), { priority: PRIORITIES[deed.priority]! });
          } else if (deed.what === 'turn') await (to === 0 ? turn() : busyTurn());
          else if (deed.what === 'pass') clock.advance(deed.ms);
          else if (deed.what === 'open') wire.open();
          else wire.isOpen = false;
        }
        for (const { wire } of ends) wire.open();
        for (let i = 0; i < 200; i++) {
          clock.advance(50);
          await turn();
        }
        for (const { wire, writer, sent } of ends) {
          expect(wire.reader.wrong).toEqual([]);
          if (sent.isOver) continue;
          expect(writer.waitingBytes).toBe(0);
          // All patches have arrived, or a state that has them.
          expect(wire.reader.at).toBe(sent.patch);
        }
      },
    ),
    { numRuns: 200 },
  );
}, 60_000);

function payload(kind: number, number: number, bytes: number): Buffer {
  const made = Buffer.alloc(Math.max(bytes, 5));
  made[0] = kind;
  made.writeUInt32LE(number, 1);
  return made;
}

function message(number: number, priority: number, bytes: number): Buffer {
  const made = payload(MESSAGE, number, Math.max(bytes, 6));
  made[5] = priority;
  return made;
}
