/**
 * What a tick costs in a full world: `node test/rooms/cost.ts [players]`. All walk, each has a view; what is encoded goes nowhere.
 * Prints milliseconds of a tick at 30 Hz, in which 33 are to be had, and bytes.
 */
import { type Client, ClientState } from '@colyseus/core';
import { MapDots } from '../../rooms/world/MapDots.ts';
import { Sight } from '../../rooms/world/Sight.ts';
import { Player, stepMovement, WORLD, WorldState } from '../../schema/index.ts';
import { ViewSerializer } from '../../src/state/ViewSerializer.ts';

const COUNT = Number(process.argv[2] ?? 1_000);
const TICKS = 600;
const WARM = 200;
const HERTZ = 30;

const state = new WorldState();
const serializer = new ViewSerializer<WorldState>();
serializer.reset(state);
const sight = new Sight();
const map = new MapDots();
let bytes = 0;

const clients = Array.from({ length: COUNT }, (_, index) => {
  const sessionId = `session-${index}`;
  const raw = (frame: Uint8Array): void => {
    bytes += frame.byteLength;
  };
  return { sessionId, state: ClientState.JOINED, raw } as unknown as Client;
});
const walkers = clients.map((client) => {
  const { sessionId } = client;
  const [x, y] = [Math.random() * WORLD.width, Math.random() * WORLD.height];
  const player = new Player({ userId: sessionId, name: sessionId, x, y, yaw: 0, hue: 0, connected: true });
  state.players.set(sessionId, player);
  sight.add(player);
  map.add(state, sessionId, player);
  return { client, player, mx: 127, my: 0 };
});
for (const { client, player } of walkers) sight.open(client, player);

const times: Record<'interest' | 'encode' | 'both', number[]> = { interest: [], encode: [], both: [] };
for (let tick = 0; tick < TICKS; tick++) {
  for (const walker of walkers) {
    if (Math.random() < 0.05) {
      const angle = Math.random() * Math.PI * 2;
      walker.mx = Math.round(Math.cos(angle) * 127);
      walker.my = Math.round(Math.sin(angle) * 127);
    }
    stepMovement(walker.player, walker, 1 / HERTZ);
  }
  if (tick === WARM) bytes = 0;
  const began = performance.now();
  sight.update();
  map.update();
  const looked = performance.now();
  state.tick += 1;
  serializer.applyPatches(clients, state, { sNow: tick });
  const encoded = performance.now();
  if (tick < WARM) continue;
  times.interest.push(looked - began);
  times.encode.push(encoded - looked);
  times.both.push(encoded - began);
}

console.log(`${COUNT} players, all walking, each with a view; milliseconds of wall clock`);
for (const [name, values] of Object.entries(times)) {
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.floor(values.length * share)]!.toFixed(2).padStart(7);
  console.log(`${name.padEnd(10)} p50 ${at(0.5)}   p90 ${at(0.9)}   p99 ${at(0.99)}`);
}
const inSight = walkers.reduce((sum, { client }) => {
  return sum + walkers.filter(({ player }) => client.view!.has(player)).length - 1;
}, 0);
console.log(
  `${(inSight / COUNT).toFixed(1)} in sight · ${Math.round(bytes / COUNT / (TICKS - WARM))} bytes a patch and client`,
);
