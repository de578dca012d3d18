/** What the page makes of who comes into sight and leaves it: the parts that need no browser. */
import { expect, test } from 'vitest';
import { Fades } from '../../web/src/world/Fades.ts';
import { Roster } from '../../web/src/world/Roster.ts';
import type { NamedFigure } from '../../web/src/world/Scene.ts';

const figure = (id: string, x = 0): NamedFigure => {
  return { id, name: id, hue: 1, connected: true, own: id === 'own', says: undefined, alpha: 1, x, y: 0, yaw: 0 };
};

test('WD23 who is there at the first look is there at once; who comes and goes later does so gradually, where they were', () => {
  const fades = new Fades();
  const shown = (figures: NamedFigure[], now: number) =>
    Object.fromEntries(fades.apply(figures, now).map(({ id, alpha, x }) => [id, [Math.round(alpha * 100), x]]));
  expect(shown([figure('a'), figure('own')], 0)).toEqual({ a: [100, 0], own: [100, 0] });
  expect(shown([figure('a'), figure('b'), figure('own')], 70).b).toEqual([25, 0]);
  expect(shown([figure('a', 7), figure('b'), figure('own')], 140).b).toEqual([50, 0]);
  // Gone, and half gone, and back before it was gone.
  expect(shown([figure('b'), figure('own')], 280)).toEqual({ a: [50, 7], b: [100, 0], own: [100, 0] });
  expect(shown([figure('a', 9), figure('b'), figure('own')], 350).a).toEqual([75, 9]);
  expect(shown([figure('own')], 350 + 281)).toEqual({ own: [100, 0] });
  // After a tab that slept.
  expect(shown([figure('c'), figure('own')], 1e6)).toEqual({ c: [100, 0], own: [100, 0] });
});

test('WD24 news are of who comes into the world and leaves it, not of who comes into sight', () => {
  const roster = new Roster('own');
  const look = (now: number, seen: string[], present: string[], away: string[] = []) =>
    roster.look(
      ['own', ...seen].map((id) => [id, { name: id.toUpperCase(), connected: !away.includes(id) }] as const),
      ['own', ...present],
      now,
    );
  expect(look(0, ['a'], ['a', 'far'])).toEqual([]);
  expect(look(200, ['a', 'far'], ['a', 'far'])).toEqual([]);
  expect(look(400, ['a'], ['a', 'far', 'new'])).toEqual([]);
  expect(look(600, ['a', 'new'], ['a', 'far', 'new'])).toEqual(['NEW came in']);
  expect(look(800, ['a', 'new'], ['a', 'new'], ['a'])).toEqual(['A lost the connection; the place is kept']);
  expect(look(1_000, ['new'], ['a', 'new'])).toEqual([]);
  expect(look(5_000, ['new', 'a'], ['a', 'new'])).toEqual([]);
  expect(look(5_200, ['new'], ['new'])).toEqual(['A left']);
  // One who comes in far away, and walks here.
  expect(look(5_400, ['new'], ['new', 'later'])).toEqual([]);
  expect(look(9_000, ['new', 'later'], ['new', 'later'])).toEqual([]);
});
