/**
 * Input that is small and keeps a server busy. Each case has a server of its
 * own in another process: one that freezes takes nothing with it but the test.
 */
import { pack } from 'msgpackr';
import { expect, onTestFinished, test } from 'vitest';
import { Bystander } from '../support/bystander.ts';
import { ChildServer } from '../support/child-server.ts';
import { dataFrame, FRAME, RawClient, requestFrame, TIMED } from '../support/raw-client.ts';

/** Far more than a frame may cost, far less than a freeze. */
const PATIENCE_MS = 3_000;

/** Frames that are read may be worth a line each, but not a page. */
const PRINTED_PER_FRAME = 1_000;

/** Sends frames within the limits of a connection; asserts that nobody else notices. */
async function survives(
  frames: ReadonlyArray<Uint8Array | readonly number[]>,
  env: Record<string, string> = {},
): Promise<void> {
  const server = await ChildServer.start(env, onTestFinished);
  const bystander = await Bystander.join(server, 'bystander', onTestFinished);
  const client = await RawClient.join(server.url, server.token('freezer'));
  await client.settled();
  const printed = server.printed;
  for (const frame of frames) client.send(frame);
  expect(await server.answersWithin(PATIENCE_MS), 'the server answers').toBe(true);
  await bystander.isWell();
  // Once more, as the frames may have been read after the first answer.
  expect(await server.answersWithin(PATIENCE_MS), 'the server answers').toBe(true);
  expect(server.faults).toEqual([]);
  expect(server.printed - printed).toBeLessThanOrEqual(frames.length * PRINTED_PER_FRAME);
}

/**
 * Found by reading InputDecoder.decodeAll, then with three bytes: the length of
 * an input is a number like any other, and −1 leads back to itself. The loop
 * never ends; the process is lost, and everybody in it.
 */
const backwards: Array<[string, number[]]> = [
  ['−1 in one byte', [FRAME.ROOM_INPUT_UNRELIABLE, 0, 0xff]],
  ['−1 in two bytes', [FRAME.ROOM_INPUT_UNRELIABLE, 0, 0xd0, 0xfe]],
  ['−3 in three bytes', [FRAME.ROOM_INPUT_UNRELIABLE, 0, 0xd1, 0xfd, 0xff]],
  ['−5 as a fraction', [FRAME.ROOM_INPUT_UNRELIABLE, 0, 0xca, 0, 0, 0xa0, 0xc0]],
  ['after a good input', [FRAME.ROOM_INPUT_UNRELIABLE, 1, 2, 128, 5, 0xff]],
  ['with another modifier', [FRAME.ROOM_INPUT_UNRELIABLE | 0x60, 0, 0xff]],
];
test.each(backwards)('BI60 an input of a length below zero does not freeze the server: %s', async (_name, frame) => {
  await survives([frame]);
});

/** The number of stamps is the client's word: an array of that size is made and filled. */
const stamps: Array<[string, number[]]> = [
  ['four billion', [FRAME.ROOM_INPUT_UNRELIABLE | TIMED, 0xce, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]],
  ['a hundred million', [FRAME.ROOM_INPUT_UNRELIABLE | TIMED, 0xce, 0x00, 0xe1, 0xf5, 0x05, 0, 0, 0, 0]],
  ['as a fraction', [FRAME.ROOM_INPUT_UNRELIABLE | TIMED, 0xcb, 0, 0, 0, 0, 0x84, 0xd7, 0xa7, 0x41, 0, 0, 0, 0]],
];
test.each(stamps)('BI61 an input with too many stamps does not freeze the server: %s', async (_name, frame) => {
  await survives([frame]);
});

/**
 * A room that rewinds sends its clients' stamps in one series or in two. A frame
 * that holds together in the one way need not in the other: what looks at it
 * must read it as the room does.
 */
const ambiguous: Array<[string, number[]]> = [
  ['good with two series, backwards with one', [0x94, 1, 0, 0, 0, 0, 0, 0xff, 0, 4, 128, 5, 129, 5]],
  ['good with one series, backwards with two', [0x94, 1, 0, 0, 0, 0, 0, 4, 128, 0xff, 129, 5]],
];
test.each(ambiguous)('BI61 an input with too many stamps does not freeze the server: %s', async (_name, frame) => {
  await survives([frame]);
});

test.each(ambiguous)(
  'BI61 an input with too many stamps does not freeze the server: in a room that rewinds, %s',
  async (_name, frame) => {
    const TEST_ROOMS = new URL('../support/rewind-room.ts', import.meta.url).href;
    await survives([frame], { TEST_ROOMS });
  },
);

