import { crc32 } from 'node:zlib';
import {
  $numFields,
  $refId,
  ArraySchema,
  CollectionSchema,
  Decoder,
  type Encoder,
  MapSchema,
  Schema,
  SetSchema,
  type StateView,
} from '@colyseus/schema';
import { Everything } from './SharedChanges.ts';

/** A whole state as Colyseus encodes it, what only some views see included, and the numbers of its instances. */
export interface SavedState {
  readonly bytes: Uint8Array;
  /** The number that the next instance gets: none is ever used again. */
  readonly nextRefId: number;
}

type StateOf<S> = new () => S;
/** Of an encoder's root; private to Colyseus, whose own dev mode does the same with it. */
type Numbers = { nextUniqueId: number };

/** What the next snapshot may be larger than the last. */
const ROOM_TO_GROW = 1.25;
/** Of the buffers for the next snapshots. */
const sizes = new WeakMap<Encoder, number>();

export function saveState(encoder: Encoder): SavedState {
  const at = { offset: 0 };
  // A buffer that is too small is replaced by a larger one, and complained of, each time.
  const size = Math.max(encoder.sharedBuffer.length, sizes.get(encoder) ?? 0);
  const forAll = encoder.encodeAll(at, new Uint8Array(size));
  const everything: StateView = new Everything();
  const hasViews = encoder.context.hasFilters;
  const whole = hasViews
    ? encoder.encodeAllView(everything, at.offset, { ...at }, new Uint8Array(forAll.buffer))
    : forAll.slice();
  sizes.set(encoder, Math.ceil(whole.byteLength * ROOM_TO_GROW));
  return { bytes: whole, nextRefId: nextRefIdOf(encoder) };
}

/** A state that an encoder takes, equal to the saved one and with the numbers that clients know its instances by. */
export function restoreState<S extends Schema>(State: StateOf<S>, { bytes }: SavedState): S {
  const decoder = new Decoder(new State());
  decoder.decode(bytes);
  const numbers = new Map<unknown, number>();
  for (const [number, instance] of decoder.root.refs) numbers.set(instance, number);
  return rebuild(decoder.state, numbers, new Map()) as S;
}

/** Goes on counting where the saved state's encoder was; and nothing of it is news to anybody. */
export function continueEncoder(encoder: Encoder, { nextRefId }: SavedState): void {
  countFrom(encoder, nextRefId);
  encoder.discardChanges();
}

/** The number that the next instance gets. */
export function nextRefIdOf(encoder: Encoder): number {
  return (encoder.root as unknown as Numbers).nextUniqueId;
}

export function countFrom(encoder: Encoder, nextRefId: number): void {
  (encoder.root as unknown as Numbers).nextUniqueId = nextRefId;
}

/** Of the classes of a state: a snapshot is read only by those that wrote it. */
export function printOf(handshake: Uint8Array): number {
  return crc32(handshake);
}

/** What a decoder made cannot be given to an encoder: its instances do not note their changes. */
function rebuild(source: unknown, numbers: ReadonlyMap<unknown, number>, made: Map<unknown, unknown>): unknown {
  if (typeof source !== 'object' || source === null || !numbers.has(source)) return source;
  const known = made.get(source);
  // One instance at several places stays one.
  if (known !== undefined) return known;
  const copy = (value: unknown) => rebuild(value, numbers, made);
  const target = emptyLike(source);
  Object.defineProperty(target, $refId, { value: numbers.get(source), enumerable: false, writable: true });
  made.set(source, target);
  if (source instanceof MapSchema) {
    source.forEach((value, key) => void (target as MapSchema).set(key, copy(value)));
  } else if (source instanceof ArraySchema) {
    (target as ArraySchema).push(...source.map(copy));
  } else if (source instanceof SetSchema || source instanceof CollectionSchema) {
    source.forEach((value: unknown) => void (target as SetSchema).add(copy(value)));
  } else {
    for (const name of fieldsOf(source as Schema)) {
      const value = (source as Record<string, unknown>)[name];
      if (value !== undefined) (target as Record<string, unknown>)[name] = copy(value);
    }
  }
  return target;
}

function emptyLike(source: object): object {
  if (source instanceof MapSchema) return new MapSchema();
  if (source instanceof ArraySchema) return new ArraySchema();
  if (source instanceof SetSchema) return new SetSchema();
  if (source instanceof CollectionSchema) return new CollectionSchema();
  if (source instanceof Schema) return new (source.constructor as new () => Schema)();
  throw new TypeError(`a state cannot be saved with a ${source.constructor.name} in it`);
}

function fieldsOf(source: Schema): string[] {
  const metadata = (source.constructor as { [Symbol.metadata]?: Record<string | number, unknown> })[Symbol.metadata]!;
  const last = (metadata as Record<string, number | undefined>)[$numFields as unknown as string] ?? -1;
  return Array.from({ length: last + 1 }, (_, i) => (metadata[i] as { name: string } | undefined)?.name ?? '').filter(
    (name) => name !== '',
  );
}
