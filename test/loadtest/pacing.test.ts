import { expect, test } from 'vitest';
import { Calls } from '../../loadtest/actor/Calls.ts';
import { Pacer } from '../../loadtest/actor/Pacer.ts';
import type { RoomNews } from '../../loadtest/actor/RoomBook.ts';
import { Histogram } from '../../loadtest/measure/Histogram.ts';
import { Tally } from '../../loadtest/measure/Tally.ts';
import { RoomDesk } from '../../loadtest/run/RoomDesk.ts';

/** Keeps the loop busy: what a stall is. */
function stall(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

async function paced(catchUp: boolean): Promise<{ meant: number[]; late: number[] }> {
  const [meant, late] = [[] as number[], [] as number[]];
  const firstAt = performance.now();
  const pacer = new Pacer((ms) => late.push(ms));
  await new Promise<void>((resolve) => {
    const deed = (at: number) => {
      meant.push(Math.round(at - firstAt));
      if (meant.length === 3) stall(200);
      if (at - firstAt >= 300) resolve();
    };
    pacer.start({ perSecond: 50, firstAt, catchUp, deed });
  });
  pacer.close();
  return { meant, late };
}

test('LT6 after a stall all that was meant meanwhile is done, each with the time that it was meant for', async () => {
  const { meant, late } = await paced(true);
  // Where the machine was held up at the end as well, some that come after are made up for, too.
  expect(meant.slice(0, 16)).toEqual(Array.from({ length: 16 }, (_, i) => i * 20));
  // Those that were meant in the stall waited for its end, each for less than the one before.
  expect(late[3]).toBeGreaterThan(150);
  expect(late[8]).toBeGreaterThan(50);
});

test('LT6 what is not made up for, such as inputs, keeps to its times and leaves out those that it missed', async () => {
  const { meant } = await paced(false);
  expect(meant.every((at) => at % 20 === 0)).toBe(true);
  expect(meant.length).toBeLessThan(12);
});

test('LT6 paces of many are done in the order of their times, and a stopped one not at all', async () => {
  const done: number[] = [];
  const pacer = new Pacer(() => {});
  const start = performance.now() + 5;
  await new Promise<void>((resolve) => {
    for (let i = 0; i < 50; i++) {
      const firstAt = start + ((i * 37) % 50);
      const stop = pacer.start({
        perSecond: 0.1,
        firstAt,
        catchUp: true,
        deed: (at) => done.push(Math.round(at - start)),
      });
      if (i === 10) stop();
    }
    pacer.start({ perSecond: 0.1, firstAt: start + 60, catchUp: true, deed: () => resolve() });
  });
  pacer.close();
  expect(done).toEqual(Array.from({ length: 50 }, (_, i) => i).filter((i) => i !== (10 * 37) % 50));
});

test('LT6 a call counts from when it was meant; one without an answer for as long as it waited, and as failed', async () => {
  const tally = new Tally();
  const sent: Array<{ id: number }> = [];
  const calls = new Calls(tally, (payload) => sent.push(payload as { id: number }));
  calls.connected();
  const meantAt = performance.now() - 500;
  const answered = calls.ask('system.ping', {}, meantAt);
  calls.heard({ id: sent[0]!.id, result: { at: 1 } });
  expect(await answered).toEqual({ result: { at: 1 } });
  const silent = calls.ask('system.ping', {}, performance.now() - 11_000);
  calls.expire(performance.now());
  expect(await silent).toEqual({ error: 'no answer within 10 s' });
  const { durations, counts } = tally.take();
  expect(durations.rpc!.min).toBeGreaterThanOrEqual(500);
  expect(durations.rpc!.max).toBeGreaterThanOrEqual(11_000);
  expect(Histogram.of(durations.service!).max).toBeLessThan(400);
  expect(counts).toEqual({ calls: 2, callsFailed: 1 });
});

test('LT6 calls while the socket is lost wait for the next, and are asked again with their ids, a bounded number of them', async () => {
  const sent: Array<{ id: number }> = [];
  const calls = new Calls(new Tally(), (payload) => sent.push(payload as { id: number }));
  calls.connected();
  void calls.ask('world.say', { text: 'a' }, 0);
  calls.disconnected();
  void calls.ask('world.say', { text: 'b' }, 0);
  expect(sent.map(({ id }) => id)).toEqual([1]);
  calls.connected();
  expect(sent.map(({ id }) => id)).toEqual([1, 1, 2]);
  for (let i = 0; i < 62; i++) void calls.ask('system.ping', {}, 0);
  expect(await calls.ask('system.ping', {}, 0)).toEqual({ error: 'too many without an answer' });
});

test('LT4 a room is made once; who cannot make it leaves it to the next; one that is gone is made anew', () => {
  const desk = new RoomDesk();
  const told: string[] = [];
  const ask = (who: string, gone?: string) =>
    desk.ask(0, gone, (news: RoomNews) => told.push(`${who} ${'make' in news ? 'makes' : news.roomId}`));
  ask('ann');
  ask('ben');
  ask('cy');
  expect(told).toEqual(['ann makes']);
  desk.made(0, undefined);
  expect(told).toEqual(['ann makes', 'ben makes']);
  desk.made(0, 'r1');
  ask('dee');
  expect(told.slice(2)).toEqual(['cy r1', 'dee r1']);
  ask('eve', 'r1');
  ask('fay', 'r1');
  desk.made(0, 'r2');
  ask('gus', 'r1');
  expect(told.slice(4)).toEqual(['eve makes', 'fay r2', 'gus r2']);
});
