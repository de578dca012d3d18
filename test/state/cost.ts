/**
 * What the checks of a full world cost: `node test/state/cost.ts [players]`. Each player has a view, and ten are checked in a
 * turn, four turns a second. Prints milliseconds of wall clock.
 */
import { type Client, ClientState } from '@colyseus/core';
import { MapDots } from '../../rooms/world/MapDots.ts';
import { Sight } from '../../rooms/world/Sight.ts';
import { MAX_MARKS, Mark, Player, stepMovement, WORLD, WorldState } from '../../schema/index.ts';
import { SeenState } from '../../src/state/hash.ts';
import { ViewSerializer } from '../../src/state/ViewSerializer.ts';

const COUNT = Number(process.argv[2] ?? 200);

const state = new WorldState();
const serializer = new ViewSerializer<WorldState>();
serializer.reset(state);
const sight = new Sight();
const map = new MapDots();

const clients = Array.from({ length: COUNT }, (_, index) => {
  const sessionId = `session-${index}`;
  const raw = (): void => {};
  return { sessionId, state: ClientState.JOINED, raw } as unknown as Client;
});
const walkers = clients.map((client) => {
  const { sessionId } = client;
  const [x, y] = [Math.random() * WORLD.width, Math.random() * WORLD.height];
  const player = new Player({ userId: sessionId, name: sessionId, x, y, yaw: 0, hue: 0, connected: true });
  state.players.set(sessionId, player);
  sight.add(player);
  map.add(state, sessionId, player);
  return { client, player };
});
for (const { client, player } of walkers) sight.open(client, player);

for (let i = 0; i < MAX_MARKS; i++) {
  state.marks.set(`mark-${i}`, new Mark({ x: i, y: i, label: `label ${i}`, hue: i, by: 'somebody', version: 1 }));
}

const EVERY_SECONDS = 5;
const TURNS_PER_SECOND = 4;
const PER_TURN = Math.ceil(COUNT / EVERY_SECONDS / TURNS_PER_SECOND);
const times: number[] = [];
for (let turn = 0; turn < 400; turn++) {
  for (const { player } of walkers) stepMovement(player, { mx: 127 - (turn % 255), my: (turn % 255) - 127 }, 1 / 60);
  sight.update();
  map.update();
  state.tick += 1;
  serializer.applyPatches(clients, state, { sNow: turn });
  const began = performance.now();
  const seen = new SeenState(state);
  for (let i = 0; i < PER_TURN; i++) seen.hashFor(clients[(turn * PER_TURN + i) % COUNT]!.view);
  if (turn >= 100) times.push(performance.now() - began);
}
times.sort((a, b) => a - b);
const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(2);
console.log(
  `${COUNT} players, ${MAX_MARKS} marks, ${PER_TURN} checked in a turn: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
);
console.log(`${((mean * TURNS_PER_SECOND) / 10).toFixed(2)} % of a core`);
