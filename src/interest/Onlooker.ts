import type { Place } from './Grid.ts';
import { type Look, lookAround } from './look-around.ts';

/** Slots that came into sight, the nearest first, and slots that left it. */
export interface Change {
  readonly entered: readonly number[];
  readonly left: readonly number[];
}

/** One viewer: from where it looks, and which bodies it saw when it last did. */
export class Onlooker<Viewer> {
  readonly viewer: Viewer;
  readonly eyes: Place;
  readonly #seen: Int32Array;
  #count = 0;

  constructor(viewer: Viewer, eyes: Place, cap: number) {
    this.viewer = viewer;
    this.eyes = eyes;
    this.#seen = new Int32Array(cap);
  }

  /** The slots in sight, in no order; until the next look. */
  get seen(): Int32Array {
    return this.#seen.subarray(0, this.#count);
  }

  forget(slot: number): void {
    const at = this.seen.indexOf(slot);
    if (at >= 0) this.#seen[at] = this.#seen[--this.#count]!;
  }

  /** Looks anew; undefined when nothing has changed. `own` is the slot of the eyes, if they have one. */
  look(look: Look, own = -1): Change | undefined {
    const { marks, nearest } = look;
    marks.clear();
    for (let i = 0; i < this.#count; i++) marks.add(this.#seen[i]!);
    lookAround(look, this.eyes, own);
    let known = 0;
    for (let i = 0; i < nearest.count; i++) if (marks.has(nearest.slots[i]!)) known += 1;
    if (known === this.#count && known === nearest.count) return undefined;
    return this.#take(look);
  }

  /** Makes the nearest the ones in sight; `marks` are those until now. */
  #take({ marks, nearest }: Look): Change {
    const entered = nearest.without(marks);
    marks.clear();
    for (let i = 0; i < nearest.count; i++) marks.add(nearest.slots[i]!);
    const left: number[] = [];
    for (let i = 0; i < this.#count; i++) if (!marks.has(this.#seen[i]!)) left.push(this.#seen[i]!);
    for (let i = 0; i < nearest.count; i++) this.#seen[i] = nearest.slots[i]!;
    this.#count = nearest.count;
    return { entered, left };
  }
}
