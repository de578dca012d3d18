/**
 * `node bench/compression.ts`: what deflating saves, and what it costs, for
 * frames as rooms have them: patches and whole states of 10 to 1,000 players.
 */
import { Protocol } from '@colyseus/core';
import { Encoder, schema, t } from '@colyseus/schema';
import { systemClock } from '../src/adapters/system/clock.ts';
import { Deflater } from '../src/outbox/Deflater.ts';
import { binaryFrame } from '../src/outbox/websocket-frame.ts';

const Player = schema(
  {
    userId: t.string(),
    name: t.string(),
    hue: t.uint16(),
    x: t.float32(),
    y: t.float32(),
    yaw: t.float32(),
  },
  'CompressedPlayer',
);
const WorldState = schema({ players: t.map(Player), tick: t.uint32() }, 'CompressedWorld');

const ROUNDS = 200;
Encoder.BUFFER_SIZE = 1_048_576;

interface Row {
  readonly what: string;
  readonly bytes: number;
  readonly deflated: number;
  readonly micros: number;
}

function measure(what: string, kind: number, body: Uint8Array): Row {
  // Without a budget: each round deflates.
  const clock = { ...systemClock, monotonic: () => 0 };
  const payload = Buffer.concat([Buffer.of(kind), body]);
  let deflated = 0;
  const frames = Array.from({ length: ROUNDS }, () => binaryFrame(payload));
  const deflater = new Deflater({ fromBytes: 1, clock });
  for (const frame of frames.slice(0, 20)) deflater.deflate(Buffer.from(frame));
  const begun = process.cpuUsage();
  for (const frame of frames) deflated = deflater.deflate(frame).byteLength;
  const { user, system } = process.cpuUsage(begun);
  return { what, bytes: binaryFrame(payload).byteLength, deflated, micros: (user + system) / ROUNDS };
}

function rowsOf(players: number): Row[] {
  const state = new WorldState();
  state.tick = 0;
  for (let i = 0; i < players; i++) {
    const at = { x: (i * 37) % 1_000, y: (i * 91) % 800, yaw: (i % 6) - 3 };
    state.players.set(`s${i}xQ7${i}`, new Player({ userId: `player-${i}`, name: `Player ${i}`, hue: i % 360, ...at }));
  }
  const encoder = new Encoder(state);
  const whole = Buffer.from(encoder.encodeAll());
  encoder.discardChanges();
  let patch: Buffer = Buffer.alloc(0);
  for (let tick = 0; tick < 3; tick++) {
    for (const player of state.players.values()) {
      player.x += 0.83 + tick / 7;
      player.y += 0.31;
      player.yaw = Math.sin(tick + player.x);
    }
    state.tick += 1;
    patch = Buffer.from(encoder.encode());
    encoder.discardChanges();
  }
  return [
    measure(`patch, ${players} players move`, Protocol.ROOM_STATE_PATCH, patch),
    measure(`whole state of ${players} players`, Protocol.ROOM_STATE, whole),
  ];
}

process.stdout.write('| frame | bytes | deflated | share | CPU | pays on links below |\n|---|--:|--:|--:|--:|--:|\n');
for (const { what, bytes, deflated, micros } of [10, 50, 200, 1_000].flatMap(rowsOf)) {
  const saved = bytes - deflated;
  // The link on which the time that is saved is the time that it costs.
  const link = saved <= 0 ? 'never' : `${((saved * 8) / micros).toFixed(0)} Mbit/s`;
  const cells = [what, bytes, deflated, `${((deflated / bytes) * 100).toFixed(0)} %`, `${micros.toFixed(0)} µs`, link];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
