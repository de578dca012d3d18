import { fail } from '../fail.ts';

/** Something that several players may edit. */
export interface Versioned {
  /** Starts at 1; the room adds one with each accepted edit. */
  version: number;
}

/**
 * For an edit of the whole that names the version it saw.
 * @throws CONFLICT with `data.current` when the entity is at another version now. No `ifVersion`: the last writer wins.
 */
export function assertVersion(entity: Versioned, ifVersion: number | undefined, current: () => unknown): void {
  if (ifVersion !== undefined && ifVersion !== entity.version) throw fail('CONFLICT', { current: current() });
}

/** Two edits of one set of fields that did not see each other. */
export interface Meeting<Fields> {
  /**
   * What the set was at the version that the edit saw. Undefined when nobody knows any more: `KEPT_CHANGES` changes of
   * the set ago, or before the room was restored. A merge that cannot do without throws `fail('CONFLICT', …)`.
   */
  readonly base: Readonly<Fields> | undefined;
  /** What it is now. */
  readonly current: Readonly<Fields>;
  /** What the edit wants of it. */
  readonly edit: Readonly<Partial<Fields>>;
}

/** Gives what the set shall be. Pure; what it throws refuses the edit as a whole. */
export type Merge<Fields> = (meeting: Meeting<Fields>) => Partial<Fields>;

/** So many changes of a set are remembered, for the base of a merge. */
export const KEPT_CHANGES = 16;

type Policy = 'reject' | 'last writer wins' | Merge<Values>;
type Values = Record<string, unknown>;

interface FieldSet {
  readonly fields: readonly string[];
  readonly policy: Policy;
}

/** What a set was from a version on. */
interface Change {
  readonly version: number;
  readonly values: Values;
}

export interface EditOptions {
  /** The version that the edit saw. Undefined: it has seen what is there now. */
  readonly ifVersion?: number | undefined;
  /** For whoever is refused: what is there now. */
  readonly current: () => unknown;
}

/**
 * The edits that entities of one class take, and what becomes of one that did not see the latest version. Fields belong
 * to sets; an edit meets another only if it touches a set that was changed since the version it saw.
 *
 * ```ts
 * const edits = new Edits<Note>()
 *   .reject('text')
 *   .lastWriterWins('x', 'y')
 *   .merge(['likes'], ({ base, current, edit }) => ({ likes: current.likes + edit.likes - base.likes }));
 * edits.apply(note, { x, y }, { ifVersion, current: () => valueOf(note) });
 * ```
 */
export class Edits<Entity extends Versioned> {
  readonly #sets: FieldSet[] = [];
  /** The changes of each set, the latest last. What is not in it was changed now, as far as anybody knows. */
  readonly #history = new WeakMap<Entity, Change[][]>();

  /** An edit that did not see the latest change of these fields is refused with CONFLICT. */
  reject<F extends keyof Entity & string>(...fields: F[]): this {
    return this.#add(fields, 'reject');
  }

  /** An edit of these fields counts, whatever it has seen. */
  lastWriterWins<F extends keyof Entity & string>(...fields: F[]): this {
    return this.#add(fields, 'last writer wins');
  }

  /** What an edit of these fields comes to that did not see their latest change, `merge` says. */
  merge<F extends keyof Entity & string>(fields: F[], merge: Merge<Pick<Entity, F>>): this {
    return this.#add(fields, merge as unknown as Merge<Values>);
  }

  /**
   * Applies an edit as a whole, as the next version, or not at all. Fields that are undefined are left as they are.
   * @throws CONFLICT with `data.current`, or what a merge throws.
   */
  apply(entity: Entity, edit: Partial<Entity>, { ifVersion = entity.version, current }: EditOptions): void {
    const given = Object.entries(edit).filter(([, value]) => value !== undefined);
    const known = this.#sets.flatMap(({ fields }) => fields);
    const unknown = given.find(([field]) => !known.includes(field));
    if (unknown !== undefined) throw new TypeError(`${unknown[0]} is no field that can be edited`);
    if (ifVersion > entity.version) throw fail('CONFLICT', { current: current() });

    const history = this.#historyOf(entity);
    const results = this.#sets.map(({ fields, policy }, at) => {
      const values: Values = Object.fromEntries(given.filter(([field]) => fields.includes(field)));
      const changes = history[at]!;
      const isMeeting = Object.keys(values).length > 0 && changes.at(-1)!.version > ifVersion;
      if (!isMeeting || policy === 'last writer wins') return values;
      if (policy === 'reject') throw fail('CONFLICT', { current: current() });
      const base = changes.findLast(({ version }) => version <= ifVersion)?.values;
      return policy({ base, current: pick(entity, fields), edit: values });
    });

    entity.version += 1;
    results.forEach((values, at) => {
      if (Object.keys(values).length === 0) return;
      Object.assign(entity, values);
      const changes = history[at]!;
      changes.push({ version: entity.version, values: pick(entity, this.#sets[at]!.fields) });
      if (changes.length > KEPT_CHANGES) changes.shift();
    });
  }

  #add(fields: readonly string[], policy: Policy): this {
    this.#sets.push({ fields, policy });
    return this;
  }

  #historyOf(entity: Entity): Change[][] {
    let history = this.#history.get(entity);
    if (history === undefined) {
      history = this.#sets.map(({ fields }) => [{ version: entity.version, values: pick(entity, fields) }]);
      this.#history.set(entity, history);
    }
    return history;
  }
}

function pick(entity: object, fields: readonly string[]): Values {
  return Object.fromEntries(fields.map((field) => [field, (entity as Values)[field]]));
}
