import { expect, test } from 'vitest';
import { Journal } from '../../src/room/Journal.ts';

const BOUNDS = { entries: 5, bytes: 1_000, ageMs: 60_000 };
const bytes = (text: string) => Buffer.from(text);
const texts = (messages: Uint8Array[] | undefined) => messages?.map((message) => Buffer.from(message).toString());
const since = (journal: Journal, n: number, id = 'a', now = 0) => texts(journal.after({ epoch: 1, n }, id, now));

function journalOf(...said: string[]): Journal {
  const journal = new Journal(BOUNDS);
  for (const text of said) journal.append(bytes(text), {}, 0);
  return journal;
}

test('JR1 numbers begin with 1 and have no gaps, whoever an entry is for', () => {
  const journal = new Journal(BOUNDS);
  expect(journal.next).toEqual({ epoch: 1, n: 1 });
  journal.append(bytes('one'), { only: ['b'] }, 0);
  journal.append(bytes('two'), { except: 'a' }, 0);
  expect(journal.last).toBe(2);
  expect(journal.next).toEqual({ epoch: 1, n: 3 });
});

test('JR2 who was away gets what was for them, in order: not what left them out', () => {
  const journal = new Journal(BOUNDS);
  journal.append(bytes('all'), {}, 0);
  journal.append(bytes('but a'), { except: 'a' }, 0);
  journal.append(bytes('a and b'), { only: ['a', 'b'] }, 0);
  journal.append(bytes('b'), { only: ['b'] }, 0);
  journal.append(bytes('all again'), {}, 0);
  expect(since(journal, 0)).toEqual(['all', 'a and b', 'all again']);
  expect(since(journal, 1, 'b')).toEqual(['but a', 'a and b', 'b', 'all again']);
  expect(since(journal, 5)).toEqual([]);
});

test('JR3 beyond a bound the oldest go, and whoever needs one of them gets nothing rather than a part', () => {
  const byCount = journalOf('1', '2', '3', '4', '5', '6');
  expect([since(byCount, 0), since(byCount, 1)]).toEqual([undefined, ['2', '3', '4', '5', '6']]);

  const byBytes = journalOf('x'.repeat(600), 'y'.repeat(400));
  expect([byBytes.size, byBytes.bytes]).toEqual([2, 1_000]);
  byBytes.append(bytes('z'), {}, 0);
  expect([byBytes.size, byBytes.bytes]).toEqual([2, 401]);
  expect([since(byBytes, 0), since(byBytes, 2)]).toEqual([undefined, ['z']]);

  const byAge = journalOf('old');
  byAge.append(bytes('new'), {}, 30_000);
  expect(since(byAge, 0, 'a', 59_999)).toEqual(['old', 'new']);
  expect(since(byAge, 0, 'a', 60_000)).toBeUndefined();
  expect(since(byAge, 1, 'a', 60_000)).toEqual(['new']);
});

test('JR3 the names of those whom an entry is for count as bytes, and one that is too large alone leaves nothing', () => {
  const journal = new Journal({ ...BOUNDS, bytes: 200 });
  journal.append(bytes('few'), { only: ['a', 'b'] }, 0);
  expect(journal.bytes).toBe(3 + 2 * 64);
  journal.append(bytes('x'.repeat(201)), {}, 0);
  expect([journal.size, journal.bytes, journal.last]).toEqual([0, 0, 2]);
  expect([since(journal, 1), since(journal, 2)]).toEqual([undefined, []]);
});

test('JR4 a number from the future, and one of an epoch that never was, are answered with nothing', () => {
  const journal = journalOf('1', '2');
  expect(since(journal, 3)).toBeUndefined();
  expect(journal.after({ epoch: 2, n: 1 }, 'a', 0)).toBeUndefined();
  expect(journal.after({ epoch: 0, n: 1 }, 'a', 0)).toBeUndefined();
});

test('JR5 an entry is a copy: the buffer that it was made of may be written anew', () => {
  const journal = new Journal(BOUNDS);
  const buffer = bytes('first');
  journal.append(buffer, {}, 0);
  buffer.write('later');
  expect(since(journal, 0)).toEqual(['first']);
});

test('JR6 saved and restored it goes on: entries, numbers, receivers and bounds', () => {
  const journal = new Journal(BOUNDS);
  for (const text of ['1', '2', '3', '4', '5', '6']) journal.append(bytes(text), {}, 0);
  journal.append(bytes('7'), { only: ['b'] }, 0);
  journal.append(bytes('8'), { except: 'b' }, 0);
  const again = new Journal(BOUNDS, { saved: structuredClone(journal.save()) });
  for (const one of [journal, again]) {
    expect([one.last, one.size, one.bytes]).toEqual([8, 5, 5 + 64]);
    expect([since(one, 2), since(one, 3), since(one, 3, 'b')]).toEqual([
      undefined,
      ['4', '5', '6', '8'],
      ['4', '5', '6', '7'],
    ]);
  }
  again.append(bytes('9'), {}, 0);
  expect(since(again, 7)).toEqual(['8', '9']);
});

test('JR7 under a new owner numbers go on; who saw what the new owner does not know of is not served', () => {
  const first = journalOf('1', '2', '3');
  const second = new Journal(BOUNDS, { epoch: 2, saved: first.save() });
  expect(second.next).toEqual({ epoch: 2, n: 4 });
  second.append(bytes('4'), {}, 0);
  expect(since(second, 2)).toEqual(['3', '4']);
  // Said by the first owner after it was saved the last time, and lost with it.
  expect(since(second, 4)).toBeUndefined();
  expect(texts(second.after({ epoch: 2, n: 3 }, 'a', 0))).toEqual(['4']);

  const third = new Journal(BOUNDS, { epoch: 3, saved: second.save() });
  expect([since(third, 3), since(third, 4)]).toEqual([['4'], undefined]);
  expect(texts(third.after({ epoch: 2, n: 4 }, 'a', 0))).toEqual([]);
});

test('JR7 what several owners said since the last snapshot is each one’s own; an owner who said nothing ended where it began', () => {
  const first = journalOf('1', '2');
  const said = (epoch: number, text: string) => ({ at: 0, message: bytes(text), epoch });
  const entries = [...first.save().entries, said(1, '3'), said(2, '4'), said(2, '5')];
  const fourth = new Journal(BOUNDS, { epoch: 4, saved: { ...first.save(), entries } });
  expect(fourth.next).toEqual({ epoch: 4, n: 6 });
  const after = (epoch: number, n: number) => texts(fourth.after({ epoch, n }, 'a', 0));
  expect(after(1, 3)).toEqual(['4', '5']);
  // Said by the first as the fourth, and lost: the fourth that is known is another.
  expect(after(1, 4)).toBeUndefined();
  expect([after(2, 4), after(2, 5), after(3, 5)]).toEqual([['5'], [], []]);
  expect(after(3, 6)).toBeUndefined();
});
