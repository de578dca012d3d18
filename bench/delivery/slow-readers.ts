/** A hundred of a thousand clients stop to read, and read on, in turns: what the other nine hundred notice. */
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../../src/config.ts';
import { Child } from '../child.ts';
import { PRODUCTION } from '../servers/BenchRoom.ts';
import { serverFlags } from '../servers/flags.ts';
import type { ServerReady } from '../servers/serve.ts';
import { median } from '../statistics.ts';
import type { Waiting } from './Clog.ts';
import type { CrowdCount, CrowdReady } from './crowd.ts';
import { crowdOf } from './crowd-of.ts';
import type { IntervalSummary } from './Intervals.ts';
import { busyBetween, look } from './Look.ts';
import { type IntervalSlice, type Stall, slowFigures } from './slow-figures.ts';
import type { Measured, StageOptions } from './stage.ts';

const ROOMS = 20;
const READERS = 900;
const STALLED = 100;
/** Short slices: a neighbour of the machine spoils one, not all. */
const SLICE_MS = 500;
const FULL = { turns: 3, warmUpMs: 3_000, slices: 6 };
const QUICK = { turns: 1, warmUpMs: 1_500, slices: 3 };
/** After who reads and who does not has changed. */
const SETTLE_MS = 500;
/** After they read on: until nothing waits for them, at most. */
const DRAIN_MS = 10_000;

interface Stage {
  readonly server: Child;
  readonly readers: Child;
  readonly slow: Child;
}

export async function measureSlowReaders({ pins, quick, profileInto, tell }: StageOptions): Promise<Measured> {
  const { turns, warmUpMs, slices } = quick ? QUICK : FULL;
  const execArgv = serverFlags('stall', profileInto);
  const entry = new URL('./stall-server.ts', import.meta.url);
  await using server = new Child({ entry, args: {}, pin: pins.server, execArgv });
  const { port } = await server.ready<ServerReady>();
  const rooms = { create: 'bench', count: ROOMS };
  await using readers = crowdOf({ port, rooms, players: READERS, name: 'p' }, pins.load);
  const { roomIds: ids } = await readers.ready<CrowdReady>();
  await using slow = crowdOf({ port, rooms: { ids }, players: STALLED, name: 'slow-' }, pins.load);
  await slow.ready();
  await server.ask('run');
  await pause(warmUpMs);

  const stage: Stage = { server, readers, slow };
  const before = await server.ask<Waiting>('waiting');
  const free: IntervalSlice[] = [];
  const stalls: Stall[] = [];
  for (let turn = 1; turn <= turns; turn++) {
    free.push(...(await inSlices(stage, slices)));
    stalls.push(await stall(stage, slices));
    tell(`slow readers: ${turn} of ${turns} stalls`);
  }
  // Before the first stall nobody had waited: what follows the last one counts as well.
  free.push(...(await inSlices(stage, slices)));
  const counts = await Promise.all([readers, slow].map((crowd) => crowd.ask<CrowdCount>('read')));
  const lost = counts.reduce((sum, { closed }) => sum + closed, 0);
  if (lost > 0) throw new Error(`${lost} clients lost their connection`);
  const { bytes } = readConfig(PRODUCTION).outbox;
  const sent = Math.round(median(stalls.map(({ sentBytes }) => sentBytes)) / STALLED / 1_024);
  return {
    figures: slowFigures({ free, stalls, before, outboxBytes: bytes, slow: STALLED }),
    conditions: [
      `- slow readers: 20 rooms of 50 at 60 Hz, 5 slow in each; ${turns} stalls, and before each the system's buffers ` +
        `were filled, as nothing waits until then: ${sent} KiB for each`,
    ],
  };
}

/** Resolves when nothing waits any more. */
async function stall(stage: Stage, count: number): Promise<Stall> {
  const { server, slow } = stage;
  await slow.ask('pause');
  const { sentBytes } = await server.ask<{ sentBytes: number }>('clog');
  const slices = await inSlices(stage, count);
  const waiting = await server.ask<Waiting>('waiting');
  await slow.ask('resume');
  const until = performance.now() + DRAIN_MS;
  while ((await server.ask<Waiting>('waiting')).connections > 0 && performance.now() < until) await pause(100);
  return { slices, waiting, sentBytes };
}

async function inSlices({ server, readers, slow }: Stage, count: number): Promise<IntervalSlice[]> {
  await pause(SETTLE_MS);
  const slices: IntervalSlice[] = [];
  for (let i = 0; i < count; i++) {
    const before = await look([server, readers, slow]);
    await readers.ask('intervals begin');
    await pause(SLICE_MS);
    const summary = await readers.ask<IntervalSummary>('intervals');
    slices.push({ ...summary, ...busyBetween(before, await look([server, readers, slow])) });
  }
  return slices;
}
