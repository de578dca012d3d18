import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fail } from '../../src/fail.ts';
import { Edits, KEPT_CHANGES } from '../../src/state/versions.ts';

interface Note {
  text: string;
  x: number;
  y: number;
  likes: number;
  readers: string[];
  version: number;
}

/** One set for each policy, and two that merge: with a base, and without. */
const edits = new Edits<Note>()
  .reject('text')
  .lastWriterWins('x', 'y')
  .merge(['likes'], ({ base, current, edit }) => {
    if (base === undefined) throw fail('CONFLICT');
    return { likes: current.likes + edit.likes! - base.likes };
  })
  .merge(['readers'], ({ current, edit }) => ({
    readers: [...new Set([...current.readers, ...edit.readers!])].sort(),
  }));

const fresh = (): Note => ({ text: 'a', x: 0, y: 0, likes: 0, readers: [], version: 1 });

function apply(note: Note, edit: Partial<Note>, ifVersion?: number): void {
  edits.apply(note, edit, { ifVersion, current: () => ({ ...note }) });
}

describe('one entity', () => {
  test('VR1 an accepted edit is the next version; one that is refused changes nothing', () => {
    const note = fresh();
    apply(note, { text: 'b' }, 1);
    expect(note).toEqual({ ...fresh(), text: 'b', version: 2 });
    const before = { ...note };
    // Its position would be taken; its text is not, and so nothing of it is.
    expect(() => apply(note, { x: 5, text: 'c' }, 1)).toThrow(
      expect.objectContaining({ error: 'CONFLICT', data: { current: before } }),
    );
    expect(note).toEqual(before);
    expect(() => apply(note, { x: 5 }, 3)).toThrow('CONFLICT');
    expect(() => apply(note, { version: 9 } as Partial<Note>)).toThrow(TypeError);
    expect(note).toEqual(before);
  });

  test('VR2 reject: refused if the set was changed since the version that it saw, not if only others were', () => {
    const note = fresh();
    apply(note, { x: 1 });
    apply(note, { text: 'b' }, 1);
    expect(note).toMatchObject({ text: 'b', version: 3 });
    expect(() => apply(note, { text: 'c' }, 2)).toThrow('CONFLICT');
    apply(note, { text: 'c' }, 3);
    // One that names no version has seen what is there.
    apply(note, { text: 'd' });
    expect(note).toMatchObject({ text: 'd', version: 5 });
  });

  test('VR3 last writer wins: accepted, whatever it saw', () => {
    const note = fresh();
    apply(note, { x: 1, y: 1 }, 1);
    apply(note, { x: 2 }, 1);
    expect(note).toMatchObject({ x: 2, y: 1, version: 3 });
  });

  test('VR4 merge: gets what the edit saw, what is there, and what it wants; without a meeting it is not asked', () => {
    const note = fresh();
    apply(note, { likes: 5 }, 1);
    apply(note, { likes: 1 }, 1);
    apply(note, { likes: 7 }, 2);
    // 5, one more than none, two more than five.
    expect(note).toMatchObject({ likes: 8, version: 4 });
    apply(note, { likes: 3 }, 4);
    expect(note.likes).toBe(3);
  });

  test('VR5 beyond the changes that are kept, or of an entity that was restored, a merge has no base and reject refuses', () => {
    const note = fresh();
    for (let i = 0; i < KEPT_CHANGES; i++) apply(note, { likes: note.likes + 1, text: `${i}` });
    expect(() => apply(note, { likes: 1 }, 1)).toThrow('CONFLICT');
    apply(note, { likes: 2 }, 2);
    expect(note.likes).toBe(KEPT_CHANGES + 1);

    const restored = { ...note };
    expect(() => apply(restored, { likes: 1 }, note.version - 1)).toThrow('CONFLICT');
    expect(() => apply(restored, { text: 'late' }, note.version - 1)).toThrow('CONFLICT');
    apply(restored, { readers: ['ada'] }, note.version - 1);
    expect(restored).toMatchObject({ readers: ['ada'], likes: note.likes });
  });
});

/** An editor's next edit, on what it knows by then, and how late the server and the others hear of things. */
const step = fc.record({
  editor: fc.nat(3),
  field: fc.constantFrom('text', 'x', 'likes', 'readers'),
  number: fc.integer({ min: 1, max: 9 }),
  travels: fc.nat(30),
  told: fc.array(fc.nat(30), { minLength: 4, maxLength: 4 }),
  blind: fc.boolean(),
});

test('VR6 however late editors see and are heard: they end with what the server has, and no accepted edit is lost', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const server = fresh();
      const replicas = Array.from({ length: 4 }, fresh);
      const accepted: Array<{ step: number; edit: Partial<Note>; added: number; saw: number | undefined }> = [];
      const textAt = [1];
      const due = new Map<number, Array<() => void>>();
      const later = (at: number, what: () => void) => due.set(at, [...(due.get(at) ?? []), what]);
      const run = (at: number) => due.get(at)?.forEach((what) => void what());

      const hear = (replica: Note, value: Note) => value.version > replica.version && Object.assign(replica, value);
      const serve = (i: number, edit: Partial<Note>, added: number, saw: number | undefined, now: number) => {
        const before = server.version;
        try {
          apply(server, edit, saw);
        } catch (error) {
          expect(error).toMatchObject({ error: 'CONFLICT' });
          expect(server.version).toBe(before);
          return;
        }
        expect(server.version).toBe(before + 1);
        if (edit.text !== undefined) {
          // Nobody's text is overwritten by who had not seen it.
          if (saw !== undefined) expect(saw).toBeGreaterThanOrEqual(textAt.at(-1)!);
          textAt.push(server.version);
        }
        accepted.push({ step: i, edit, added, saw });
        const value = { ...server, readers: [...server.readers] };
        replicas.forEach((replica, r) => void later(now + steps[i]!.told[r]!, () => hear(replica, value)));
        run(now);
      };

      const end = steps.length + 70;
      for (let now = 0; now < end; now++) {
        const next = steps[now];
        if (next !== undefined) {
          const known = replicas[next.editor]!;
          const wanted: Record<string, Partial<Note>> = {
            text: { text: `text ${now}` },
            x: { x: now, y: now },
            likes: { likes: known.likes + next.number },
            readers: { readers: [...known.readers, `reader ${now}`] },
          };
          // Who names no version means: over what is there. A sum of what one knew would not be that.
          const isBlind = next.blind && (next.field === 'text' || next.field === 'x');
          const saw = isBlind ? undefined : known.version;
          later(now + next.travels, () => serve(now, wanted[next.field]!, next.number, saw, now + next.travels));
        }
        const things = due.get(now);
        due.delete(now);
        things?.forEach((what) => void what());
      }

      for (const replica of replicas) expect(replica).toEqual(server);
      const last = (field: keyof Note) => accepted.findLast(({ edit }) => edit[field] !== undefined)?.edit[field];
      expect(server.text).toBe(last('text') ?? 'a');
      expect(server.x).toBe(last('x') ?? 0);
      const liked = accepted.filter(({ edit }) => edit.likes !== undefined);
      expect(server.likes).toBe(liked.reduce((sum, { added }) => sum + added, 0));
      const read = accepted.filter(({ edit }) => edit.readers !== undefined).map(({ step: at }) => `reader ${at}`);
      expect([...server.readers].sort()).toEqual(read.sort());
      expect(server.version).toBe(1 + accepted.length);
    }),
    { numRuns: 300 },
  );
});