/**
 * msgpackr resolves references within a message. `[a, [a, a], [[a, a], [a, a]], …]`
 * is a few hundred bytes and 2^30 leaves; with one byte after its end it is
 * written as JSON for the text of an error.
 */
function referenceBomb(levels: number): Uint8Array {
  const reference = (kind: number, id: number) => [0xd6, kind, 0, 0, 0, id];
  const bytes = [0xdc, 0, levels, ...reference(0x69, 1), 0x90];
  for (let id = 2; id <= levels; id++) {
    bytes.push(...reference(0x69, id), 0x92, ...reference(0x70, id - 1), ...reference(0x70, id - 1));
  }
  return Uint8Array.from([...bytes, 0]);
}

test('BI62 references within a message do not freeze the server: as a message', async () => {
  await survives([dataFrame('rpc', referenceBomb(30))]);
});

test('BI62 references within a message do not freeze the server: as a request', async () => {
  await survives([requestFrame(1, 'rpc', referenceBomb(30))]);
});

test('BI62 references within a message do not freeze the server: of an unknown type', async () => {
  await survives([dataFrame('nope', referenceBomb(30))]);
});

/** What stands where the type should be; Colyseus reads on behind it. */
const typeless: Array<[string, number[]]> = [
  ['a byte that is no type', [0xc1]],
  ['nil', [0xc0]],
  ['a list', [0x90]],
  ['an empty text', [0xa0]],
  ['NaN', [0xca, 0, 0, 0xc0, 0x7f]],
  ['infinite', [0xcb, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f]],
  ['below zero', [0xff]],
  ['a text that is no UTF-8', [0xa2, 0xff, 0xff]],
];
test.each(typeless)(
  'BI62 references within a message do not freeze the server: behind %s for a type',
  async (_name, type) => {
    await survives([Uint8Array.from([FRAME.ROOM_DATA, ...type, ...referenceBomb(30)])]);
  },
);

test.each(typeless)(
  'BI62 references within a message do not freeze the server: in a request, behind %s for a type',
  async (_name, type) => {
    await survives([Uint8Array.from([FRAME.ROOM_REQUEST, 1, ...type, ...referenceBomb(30)])]);
  },
);

/**
 * Each switch to a structure that an input does not have is reported on the
 * console with the object it was found in: 4,000 reports a frame.
 */
test('BI63 inputs that name unknown structures do not keep the server busy: nor fill its console', async () => {
  const frame: number[] = [FRAME.ROOM_INPUT_RELIABLE];
  while (frame.length < 16_000) frame.push(255, 5, 255, 0);
  await survives(new Array(15).fill(frame));
});

test('BI63 inputs that name unknown structures do not keep the server busy: nor unknown fields', async () => {
  const frame: number[] = [FRAME.ROOM_INPUT_RELIABLE];
  while (frame.length < 16_000) frame.push(128 | 60, 255, 0);
  await survives(new Array(15).fill(frame));
});

const heavy: Array<[string, Uint8Array]> = [
  [
    'a big number of 16,000 bytes',
    dataFrame('rpc', Uint8Array.from([0xc8, 0x3e, 0x80, 0x42, ...new Array(16_000).fill(255)])),
  ],
  ['a pattern that is slow to match', dataFrame('rpc', pack(/^(a+)+$/))],
  ['16,000 empty inputs', Uint8Array.from([FRAME.ROOM_INPUT_UNRELIABLE, 1, ...new Array(16_000).fill(0)])],
  [
    'a thousand letters that are no UTF-8',
    dataFrame('rpc', Uint8Array.from([0xda, 0x03, 0xe8, ...new Array(1_000).fill(255)])),
  ],
  ['maps that are records of records', dataFrame('rpc', records(400))],
];
test.each(heavy)(
  'BI64 fifteen of the heaviest frames that the limits allow do not keep the server busy: %s',
  async (_name, frame) => {
    await survives(new Array(15).fill(frame));
  },
);

/** Record definitions, of which msgpackr compiles a reader each after some uses. */
function records(count: number): Uint8Array {
  const bytes = [0xdc, count >> 8, count & 255];
  for (let i = 0; i < count; i++) bytes.push(0xd4, 0x72, 0x40 + (i % 64), 0x92, 0xa1, 97, 0xa1, 98, 1, 2);
  return Uint8Array.from(bytes);
}
