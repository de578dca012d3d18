import { Grid, type Place } from './Grid.ts';
import type { Look } from './look-around.ts';
import { Marks } from './Marks.ts';
import { Nearest } from './Nearest.ts';
import { Onlooker } from './Onlooker.ts';
import { Turns } from './Turns.ts';

export interface InterestOptions {
  /** A body that is no further away than this comes into sight. In units of the places, as `leave`. */
  readonly enter: number;
  /** A body in sight stays there until it is further away than this: larger than `enter`, so that none flickers at the border. */
  readonly leave: number;
  /** Bodies in sight of one viewer at most: the nearest. */
  readonly cap: number;
  /**
   * When the cap has to choose, a body in sight counts as at this part of its distance, so that none flickers
   * at the cap: 0 … 1, where 1 is no favour. Default 0.85: who comes takes a place only if it is 15 % nearer.
   */
  readonly favour?: number;
  /** Each viewer looks anew at every so manieth update; 1 is each time. */
  readonly every: number;
}

/** What has changed for one viewer, the nearest of those that came first. */
export interface Sighting<Body, Viewer> {
  readonly viewer: Viewer;
  readonly entered: readonly Body[];
  readonly left: readonly Body[];
}

/** Cells from the eyes to the leave radius: fewer read more who are too far, more look into more that are empty. */
const CELLS = 3;

/**
 * Who sees whom: for each viewer the nearest bodies around its eyes. Knows no game, does no I/O, and keeps no time.
 *
 * At the moment of its look a viewer sees, of all bodies but its own eyes,
 * - none further away than `leave`,
 * - every one within `enter`, unless it sees `cap` bodies whose distance times `favour` is not more.
 * In between the set is as old as the last look: `every` updates at most.
 *
 * **Work.** An update reads the place of every body once and lets the viewers of one turn look: at most
 * ⌈viewers at the peak ÷ every⌉. A look reads the bodies in the cells that the leave radius touches, the nearest cells
 * first, until `cap` are found that nobody further away can beat: at worst every body, if all are in one spot. It allocates
 * only what it tells of. Removing a body asks every viewer, once.
 *
 * A place is finite and within 2³¹ cells of 0, of which three make a leave radius; any other is a RangeError.
 */
export class Interest<Body extends Place, Viewer> {
  readonly #look: Look;
  readonly #cap: number;
  readonly #slots = new Map<Place, number>();
  /** By slot; a slot whose body was removed is free for another. */
  readonly #bodies: Array<Body | undefined> = [];
  readonly #free: number[] = [];
  /** False when the grid does not hold the bodies of now. */
  #written = true;
  readonly #onlookers = new Map<Viewer, Onlooker<Viewer>>();
  readonly #turns: Turns<Onlooker<Viewer>>;

  constructor({ enter, leave, cap, favour = 0.85, every }: InterestOptions) {
    if (!(enter > 0 && leave > enter)) throw new RangeError('leave must be more than enter, and both more than 0');
    if (!(Number.isInteger(cap) && cap > 0)) throw new RangeError('cap must be a whole number above 0');
    if (!(favour > 0 && favour <= 1)) throw new RangeError('favour must be above 0 and at most 1');
    this.#cap = cap;
    this.#look = {
      grid: new Grid({ cell: leave / CELLS }),
      marks: new Marks(),
      nearest: new Nearest(cap),
      enter,
      leave,
      favour,
    };
    this.#turns = new Turns(every);
  }

  /** From the next look of each viewer on `body` can be seen. Where it is, is read from it at each update. */
  add(body: Body): void {
    if (this.#slots.has(body)) throw new TypeError('this body is there already');
    this.#look.grid.assertPlace(body.x, body.y);
    const slot = this.#free.pop() ?? this.#bodies.length;
    this.#slots.set(body, slot);
    this.#bodies[slot] = body;
    this.#look.marks.fit(this.#bodies.length);
    this.#written = false;
  }

  /** The body leaves every sight. No sighting tells of it: who removes it knows. */
  remove(body: Body): void {
    const slot = this.#slots.get(body);
    if (slot === undefined) return;
    for (const onlooker of this.#onlookers.values()) onlooker.forget(slot);
    this.#slots.delete(body);
    this.#bodies[slot] = undefined;
    this.#free.push(slot);
    this.#written = false;
  }

  /** The viewer looks from where `eyes` are: now, and then in its turn. It does not see `eyes`, should they be a body. */
  watch(viewer: Viewer, eyes: Place): Sighting<Body, Viewer> {
    if (this.#onlookers.has(viewer)) throw new TypeError('this viewer looks already');
    this.#look.grid.assertPlace(eyes.x, eyes.y);
    const onlooker = new Onlooker(viewer, eyes, this.#cap);
    this.#onlookers.set(viewer, onlooker);
    this.#turns.add(onlooker);
    if (!this.#written) this.#write();
    return this.#sighting(onlooker) ?? { viewer, entered: [], left: [] };
  }

  /** The viewer sees nothing any more. */
  unwatch(viewer: Viewer): void {
    const onlooker = this.#onlookers.get(viewer);
    if (onlooker === undefined) return;
    this.#onlookers.delete(viewer);
    this.#turns.remove(onlooker);
  }

  /** The bodies that the viewer has in sight, in no order: those of its last look that are still there. */
  seenBy(viewer: Viewer): Body[] {
    return this.#bodiesOf(this.#onlookers.get(viewer)?.seen ?? []);
  }

  /** Takes the places of all bodies and lets the viewers look whose turn it is. A sighting for each who sees another set. */
  update(): Array<Sighting<Body, Viewer>> {
    this.#write();
    const sightings: Array<Sighting<Body, Viewer>> = [];
    for (const onlooker of this.#turns.next()) {
      const sighting = this.#sighting(onlooker);
      if (sighting !== undefined) sightings.push(sighting);
    }
    return sightings;
  }

  #write(): void {
    this.#look.grid.write(this.#bodies);
    this.#written = true;
  }

  #sighting(onlooker: Onlooker<Viewer>): Sighting<Body, Viewer> | undefined {
    const change = onlooker.look(this.#look, this.#slots.get(onlooker.eyes));
    if (change === undefined) return undefined;
    const { entered, left } = change;
    return { viewer: onlooker.viewer, entered: this.#bodiesOf(entered), left: this.#bodiesOf(left) };
  }

  #bodiesOf(slots: Iterable<number>): Body[] {
    return Array.from(slots, (slot) => this.#bodies[slot]!);
  }
}
