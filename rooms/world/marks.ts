import { MAX_MARKS, Mark, type MarkValue, type WorldState } from '../../schema/index.ts';
import { assertVersion, Edits, fail } from '../../src/index.ts';

/** Whoever names the version they saw does not move what somebody else has moved since. */
const edits = new Edits<Mark>().reject('x', 'y');

/** @throws LIMIT_REACHED when the world is full of marks. */
export function placeMark(
  state: WorldState,
  id: string,
  { x, y, label, hue, by }: { x: number; y: number; label: string; hue: number; by: string },
): MarkValue {
  if (state.marks.size >= MAX_MARKS) throw fail('LIMIT_REACHED', { limit: MAX_MARKS });
  state.marks.set(id, new Mark({ x, y, label, hue, by, version: 1 }));
  return markValue(state, id);
}

/** @throws NOT_FOUND, CONFLICT with the mark as it is now. */
export function moveMark(
  state: WorldState,
  { id, x, y, ifVersion }: { id: string; x: number; y: number; ifVersion?: number | undefined },
): MarkValue {
  edits.apply(found(state, id), { x, y }, { ifVersion, current: () => markValue(state, id) });
  return markValue(state, id);
}

/** @throws NOT_FOUND, CONFLICT with the mark as it is now. */
export function removeMark(state: WorldState, { id, ifVersion }: { id: string; ifVersion?: number | undefined }): null {
  assertVersion(found(state, id), ifVersion, () => markValue(state, id));
  state.marks.delete(id);
  return null;
}

function found(state: WorldState, id: string): Mark {
  const mark = state.marks.get(id);
  if (mark === undefined) throw fail('NOT_FOUND');
  return mark;
}

function markValue(state: WorldState, id: string): MarkValue {
  const { x, y, label, by, version } = found(state, id);
  return { id, x, y, label, by, version };
}
