import { expect, test } from 'vitest';
import { BadSlice, type Reading } from '../../bench/reading.ts';
import { type Sliced, type TurnsOptions, takeTurns } from '../../bench/turns.ts';
import { reading } from './support/readings.ts';

const options: TurnsOptions = {
  count: 2,
  sliceMs: 1_000,
  backwards: false,
  disturbedMs: 0,
  until: Number.POSITIVE_INFINITY,
  onDisturbed: () => {},
};

/** Sides that note who runs; `onSlice` may disturb. */
function sides(names: string, onSlice: (name: string, soFar: string) => void = () => {}) {
  const ran: string[] = [];
  const all = [...names].map(
    (name, place): Sliced => ({
      slice: async () => {
        ran.push(name);
        onSlice(name, ran.join(''));
        return reading(place);
      },
    }),
  );
  return { all, ran };
}

const places = (turns: readonly Reading[][]) => turns.map((turn) => turn.map((one) => one.cpuMicrosPerSecond / 1e6));

test('BE3 sides run one after the other, there and back; readings stay in the order of the sides', async () => {
  const { all, ran } = sides('abcd');
  expect(places(await takeTurns(all, { ...options, count: 3 }))).toEqual(Array(3).fill([0, 1, 2, 3]));
  expect(ran.join('')).toBe('abcddcbaabcd');
});

test('BE3 the round says who begins', async () => {
  const { all, ran } = sides('ab');
  await takeTurns(all, { ...options, backwards: true });
  expect(ran.join('')).toBe('baab');
});

test('BE3 a disturbed turn is made again as a whole, and told', async () => {
  const said: string[] = [];
  const { all, ran } = sides('ab', (_name, soFar) => {
    if (soFar === 'ab') throw new BadSlice('too few frames');
  });
  const turns = await takeTurns(all, { ...options, onDisturbed: (why) => said.push(why) });
  expect(turns).toHaveLength(2);
  expect(ran.join('')).toBe('abbaab');
  expect(said).toEqual(['too few frames']);
});

test('BE3 a machine that is always busy is told so; processes that are lost for good begin a new round', async () => {
  const busy = sides('ab', () => {
    throw new BadSlice('too few frames');
  });
  await expect(takeTurns(busy.all, options)).rejects.toThrow('too busy to measure on');
  expect(busy.ran).toHaveLength(12);
  const lost = sides('ab', () => {
    throw new BadSlice('connections were lost', { forGood: true });
  });
  await expect(takeTurns(lost.all, options)).rejects.toBeInstanceOf(BadSlice);
  expect(lost.ran).toHaveLength(1);
});

test('BE3 a wrong answer ends it at once', async () => {
  const { all } = sides('ab', () => {
    throw new Error('3 replies were not what was asked for');
  });
  await expect(takeTurns(all, options)).rejects.toThrow('3 replies');
});

test('BE4 when the time is over there is what was measured until then', async () => {
  const { all, ran } = sides('ab');
  expect(await takeTurns(all, { ...options, until: 0 })).toEqual([]);
  expect(ran).toEqual([]);
  const until = performance.now() + 20;
  const turns = await takeTurns(
    sides('ab', (name) => {
      // The turn that has begun is finished.
      while (name === 'a' && performance.now() < until);
    }).all,
    { ...options, until },
  );
  expect(turns).toHaveLength(1);
});
