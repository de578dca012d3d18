import { $filter, type ChangeTree, Encoder, Schema, StateView } from '@colyseus/schema';

type Descriptor = ChangeTree['encDescriptor'];
type Queue = Encoder['root']['changes'];

/** Of a field without a tag of its own: `t.….view()`. Colyseus does not export its name. */
const DEFAULT_VIEW_TAG = -1;
const NOTHING: Queue = { nextPosition: 0 };

/** Sees everything that is asked about. */
export class Everything extends StateView {
  override isVisible(): boolean {
    return true;
  }

  override isChangeTreeVisible(): boolean {
    return true;
  }

  override hasTagOnTree(): boolean {
    return true;
  }
}

/** A change of which each view has to be asked whether it sees it. */
interface AskedChange {
  /** It comes before the changes from this number on, as a parent comes before its children. */
  readonly before: number;
  readonly tree: ChangeTree;
  /** Encoded already, under this number: it is the same for all who see it. */
  readonly change?: number;
}

/**
 * The changes of one patch as the views of a room see them. Colyseus walks all that has changed for each view, and
 * encodes what it sees anew; here each instance is encoded once, and handed to the views that its own marks name.
 * The bytes are the same, in the same order (VS1).
 */
export class SharedChanges {
  readonly #encoder: Encoder;
  readonly #everything = new Everything();
  readonly #one: Queue = { nextPosition: 0 };
  readonly #isShared = new WeakMap<Descriptor, boolean>();
  /** Colyseus copies a buffer in which it does not have `BUFFER_SIZE` left. */
  #bytes: Uint8Array = new Uint8Array(2 * Encoder.BUFFER_SIZE);
  /** Where each change begins, and where the last ends. */
  #starts: number[] = [0];
  #count = 0;
  /** By the number of a view: the changes that it sees. */
  readonly #seen: number[][] = [];
  readonly #seenCount: number[] = [];
  #asked: AskedChange[] = [];
  #view: Uint8Array = new Uint8Array(2 * Encoder.BUFFER_SIZE);
  readonly #scratch = new Uint8Array(Encoder.BUFFER_SIZE);

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
  }

  /** Takes what has changed since the last patch. After the part that everybody gets was encoded, and before it is discarded. */
  collect(): void {
    this.#count = 0;
    this.#asked = [];
    this.#seenCount.fill(0);
    for (let node = this.#encoder.root.changes.next; node !== undefined; node = node.next) {
      const { changeTree: tree } = node;
      const { encDescriptor: descriptor, isFiltered } = tree;
      if (!isFiltered && !descriptor.hasAnyView) continue;
      const before = this.#count;
      if (!this.#sharable(descriptor)) {
        this.#asked.push({ before, tree });
      } else if (this.#encode(tree)) {
        this.#count += 1;
        // A view may see it because it sees the parent, and only then be marked.
        if (tree.isVisibilitySharedWithParent) this.#asked.push({ before, tree, change: before });
        else this.#handOut(before, tree.visibleViews);
      }
    }
  }

  /** What this view sees of the changes, and what it was given or has lost; until the next call. */
  bytesFor(view: StateView): Uint8Array {
    let at = view.changes.size === 0 ? 0 : this.#append(0, this.#introductions(view));
    const seen = this.#seen[view.id];
    const count = seen === undefined ? 0 : this.#seenCount[view.id]!;
    let next = 0;
    for (const { before, tree, change } of this.#asked) {
      if (!view.isChangeTreeVisible(tree)) continue;
      for (; next < count && seen![next]! < before; next++) at = this.#appendChange(at, seen![next]!);
      at = change === undefined ? this.#append(at, this.#only(tree, view)) : this.#appendChange(at, change);
    }
    for (; next < count; next++) at = this.#appendChange(at, seen![next]!);
    return this.#view.subarray(0, at);
  }

  /** Is what such an instance has to tell the same for all who see it? */
  #sharable(descriptor: Descriptor): boolean {
    let isShared = this.#isShared.get(descriptor);
    if (isShared === undefined) {
      const { isSchema, filter, tags } = descriptor;
      const isPlain = isSchema && (filter === undefined || filter === Schema[$filter]);
      isShared = isPlain && tags.every((tag) => tag === undefined || tag === DEFAULT_VIEW_TAG);
      this.#isShared.set(descriptor, isShared);
    }
    return isShared;
  }

  /** False when it has nothing to tell to views. */
  #encode(tree: ChangeTree): boolean {
    const start = this.#starts[this.#count]!;
    if (start + Encoder.BUFFER_SIZE > this.#bytes.length) this.#bytes = grown(this.#bytes, start);
    const at = { offset: start };
    const bytes = this.#withQueue(this.#queueOf(tree), () => this.#encoder.encode(at, this.#everything, this.#bytes));
    // Colyseus makes a larger one where this was too small.
    if (bytes.buffer !== this.#bytes.buffer) this.#bytes = new Uint8Array(bytes.buffer);
    this.#starts[this.#count + 1] = at.offset;
    return at.offset > start;
  }

  /** The marks are bits: which views see it. */
  #handOut(change: number, marks: readonly number[] = []): void {
    for (let word = 0; word < marks.length; word++) {
      for (let bits = marks[word]!; bits !== 0; bits &= bits - 1) {
        const id = word * 32 + 31 - Math.clz32(bits & -bits);
        const count = this.#seenCount[id] ?? 0;
        this.#seen[id] ??= [];
        this.#seen[id][count] = change;
        this.#seenCount[id] = count + 1;
      }
    }
  }

  #introductions(view: StateView): Uint8Array {
    return this.#withQueue(NOTHING, () => this.#encoder.encodeView(view, 0, { offset: 0 }, this.#view));
  }

  #only(tree: ChangeTree, view: StateView): Uint8Array {
    return this.#withQueue(this.#queueOf(tree), () => this.#encoder.encode({ offset: 0 }, view, this.#scratch));
  }

  #append(at: number, bytes: Uint8Array): number {
    this.#fit(at + bytes.length);
    this.#view.set(bytes, at);
    return at + bytes.length;
  }

  /** Some twenty bytes: a loop is several times as fast as `set`. */
  #appendChange(at: number, change: number): number {
    const end = this.#starts[change + 1]!;
    let from = this.#starts[change]!;
    let to = at;
    this.#fit(at + end - from);
    const source = this.#bytes;
    const target = this.#view;
    while (from < end) target[to++] = source[from++]!;
    return to;
  }

  #fit(length: number): void {
    if (length > this.#view.length) this.#view = grown(this.#view, length);
  }

  #queueOf(tree: ChangeTree): Queue {
    this.#one.next = { changeTree: tree, position: 0 };
    return this.#one;
  }

  /** Colyseus encodes what is in the queue of the root, and nothing else says what it encodes. */
  #withQueue<T>(queue: Queue, work: () => T): T {
    const { root } = this.#encoder;
    const whole = root.changes;
    root.changes = queue;
    try {
      return work();
    } finally {
      root.changes = whole;
    }
  }
}

/** With as much again, and at least so much room; what is in it is kept. */
function grown(buffer: Uint8Array, length: number): Uint8Array {
  const larger = new Uint8Array(2 * Math.max(buffer.length, length));
  larger.set(buffer);
  return larger;
}
