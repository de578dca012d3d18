import { GatehouseError, type RoomConnection, type WorldState } from '@gatehouse/client';
import type { MarkValue } from '@gatehouse/schema';
import { sentenceOf } from '../panel/sentence.ts';
import type { Point } from '../world/Camera.ts';
import { isOnPin } from '../world/draw-mark.ts';
import type { Motion } from '../world/Motion.ts';
import type { LabelledPin } from '../world/Scene.ts';
import { MarkDrag } from './MarkDrag.ts';

/** Where a mark is shown until the state has caught up with what the server answered. */
interface Held extends Point {
  readonly id: string;
  readonly version: number;
}

/** The marks of one stay: which is selected, where each is shown, and what the player does to them. */
export class Marks {
  readonly #world: RoomConnection<WorldState>;
  readonly #motion: Motion;
  readonly #tell: (sentence: string) => void;
  #selected: string | null = null;
  #drag: MarkDrag | null = null;
  #held: Held | null = null;
  /** Where a new mark is about to be placed. */
  ghost: Point | null = null;

  /** `tell` shows the player one sentence. */
  constructor(world: RoomConnection<WorldState>, motion: Motion, tell: (sentence: string) => void) {
    this.#world = world;
    this.#motion = motion;
    this.#tell = tell;
  }

  /** The selected mark, while it exists. */
  get selected(): string | null {
    if (this.#selected !== null && !this.#world.state.marks?.has(this.#selected)) this.#selected = null;
    return this.#selected;
  }

  get dragging(): boolean {
    return this.#drag !== null;
  }

  select(id: string | null): void {
    this.#selected = id;
  }

  /** Every mark as it is to be drawn. */
  pins(): Array<LabelledPin & { readonly id: string }> {
    const { selected } = this;
    const pins: Array<LabelledPin & { readonly id: string }> = [];
    for (const [id, { hue, label }] of this.#world.state.marks ?? []) {
      pins.push({ id, hue, label, ...this.placeOf(id)!, selected: id === selected, ghost: false });
    }
    if (this.ghost !== null) {
      const hue = this.#motion.me?.hue ?? 0;
      pins.push({ id: '', hue, label: '', ...this.ghost, selected: false, ghost: true });
    }
    return pins;
  }

  placeOf(id: string): Point | undefined {
    const mark = this.#world.state.marks?.get(id);
    if (mark === undefined) return undefined;
    if (this.#drag?.id === id) return this.#drag.at;
    if (this.#held?.id === id) {
      if (mark.version < this.#held.version) return { x: this.#held.x, y: this.#held.y };
      this.#held = null;
    }
    return this.#motion.place(mark);
  }

  /** The mark at a point, the front one first. `slack` in world units. */
  pick(at: Point, slack: number): string | null {
    const under = this.pins().filter((pin) => !pin.ghost && isOnPin(at.x - pin.x, at.y - pin.y, slack));
    return under.sort((a, b) => b.y - a.y)[0]?.id ?? null;
  }

  async place({ x, y }: Point, label: string): Promise<void> {
    await this.#try(() => this.#world.rpc.call('world.placeMark', { x, y, label }));
  }

  async remove(id: string): Promise<void> {
    const ifVersion = await this.#latest(id);
    await this.#try(() => this.#world.rpc.call('world.removeMark', { id, ifVersion }));
  }

  async move(id: string, { x, y }: Point): Promise<void> {
    const ifVersion = await this.#latest(id);
    await this.#try(() => this.#world.rpc.call('world.moveMark', { id, x, y, ifVersion }));
  }

  /** Takes a mark into the hand; null when it is gone or the hand is full. */
  grab(id: string): MarkDrag | null {
    const mark = this.#world.state.marks.get(id);
    if (mark === undefined || this.#drag !== null) return null;
    const { x, y, version } = mark;
    const drag = new MarkDrag(
      { id, x, y, version },
      {
        move: (edit) => this.#world.rpc.call('world.moveMark', { ...edit }),
        onOver: (error) => this.#over(drag, error),
      },
    );
    this.#drag = drag;
    return drag;
  }

  /** The version that the player sees. Who has just let go of a mark must not be in conflict with that last move. */
  async #latest(id: string): Promise<number | undefined> {
    if (this.#drag?.id === id) await this.#drag.over;
    const version = this.#world.state.marks.get(id)?.version;
    const held = this.#held?.id === id ? this.#held.version : 0;
    return version && Math.max(version, held);
  }

  #over(drag: MarkDrag, error: unknown): void {
    this.#drag = null;
    if (error === undefined) {
      this.#held = { id: drag.id, ...drag.at, version: drag.version };
      return;
    }
    const current = currentOf(error);
    if (current !== undefined) this.#held = current;
    this.#tell(current === undefined ? sentenceOf(error) : `${sentenceOf(error)} It is where they put it.`);
  }

  async #try(call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#tell(sentenceOf(error));
    }
  }
}

/** What the server says that the mark is now, if this is a CONFLICT. */
function currentOf(error: unknown): MarkValue | undefined {
  if (!(error instanceof GatehouseError) || error.name !== 'CONFLICT') return undefined;
  return (error.data as { current?: MarkValue } | null | undefined)?.current;
}
