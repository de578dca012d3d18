import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as ws from 'ws';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { Counters } from '../../src/ops/Counters.ts';
import { binaryFrame } from '../../src/outbox/websocket-frame.ts';
import { FlowControl } from '../../src/socket/FlowControl.ts';
import { SocketWriter } from '../../src/socket/SocketWriter.ts';

/** Remembers what was written to it; as one write what came as one. */
class Wire extends Duplex {
  readonly writes: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes.push(chunk);
    done();
  }

  override _writev(chunks: Array<{ chunk: Buffer }>, done: () => void): void {
    this.writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    done();
  }
}

const limits = {
  compressFrom: 0,
  bytes: 1_048_576,
  ageMs: 10_000,
  totalBytes: 2 ** 28,
  bytesPerSecond: 0,
  totalBytesPerSecond: 0,
};
const flow = new FlowControl({ clock: systemClock, counters: new Counters(), limits, onFault: () => {} });

const endOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('OB1 what is sent in one turn leaves in one write, in order, and what is sent in the next in another', async () => {
  const wire = new Wire();
  const writer = new SocketWriter(wire, flow);
  for (const payload of ['one', 'two', 'three']) writer.send(Buffer.from(payload));
  expect(wire.writes).toEqual([]);
  await endOfTurn();
  writer.send(Buffer.from('four'));
  await endOfTurn();
  const framesOf = (...payloads: string[]) => Buffer.concat(payloads.map((each) => binaryFrame(Buffer.from(each))));
  expect(wire.writes).toEqual([framesOf('one', 'two', 'three'), framesOf('four')]);
});

test('OB1 so does what is too large to be copied together', async () => {
  const wire = new Wire();
  const writer = new SocketWriter(wire, flow);
  const large = Buffer.alloc(20_000, 7);
  writer.send(large);
  writer.send(Buffer.from('after'));
  await endOfTurn();
  expect(wire.writes).toEqual([Buffer.concat([binaryFrame(large), binaryFrame(Buffer.from('after'))])]);
});

test('OB2 a frame that waits owns its bytes: what it was made of may be written anew', async () => {
  const wire = new Wire();
  const [first, second] = [new SocketWriter(wire, flow), new SocketWriter(wire, flow)];
  const shared = Buffer.from('tick 1');
  first.send(shared);
  second.send(shared);
  shared.write('tick 2');
  await endOfTurn();
  // A new view of the same bytes, as an encoder makes one each tick; and the same view, as nobody should.
  first.send(shared.subarray());
  await endOfTurn();
  first.send(shared);
  await endOfTurn();
  expect(wire.writes.map((write) => write.subarray(2).toString())).toEqual(['tick 1', 'tick 1', 'tick 2', 'tick 2']);
});

test('OB3 a frame is what ws makes of the payload, whatever its length', () => {
  const lengths = fc.oneof(fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000), fc.nat(70_000));
  fc.assert(
    fc.property(lengths, (length) => {
      const payload = Buffer.alloc(length, length % 251);
      const options = { fin: true, opcode: 2, mask: false, readOnly: true, rsv1: false };
      const theirs = Buffer.concat((ws as unknown as { Sender: FrameMaker }).Sender.frame(payload, options));
      expect(binaryFrame(payload).equals(theirs)).toBe(true);
    }),
  );
});

interface FrameMaker {
  frame(payload: Buffer, options: object): Buffer[];
}

test('OB4 who asked hears when the write is done, and when it cannot be done any more', async () => {
  const wire = new Wire();
  const writer = new SocketWriter(wire, flow);
  const heard: Array<Error | undefined> = [];
  writer.send(Buffer.from('one'), {}, (error) => heard.push(error));
  writer.send(Buffer.from('two'), {}, (error) => heard.push(error));
  await endOfTurn();
  expect(heard).toEqual([undefined, undefined]);
  wire.destroy();
  writer.send(Buffer.from('three'), {}, (error) => heard.push(error));
  await endOfTurn();
  expect(heard[2]).toBeInstanceOf(Error);
});
