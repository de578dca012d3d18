/** One world of a thousand who walk, in one process: whether it keeps its pace, and which it would keep. */
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../child.ts';
import { serverFlags } from '../servers/flags.ts';
import type { ServerReady } from '../servers/serve.ts';
import { median } from '../statistics.ts';
import type { CrowdCount } from './crowd.ts';
import { crowdOf } from './crowd-of.ts';
import { busyBetween, look } from './Look.ts';
import { RATES } from './rates.ts';
import type { Measured, StageOptions } from './stage.ts';
import type { TickRecord } from './TickTimes.ts';
import { type WorldAtRate, type WorldSlice, worldFigures } from './world-figures.ts';

const PLAYERS = 1_000;
/** Each goes on until the next: to receive sixty of each would say more of the sockets than of the world. */
const INPUTS_PER_SECOND = 5;
const FULL = { warmUpMs: 6_000, sliceMs: 2_000, slices: 5, otherSlices: 2 };
const QUICK = { warmUpMs: 2_000, sliceMs: 700, slices: 3, otherSlices: 1 };
const SETTLE_MS = 500;

export async function measureWorld({ pins, quick, profileInto, tell }: StageOptions): Promise<Measured> {
  const { warmUpMs, sliceMs, slices, otherSlices } = quick ? QUICK : FULL;
  const execArgv = serverFlags('world', profileInto);
  const entry = new URL('./world-server.ts', import.meta.url);
  await using server = new Child({ entry, args: {}, pin: pins.server, execArgv });
  const { port } = await server.ready<ServerReady>();
  const rooms = { create: 'world', count: 1 };
  const walking = { players: PLAYERS, name: 'p', inputsPerSecond: INPUTS_PER_SECOND };
  await using crowd = crowdOf({ port, rooms, ...walking }, pins.load);
  await crowd.ready();
  tell(`${PLAYERS.toLocaleString('en')} players are in the world`);
  await crowd.ask('run');
  await pause(warmUpMs);

  const atRate = async (rate: number, count: number): Promise<WorldAtRate> => {
    await server.ask(`rate ${rate}`);
    await pause(SETTLE_MS);
    const done: WorldSlice[] = [];
    for (let i = 0; i < count; i++) done.push(await measureSlice(server, crowd, sliceMs));
    tell(`world at ${rate} Hz: ${median(done.map(({ delivered }) => delivered)).toFixed(1)} delivered`);
    return { rate, slices: done };
  };
  const [promised, ...others] = RATES;
  const rates: [WorldAtRate, ...WorldAtRate[]] = [await atRate(promised, slices)];
  for (const rate of others) rates.push(await atRate(rate, otherSlices));
  const { inSight } = await server.ask<{ inSight: number }>('sight');
  return { figures: worldFigures(rates), conditions: [conditionsOf(rates, inSight)] };
}

async function measureSlice(server: Child, crowd: Child, ms: number): Promise<WorldSlice> {
  const children = [server, crowd];
  const [began, before] = [await look(children), await crowd.ask<CrowdCount>('read')];
  await server.ask('ticks begin');
  await pause(ms);
  const record = await server.ask<TickRecord>('ticks');
  const [after, ended] = [await crowd.ask<CrowdCount>('read'), await look(children)];
  if (after.closed > 0) throw new Error(`${after.closed} players lost their connection`);
  const seconds = (after.at - before.at) / 1_000;
  const frames = after.frames - before.frames;
  return {
    ...record,
    ...busyBetween(began, ended),
    delivered: frames / seconds / PLAYERS,
    bytesPerFrame: (after.frameBytes - before.frameBytes) / frames,
    inputsPerSecond: (after.inputs - before.inputs) / seconds,
  };
}

function conditionsOf(rates: readonly WorldAtRate[], inSight: number): string {
  const percent = (slices: readonly WorldSlice[], of: (slice: WorldSlice) => number) =>
    `${Math.round(100 * median(slices.map(of)))} %`;
  const each = rates.map(
    ({ rate, slices }) =>
      `${rate} Hz: server busy ${percent(slices, ({ busy }) => busy[0]!)}, load ${percent(slices, ({ busy }) => busy[1]!)}, ` +
      `other processes ${percent(slices, ({ othersBusy }) => othersBusy)}`,
  );
  const inputs = Math.round(rates[0]?.slices[0]?.inputsPerSecond ?? 0).toLocaleString('en');
  const spread = 'one begins in each field of 120 × 120 units; the real room, simulated at its 60 Hz';
  return (
    `- world: 1,000 players, ${spread}; ${inSight.toFixed(1)} others in sight of each; ` +
    `${inputs} inputs/s, each held until the next (${each.join('; ')})`
  );
}
