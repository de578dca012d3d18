import { readdirSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { Bystander } from '../support/bystander.ts';
import { ChildServer } from '../support/child-server.ts';
import { eventually } from '../support/eventually.ts';
import { anyFrame } from '../support/frame-mutator.ts';
import { FRAME, RawClient } from '../support/raw-client.ts';
import { Seeded, seed } from '../support/seeded.ts';

/** Frames that were seen to be handled over sockets; those behind the end of a connection do not count. */
const FRAMES = 32_000;
/** Frames that are sent before an answer is waited for. */
const BATCH = 50;
const WORKERS = 4;
/** A batch that takes longer has frozen the server. */
const PATIENCE_MS = 10_000;

/** High, so that the flood guard does not hide the decoders. */
const LIMITS = {
  MESSAGES_PER_SECOND: '10000',
  BYTES_PER_SECOND: '100000000',
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
  JOINS_PER_ADDRESS: '1000000',
  JOINS_PER_USER: '100000',
  RECONNECT_WINDOW: '1',
  JOIN_TIMEOUT: '60',
};

const folder = new URL('./seeds/', import.meta.url);
const seeds = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Old) }));

/** Frames that once did harm. */
interface Old {
  readonly note: string;
  /** In hexadecimal. */
  readonly frames: readonly string[];
}

test('FZ1 frames of any kind cost nobody else anything', { timeout: 180_000 }, async () => {
  const server = await ChildServer.start(LIMITS, onTestFinished);
  const bystander = await Bystander.join(server, 'bystander', onTestFinished);
  const tally = { handled: 0, batches: 0, connections: 0 };

  const worker = async (index: number) => {
    let client: RawClient | undefined;
    while (tally.handled < FRAMES) {
      const batch = tally.batches++;
      const frames = batchOf(batch);
      if (!client?.open) {
        client = await RawClient.join(server.url, server.token(`fuzz-${index}`));
        tally.connections += 1;
      }
      const handled = await sent(client, frames, `SEED=${seed} batch ${batch}`);
      tally.handled += handled;
    }
    client?.cut();
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, index) => worker(index)));

  await bystander.isWell();
  expect(server.faults).toEqual([]);
  const counters = await server.counters();
  expect(Object.keys(counters).filter((name) => /^(room_errors|session_store_errors)/.test(name))).toEqual([]);
  // That much came through and was looked at: the fuzzer itself works.
  expect(counters['rpc_errors:INVALID_PARAMS']).toBeGreaterThan(100);
  expect(counters['rpc_errors:INVALID_REQUEST']).toBeGreaterThan(100);
  expect(counters.messages_unknown).toBeGreaterThan(100);
  expect(counters['frames_refused:protocol']).toBeGreaterThan(10);
  expect(tally.connections).toBeGreaterThan(10);

  // Who comes now is shown the same world.
  const late = await Bystander.join(server, 'late', onTestFinished);
  await eventually(() => expect(late.room.state.marks.toJSON()).toEqual(bystander.room.state.marks.toJSON()));
  await eventually(() => {
    const ids = (one: Bystander) => [...one.room.state.players.keys()].sort();
    expect(ids(late)).toEqual(ids(bystander));
  });
});

/** The same for the same seed, whatever the server does. */
function batchOf(batch: number): Uint8Array[] {
  const random = new Seeded(seed + Math.imul(batch, 0x9e37_79b1));
  return Array.from({ length: BATCH }, () => anyFrame(random));
}

/** Sends frames with a mark behind each; resolves with how many were handled for sure. */
async function sent(client: RawClient, frames: readonly Uint8Array[], name: string): Promise<number> {
  client.received.length = 0;
  for (const frame of frames) {
    client.send(frame);
    client.send([FRAME.PING]);
  }
  const outcome = await Promise.race([client.settled().catch(() => client.closed), client.closed, late()]);
  if (outcome === LATE) {
    const hex = frames.map((frame) => Buffer.from(frame).toString('hex')).filter((text) => text.length < 1_000);
    throw new Error(`the server froze at ${name}, within ${JSON.stringify(hex)}`);
  }
  const marks = client.received.filter(({ kind }) => kind === 'pong').length;
  // The frame that ended the connection was read as well.
  return Math.min(marks + (outcome === undefined ? 0 : 1), frames.length);
}

const LATE = Symbol('late');

function late(): Promise<typeof LATE> {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS, LATE).unref();
  });
}

test.each(seeds)('FZ2 what once did harm does none: $name, $note', { timeout: 30_000 }, async ({ frames }) => {
  const server = await ChildServer.start(LIMITS, onTestFinished);
  const bystander = await Bystander.join(server, 'bystander', onTestFinished);
  for (const hex of frames) {
    const client = await RawClient.join(server.url, server.token('old'));
    await client.settled();
    client.send(Buffer.from(hex, 'hex'));
    const outcome = await Promise.race([client.settled().catch(() => {}), client.closed, late()]);
    expect(outcome, `frozen by ${hex}`).not.toBe(LATE);
    client.cut();
  }
  await bystander.isWell();
  expect(server.faults).toEqual([]);
});
