/** Bytes to a client in a second of the recorded session: whole states, Colyseus without views, and the real room. */
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../child.ts';
import type { Figure } from '../figure.ts';
import { serverFlags } from '../servers/flags.ts';
import type { ServerReady } from '../servers/serve.ts';
import type { CrowdCount } from './crowd.ts';
import { crowdOf } from './crowd-of.ts';
import { type PlainBytes, plainBytes } from './plain-bytes.ts';
import type { ReplayArgs } from './replay-server.ts';
import { readSession, type Session } from './Session.ts';
import type { Measured, StageOptions } from './stage.ts';

const QUICK_SECONDS = 3;
/** Until everybody has looked around from where the record begins. */
const SETTLE_MS = 1_000;
/** Until the last frame is here. */
const DRAIN_MS = 200;
/** From the issue, in percent. */
const MIN_SAVED = 90;

interface Replay {
  readonly bytesPerClient: number;
  readonly framesPerClient: number;
  /** Others that a player sees, on average of the beginning and the end. */
  readonly inSight: number;
  readonly places: ReadonlyArray<{ readonly name: string; readonly x: number; readonly y: number }>;
}

export async function measureSession(options: StageOptions): Promise<Measured> {
  const session = readSession();
  const ticks = options.quick ? QUICK_SECONDS * session.ticksPerSecond : session.ticks;
  const plain = plainBytes(session, ticks);
  const ours = await replay(session, ticks, options);
  if (Math.round(ours.framesPerClient) !== ticks) {
    throw new Error(`each client got ${ours.framesPerClient.toFixed(1)} patches of ${ticks} ticks`);
  }
  const astray = ours.places.filter(
    ({ name, x, y }) => plain.places.get(name)?.x !== x || plain.places.get(name)?.y !== y,
  );
  if (astray.length > 0) throw new Error(`${astray.length} players ended elsewhere than in the plain room`);
  options.tell(`session: ${ours.framesPerClient.toFixed(0)} patches to each of ${session.players.length} clients`);
  return {
    figures: figuresOf(ours.bytesPerClient, plain, ticks / session.ticksPerSecond),
    conditions: [
      `- session: ${session.about}; ${ticks} ticks at ${session.ticksPerSecond} Hz, a patch each; ` +
        `${ours.inSight.toFixed(1)} of ${session.players.length - 1} others in sight of each`,
    ],
  };
}

async function replay({ players }: Session, ticks: number, { pins, profileInto }: StageOptions): Promise<Replay> {
  const execArgv = serverFlags('replay', profileInto);
  const entry = new URL('./replay-server.ts', import.meta.url);
  await using server = new Child({ entry, args: { ticks } satisfies ReplayArgs, pin: pins.server, execArgv });
  const { port } = await server.ready<ServerReady>();
  const names = players.map(({ name }) => name);
  const rooms = { create: 'world', count: 1 };
  await using crowd = crowdOf({ port, rooms, players: players.length, name: 'player-', names }, pins.load);
  await crowd.ready();
  await pause(SETTLE_MS);
  return await play(server, crowd, players.length);
}

async function play(server: Child, crowd: Child, players: number): Promise<Replay> {
  await server.ask('hush');
  await pause(DRAIN_MS);
  const first = await server.ask<{ inSight: number }>('sight');
  const before = await crowd.ask<CrowdCount>('read');
  await server.ask('play');
  await pause(DRAIN_MS);
  const after = await crowd.ask<CrowdCount>('read');
  if (after.closed > 0) throw new Error(`${after.closed} players lost their connection`);
  const last = await server.ask<{ inSight: number }>('sight');
  return {
    inSight: (first.inSight + last.inSight) / 2,
    bytesPerClient: (after.bytesRead - before.bytesRead) / players,
    framesPerClient: (after.frames - before.frames) / players,
    places: await server.ask<Replay['places']>('places'),
  };
}

function figuresOf(ours: number, { json, binary, delta }: PlainBytes, seconds: number): readonly Figure[] {
  const shared = { unit: ' B/s', digits: 0 };
  const below = (what: number) => `${(100 * (1 - what / binary)).toFixed(1)} % below the full binary`;
  const alike = 'players, marks and tick; no map, which a client that sees everybody needs not';
  const name = 'recorded session, bytes per client and second';
  return [
    { name: `${name}: full JSON each tick`, value: json / seconds, ...shared, detail: alike },
    { name: `${name}: full binary each tick`, value: binary / seconds, ...shared, detail: `encodeAll() of the same` },
    {
      name: `${name}: plain Colyseus delta`,
      value: delta / seconds,
      ...shared,
      detail: `${below(delta)}; everybody, no views`,
    },
    { name: `${name}: Gatehouse`, value: ours / seconds, ...shared, detail: 'read by the sockets; views and map' },
    {
      name: 'recorded session: saved of the full binary',
      value: 100 * (1 - ours / binary),
      unit: ' %',
      digits: 1,
      limit: { atLeast: MIN_SAVED },
      detail: `of a full JSON ${(100 * (1 - ours / json)).toFixed(1)} %; of the plain delta ${(100 * (1 - ours / delta)).toFixed(1)} %`,
      promise: 'a client gets at least 90 % less than the full binary state each tick, on the recorded session',
    },
  ];
}
