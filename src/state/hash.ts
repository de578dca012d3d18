import { $changes, $refId, type ChangeTree, Schema, type StateView, TypeContext } from '@colyseus/schema';
import {
  eachSlot,
  fieldsOf,
  hashOfSlot,
  type Instance,
  instanceIn,
  isCollection,
  isHashed,
} from '../../schema/index.ts';

/** Sum of the hashes of slots, and the instances in them. */
interface Part {
  sum: number;
  readonly children: Instance[];
}

/**
 * What clients should hold of a state, at one moment: after a patch, and until the state changes. What all see is
 * hashed once, and what several views see of an instance, too.
 */
export class SeenState {
  /** What everybody sees, and the instances of it. */
  readonly #shared: Part;
  readonly #sharedInstances: ReadonlySet<Instance>;
  /** Of these, those of which a view may see more. */
  readonly #doors: Instance[] = [];
  /** Instances of which whoever sees them sees everything. */
  readonly #whole = new Map<Instance, Part>();

  constructor(state: Instance) {
    const seen = new Set<Instance>([state]);
    let sum = 0;
    for (const instance of seen) {
      const tree = treeOf(instance);
      if (tree.encDescriptor.hasAnyView) this.#doors.push(instance);
      const part = partOf(instance, (key) => !tree.isFiltered && tagOf(tree, key) === undefined);
      sum += part.sum;
      for (const child of part.children) seen.add(child);
    }
    this.#shared = { sum, children: [] };
    this.#sharedInstances = seen;
  }

  /** The hash of what a client with this view, or without one, holds. */
  hashFor(view: StateView | undefined): number {
    if (view === undefined) return this.#shared.sum >>> 0;
    let { sum } = this.#shared;
    const seen = new Set<Instance>();
    const take = ({ sum: more, children }: Part) => {
      sum += more;
      for (const child of children) if (!this.#sharedInstances.has(child)) seen.add(child);
    };
    for (const door of this.#doors) take(this.#moreOf(door, view));
    for (const instance of seen) {
      if (view.isChangeTreeVisible(treeOf(instance))) take(this.#seenOf(instance, view));
    }
    return sum >>> 0;
  }

  /** What a view sees of an instance that everybody sees a part of. */
  #moreOf(door: Instance, view: StateView): Part {
    const tree = treeOf(door);
    return partOf(door, (key) => tagOf(tree, key) !== undefined && view.isChangeTreeVisible(tree));
  }

  #seenOf(instance: Instance, view: StateView): Part {
    const isSchema = instance instanceof Schema;
    const depends = isSchema ? treeOf(instance).encDescriptor.hasAnyView : true;
    if (depends) {
      return partOf(
        instance,
        (_key, child) => isSchema || child === undefined || view.isChangeTreeVisible(treeOf(child)),
      );
    }
    let part = this.#whole.get(instance);
    if (part === undefined) {
      part = partOf(instance, () => true);
      this.#whole.set(instance, part);
    }
    return part;
  }
}

/** What of an instance counts. */
function partOf(instance: Instance, counts: (key: number | string, child: Instance | undefined) => boolean): Part {
  const part: Part = { sum: 0, children: [] };
  const refId = instance[$refId]!;
  eachSlot(instance, (key, type, value) => {
    const child = instanceIn(value);
    if (!counts(key, child)) return;
    part.sum = (part.sum + hashOfSlot(refId, key, type, value)) >>> 0;
    if (child !== undefined) part.children.push(child);
  });
  return part;
}

function treeOf(instance: Instance): ChangeTree {
  return (instance as unknown as Record<symbol, ChangeTree>)[$changes]!;
}

function tagOf(tree: ChangeTree, key: number | string): number | undefined {
  return tree.encDescriptor.isSchema ? tree.encDescriptor.tags[key as number] : undefined;
}

/** Of a field without a tag of its own: `t.….view()`. Colyseus does not export its name. */
const DEFAULT_VIEW_TAG = -1;

/**
 * The first field of a state of which a client's part does not follow from the state and the view: it depends on when
 * the client came, or on what its link has lost. Undefined: there is none, and the state can be checked.
 */
export function uncheckedField(state: Schema): string | undefined {
  for (const type of TypeContext.cache(state.constructor as typeof Schema).schemas.keys()) {
    for (const [, field] of fieldsOf(type)) {
      const { name, tag, unreliable, patchOnly, fullStateOnly, deprecated, stream } = field as FieldFlags;
      const hasFlag = unreliable || patchOnly || fullStateOnly || deprecated || stream;
      const isShown = tag === undefined || (tag === DEFAULT_VIEW_TAG && isMapOfInstances(field.type));
      if (hasFlag || !isShown || !isHashed(field.type)) return `${type.name}.${name}`;
    }
  }
  return undefined;
}

/** A view is shown these one by one. Of anything else that is tagged Colyseus tells it only when that changes. */
function isMapOfInstances(type: unknown): boolean {
  return isCollection(type) && typeof (type as { map?: unknown }).map === 'function';
}

interface FieldFlags {
  readonly name: string;
  readonly tag?: number;
  readonly unreliable?: boolean;
  readonly patchOnly?: boolean;
  readonly fullStateOnly?: boolean;
  readonly deprecated?: boolean;
  readonly stream?: boolean;
}
