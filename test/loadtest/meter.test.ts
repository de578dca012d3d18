import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { currentMeter, Meter } from '../../loadtest/clients/Meter.ts';
import { MeteredSocket } from '../../loadtest/clients/MeteredSocket.ts';
import { Protocol } from '../../loadtest/clients/protocol.ts';
import { Histogram } from '../../loadtest/measure/Histogram.ts';
import { Tally } from '../../loadtest/measure/Tally.ts';

const TIMED = 0x80;

function patch(clock: number, acknowledged: number): Buffer {
  const frame = Buffer.alloc(9);
  frame[0] = Protocol.ROOM_STATE_PATCH | TIMED;
  frame.writeUInt32LE(clock, 1);
  frame.writeUInt32LE(acknowledged, 5);
  return frame;
}

/** A handshake that says that patches come every `ms`. */
function handshake(ms: number): Buffer {
  const PATCH_RATE = 1 << 2;
  return Buffer.from([Protocol.JOIN_ROOM, 1, 0x74, 1, 0x73, 0, 2, 2, PATCH_RATE, ms]);
}

test('LT10 a clock of a room that goes back and an input that was never sent are faults', () => {
  const tally = new Tally();
  const meter = new Meter(tally);
  meter.sent(Buffer.from([Protocol.ROOM_INPUT_RELIABLE, 1]));
  for (const frame of [patch(100, 0), patch(116, 1), patch(116, 1)]) meter.came(frame);
  expect(tally.take().counts).toMatchObject({ frames: 3, patches: 3, bytesIn: 27, inputs: 1, bytesOut: 2 });
  meter.came(patch(90, 1));
  meter.came(patch(120, 2));
  const { counts, problems } = tally.take();
  expect(counts.faults).toBe(2);
  expect(problems).toEqual({ "a room's clock went back": 1, 'an input was acknowledged that was never sent': 1 });
});

test('LT6 a pause counts once for each patch that should have come in it', async () => {
  const tally = new Tally();
  const meter = new Meter(tally);
  meter.came(handshake(20));
  meter.came(patch(1, 0));
  await new Promise((resolve) => setTimeout(resolve, 110));
  meter.came(patch(2, 0));
  const { patch: pauses } = tally.take().durations;
  // 110, and those that were 90, 70, 50 and 30 late, with what the timer adds.
  expect(pauses!.count).toBeGreaterThanOrEqual(5);
  expect(pauses!.min).toBeGreaterThanOrEqual(20);
  expect(Histogram.of(pauses!).max).toBeGreaterThanOrEqual(109);
});

test('LT10 what a client throws at a frame is a fault and goes no further; a cut socket is lost without a word', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => server.close());
  await once(server, 'listening');
  server.on('connection', (socket) => socket.send(Buffer.from([Protocol.ROOM_DATA, 1, 2])));
  const closedBy = new Promise<number>((resolve) => {
    server.on('connection', (socket) => socket.on('close', resolve));
  });
  const { port } = server.address() as { port: number };
  const tally = new Tally();
  const meter = new Meter(tally);
  const socket = currentMeter.run(meter, () => new MeteredSocket(`ws://127.0.0.1:${port}`));
  await new Promise<void>((resolve) => {
    socket.on('message', () => {
      resolve();
      throw new Error('no such type');
    });
  });
  await expect.poll(() => meter.socket === socket).toBe(true);
  const { counts, problems } = tally.take();
  expect(counts).toMatchObject({ frames: 1, bytesIn: 3, faults: 1 });
  expect(Object.keys(problems)).toEqual(['a frame could not be taken: no such type']);
  meter.socket!.terminate();
  expect(await closedBy).toBe(1006);
});
