/** The game that Colyseus and Gatehouse run: what differs between them is the platform alone. */
import type { Client, InputAPI } from '@colyseus/core';
import { type SchemaType, schema, t } from '@colyseus/schema';

export const TICKS_PER_SECOND = 60;

/** Name of the method that the `rpc` workload calls. */
export const PING = 'bench.ping';

const WORLD_SIZE = 1_000;
const STRIDE = 2;

/**
 * One player in three walks in a tick. A walking player takes about 13 bytes of
 * a patch, so 200 players make frames of about 850 bytes: the size of the
 * measurements in ARCHITECTURE.md, and typical of a game with an interest area.
 */
const WALK_EVERY = 3;

export const Walker = schema({ x: t.float32().default(0), y: t.float32().default(0) }, 'BenchWalker');
export type Walker = SchemaType<typeof Walker>;

export const BenchState = schema({ walkers: t.map(Walker), tick: t.uint32().default(0) }, 'BenchState');
export type BenchState = SchemaType<typeof BenchState>;

/** −127 … 127 on each axis, as `MoveInput` of the world room. */
export const BenchInput = schema({ mx: t.int8().default(0), my: t.int8().default(0) }, 'BenchInput');
export type BenchInput = SchemaType<typeof BenchInput>;

/** What the client that makes the room passes. */
export interface BenchRoomOptions {
  /** No ticks and no patches: the calls have the server to themselves. */
  readonly quiet?: boolean;
}

/** What a room of either platform offers to the game. */
export interface BenchRoom {
  readonly state: BenchState;
  readonly inputs: InputAPI<BenchInput>;
  patchRate: number | null;
  setFixedTimestep(step: () => void, ticksPerSecond: number): void;
}

const rooms = new Set<BenchRoom>();
let running = false;

/** Starts or rests the game of this process: the side that is not measured must not take time from the other. */
export function setRunning(on: boolean): object {
  running = on;
  for (const room of rooms) applyPace(room);
  return {};
}

export function openGame(room: BenchRoom, { quiet = false }: BenchRoomOptions): void {
  if (quiet) {
    room.patchRate = 0;
    return;
  }
  rooms.add(room);
  applyPace(room);
  room.setFixedTimestep(() => {
    if (running) step(room);
  }, TICKS_PER_SECOND);
}

function applyPace(room: BenchRoom): void {
  room.patchRate = running ? 1_000 / TICKS_PER_SECOND : 0;
}

export function joinGame({ state }: BenchRoom, client: Client): void {
  const place = state.walkers.size * 37;
  state.walkers.set(client.sessionId, new Walker({ x: place % WORLD_SIZE, y: (place * 3) % WORLD_SIZE }));
}

export function leaveGame({ state }: BenchRoom, client: Client): void {
  state.walkers.delete(client.sessionId);
}

/** The work of a call: next to nothing, so that what is measured is the way there and back. */
export function ping(echo: number): { at: number; echo: number } {
  // No real clock: every reply can then be compared with the expected bytes.
  return { at: 1_750_000_000_000, echo };
}

/** A tick of the game. */
export function step({ state, inputs }: Pick<BenchRoom, 'state' | 'inputs'>): void {
  state.tick += 1;
  let index = state.tick;
  for (const [sessionId, walker] of state.walkers) {
    let mx = STRIDE;
    let my = STRIDE;
    // As a room for prediction does: each input is taken once, one a tick. Without inputs they walk by themselves.
    const input = inputs.get(sessionId).next();
    if (input !== undefined) {
      mx = (input.mx / 127) * STRIDE;
      my = (input.my / 127) * STRIDE;
    }
    if (index++ % WALK_EVERY === 0) {
      walker.x = Math.fround((walker.x + mx + WORLD_SIZE) % WORLD_SIZE);
      walker.y = Math.fround((walker.y + my + WORLD_SIZE) % WORLD_SIZE);
    }
  }
}
