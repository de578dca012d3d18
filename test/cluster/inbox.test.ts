import { expect, test } from 'vitest';
import { Inbox, type Incoming, TURN, WAITING } from '../../src/adapters/nats/Inbox.ts';
import { MAX_UNREAD, Outgoing } from '../../src/adapters/nats/Outgoing.ts';

const message = (text: string): Incoming => ({ text, subject: 'a', reply: undefined });
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('NB7 a turn of the loop delivers a bounded number of messages, and of characters', async () => {
  const inbox = new Inbox();
  let got = 0;
  const box = inbox.open(() => {
    got += 1;
  });
  for (let i = 0; i < TURN.messages * 3; i++) expect(inbox.put(box, message('1'))).toBe(true);
  expect(got).toBe(0);
  const seen: number[] = [];
  while (got < TURN.messages * 3) {
    await turn();
    seen.push(got);
  }
  expect(seen.slice(0, 3)).toEqual([1, 2, 3].map((n) => n * TURN.messages));

  got = 0;
  for (let i = 0; i < 8; i++) inbox.put(box, message('x'.repeat(TURN.characters / 4)));
  await turn();
  expect(got).toBe(4);
  await inbox.idle();
  expect(got).toBe(8);
});

test('NB7 a flood on one subject does not hold up another, and each keeps its order', async () => {
  const inbox = new Inbox();
  const got: string[] = [];
  const flooded = inbox.open(({ text }) => got.push(text));
  for (let i = 0; i < 5_000; i++) inbox.put(flooded, message(`f${i}`));
  const quiet = inbox.open(({ text }) => got.push(text));
  for (let i = 0; i < 3; i++) inbox.put(quiet, message(`q${i}`));
  await turn();
  expect(got.slice(0, 8)).toEqual(['f0', 'q0', 'f1', 'q1', 'f2', 'q2', 'f3', 'f4']);
  await inbox.idle();
  expect(got.filter((text) => text.startsWith('f'))).toEqual(Array.from({ length: 5_000 }, (_, i) => `f${i}`));
});

test('NB7 what waits is bounded, for one subscription and in all, and room is made as it is delivered', async () => {
  const inbox = new Inbox();
  const kilobytes = message('x'.repeat(64 * 1024));
  const fill = (box: ReturnType<Inbox['open']>) => {
    let count = 0;
    while (inbox.put(box, kilobytes)) count += 1;
    return count * kilobytes.text.length;
  };
  const boxes = Array.from({ length: 20 }, () => inbox.open(() => {}));
  const taken = boxes.map(fill);
  expect(taken[0]).toBeLessThanOrEqual(WAITING.box);
  expect(taken[0]).toBeGreaterThan(WAITING.box * 0.9);
  const all = taken.reduce((a, b) => a + b);
  expect(all).toBeLessThanOrEqual(WAITING.all);
  expect(all).toBeGreaterThan(WAITING.all * 0.9);
  // Small ones count with what surrounds them.
  const small = inbox.open(() => {});
  inbox.close(boxes[0]!);
  let count = 0;
  while (inbox.put(small, message('1'))) count += 1;
  expect(count).toBeLessThanOrEqual(WAITING.box / 256);
  await inbox.idle();
  expect(inbox.put(boxes[1]!, kilobytes)).toBe(true);
});

test('NB7 nothing is delivered to what was closed, also by a listener of the same turn', async () => {
  const inbox = new Inbox();
  const got: string[] = [];
  const second = inbox.open(({ text }) => got.push(text));
  const first = inbox.open(({ text }) => {
    got.push(text);
    inbox.close(second);
    inbox.close(first);
  });
  for (const box of [first, second]) for (const text of ['1', '2']) inbox.put(box, message(text));
  await inbox.idle();
  expect(got).toEqual(['1']);
  expect(inbox.put(first, message('3'))).toBe(false);
});

test('NB5 what a server has not read is bounded, and what it has read is forgotten', async () => {
  const pings: Array<() => void> = [];
  const outgoing = new Outgoing(() => new Promise<void>((resolve) => pings.push(resolve)));
  const fill = () => {
    let sent = 0;
    while (outgoing.add(64 * 1024)) sent += 64 * 1024;
    return sent;
  };
  expect(fill()).toBe(MAX_UNREAD);
  expect(outgoing.add(1)).toBe(false);
  await turn();
  expect(pings).toHaveLength(1);
  pings[0]!();
  await turn();
  expect(fill()).toBe(MAX_UNREAD);
  // A ping goes out before more than its step is sent, so that the next answer frees as much as it can.
  await turn();
  expect(pings).toHaveLength(2);
});
