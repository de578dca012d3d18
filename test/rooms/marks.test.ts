import { expect, test } from 'vitest';
import { moveMark, placeMark, removeMark } from '../../rooms/world/marks.ts';
import { MAX_MARKS, WorldState } from '../../schema/index.ts';

const spot = { x: 1, y: 2, label: 'here', hue: 3, by: 'ada' };

test('WD5 an edit that names the version it saw wins only if that is the version now; otherwise it is told what is', () => {
  const state = new WorldState();
  expect(placeMark(state, 'm', spot)).toEqual({ id: 'm', x: 1, y: 2, label: 'here', by: 'ada', version: 1 });
  expect(moveMark(state, { id: 'm', x: 5, y: 6, ifVersion: 1 })).toMatchObject({ x: 5, y: 6, version: 2 });
  const late = () => moveMark(state, { id: 'm', x: 9, y: 9, ifVersion: 1 });
  expect(late).toThrow(
    expect.objectContaining({ error: 'CONFLICT', data: { current: expect.objectContaining({ x: 5, version: 2 }) } }),
  );
  expect(() => removeMark(state, { id: 'm', ifVersion: 1 })).toThrow('CONFLICT');
  expect(moveMark(state, { id: 'm', x: 7, y: 7 })).toMatchObject({ version: 3 });
  expect(removeMark(state, { id: 'm', ifVersion: 3 })).toBeNull();
  expect(() => removeMark(state, { id: 'm' })).toThrow('NOT_FOUND');
});

test('WD6 a world holds a bounded number of marks', () => {
  const state = new WorldState();
  for (let i = 0; i < MAX_MARKS; i++) placeMark(state, `m${i}`, spot);
  expect(() => placeMark(state, 'one-more', spot)).toThrow('LIMIT_REACHED');
});
