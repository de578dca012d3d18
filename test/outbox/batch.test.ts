import { getMessageBytes, Protocol } from '@colyseus/core';
import { unpack } from 'msgpackr';
import { expect, test } from 'vitest';
import { batchMessages, MAX_BATCH } from '../../src/outbox/batch.ts';
import { binaryFrame, payloadOf } from '../../src/outbox/websocket-frame.ts';

const rpcFrame = (body: unknown) => binaryFrame(getMessageBytes.raw(Protocol.ROOM_DATA, 'rpc', body));
const bodyOf = (frame: Buffer) => unpack(payloadOf(frame).subarray(5));
const notice = (i: number) => ({ jsonrpc: '2.0', method: 'a.b', params: { i, text: 'é'.repeat(i % 40) } });

test.each([2, 15, 16, 64])('OB9 %i JSON-RPC messages in a row are one with an array of what they carry', (count) => {
  const bodies = Array.from({ length: count }, (_, i) => notice(i));
  const merged = batchMessages(bodies.map(rpcFrame));
  expect(merged).toHaveLength(1);
  expect(bodyOf(merged[0]!)).toEqual(bodies);
});

test('OB9 a batch is bounded, and what is a batch already, text or something else stays by itself and in its place', () => {
  const many = Array.from({ length: MAX_BATCH + 1 }, (_, i) => rpcFrame(notice(i)));
  expect(batchMessages(many).map((frame) => [bodyOf(frame)].flat().length)).toEqual([MAX_BATCH, 1]);
  const other = binaryFrame(Buffer.of(Protocol.ROOM_STATE_PATCH, 1, 2));
  const mixed = [
    rpcFrame(notice(1)),
    rpcFrame([notice(2)]),
    rpcFrame('text'),
    other,
    rpcFrame(notice(3)),
    rpcFrame(notice(4)),
  ];
  const merged = batchMessages(mixed);
  expect(merged.slice(0, 4)).toEqual(mixed.slice(0, 4));
  expect(bodyOf(merged[4]!)).toEqual([notice(3), notice(4)]);
});
