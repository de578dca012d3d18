import { $childType, $numFields, $refId, decode, encode, type MapSchema } from '@colyseus/schema';
import { Murmur3 } from './murmur3.ts';

/** An instance of a state: of a class made by `schema()`, a map, or an array. */
export interface Instance {
  readonly [$refId]?: number;
}

/** What Colyseus keeps of a field of a class. */
export interface FieldMetadata {
  readonly name: string;
  readonly type: unknown;
}

/** Gets each slot of an instance that holds something: a field, or an entry of a map or an array. */
type OnSlot = (key: number | string, type: unknown, value: unknown) => void;

export function eachSlot(instance: Instance, onSlot: OnSlot): void {
  const type = (instance as Record<symbol, unknown>)[$childType];
  if (type !== undefined) {
    (instance as MapSchema<unknown>).forEach((value, key) => void onSlot(key, type, value));
    return;
  }
  for (const [index, { name, type }] of fieldsOf(instance.constructor)) {
    const value = (instance as Record<string, unknown>)[name];
    if (value === undefined || value === null) continue;
    // An instance that a client made itself, for something that it has not been sent, has no reference id.
    if (typeof value === 'object' && instanceIn(value) === undefined) continue;
    onSlot(index, type, value);
  }
}

const fieldsOfClass = new WeakMap<object, ReadonlyArray<readonly [index: number, field: FieldMetadata]>>();

/** The fields of a class made by `schema()`, those that it inherits included. */
export function fieldsOf(type: object): ReadonlyArray<readonly [index: number, field: FieldMetadata]> {
  let fields = fieldsOfClass.get(type);
  if (fields === undefined) {
    const metadata = (type as Record<symbol, Record<string | number, FieldMetadata>>)[Symbol.metadata]!;
    const count = (metadata[$numFields] as unknown as number | undefined) ?? -1;
    fields = Array.from({ length: count + 1 }, (_, index) => [index, metadata[index]!] as const);
    fields = fields.filter(([, field]) => field !== undefined);
    fieldsOfClass.set(type, fields);
  }
  return fields;
}

const hash = new Murmur3();

/** The hash of one slot. One that holds a collection counts by what is in that. */
export function hashOfSlot(refId: number, key: number | string, type: unknown, value: unknown): number {
  if (isCollection(type)) return 0;
  hash.word(refId);
  if (typeof key === 'string') addText(key);
  else hash.word(key);
  addValue(type, value);
  return hash.end();
}

/** The instance that a slot holds. */
export function instanceIn(value: unknown): Instance | undefined {
  const isInstance = typeof value === 'object' && (value as Instance)[$refId] !== undefined;
  return isInstance ? (value as Instance) : undefined;
}

/** Words of a value as it travels, by its type; a client has the same number from the wire. */
const words: Readonly<Record<string, (value: never) => void>> = {
  string: addText,
  boolean: (value: boolean) => hash.word(value ? 1 : 0),
  int8: (value: number) => hash.word((value << 24) >> 24),
  uint8: (value: number) => hash.word(value & 0xff),
  int16: (value: number) => hash.word((value << 16) >> 16),
  uint16: (value: number) => hash.word(value & 0xffff),
  int32: (value: number) => hash.word(value),
  uint32: (value: number) => hash.word(value),
  int64: (value: number) => addWide(value, Math.floor(value / 2 ** 32)),
  uint64: (value: number) => addWide(value, value / 2 ** 32),
  bigint64: addBig,
  biguint64: addBig,
  float32: addFloat32,
  float64: addFloat64,
  number: (value: number) => addFloat64(asSent(value)),
};

/** Can values of this type be hashed? Collections within collections, and types of one's own, cannot. */
export function isHashed(type: unknown): boolean {
  if (typeof type === 'string') return Object.hasOwn(words, type);
  if (typeof type === 'function' || type === null) return typeof type === 'function';
  const [[kind, of] = ['']] = Object.entries(type as object);
  return kind === 'quantized' || ((kind === 'map' || kind === 'array') && isHashed(of));
}

function addValue(type: unknown, value: unknown): void {
  if (typeof type === 'string') words[type]!(value as never);
  else if (isQuantized(type)) hash.word(stepOf(type.quantized, value as number));
  else hash.word((value as Instance)[$refId]!);
}

interface Quantized {
  readonly quantized: { readonly min: number; readonly range: number; readonly span: number; readonly wrap: boolean };
}

function isQuantized(type: unknown): type is Quantized {
  return typeof type === 'object' && type !== null && 'quantized' in type;
}

export function isCollection(type: unknown): boolean {
  return typeof type === 'object' && !isQuantized(type);
}

/** The whole number that travels for it. */
function stepOf({ min, range, span, wrap }: Quantized['quantized'], value: number): number {
  const step = Math.floor(((value - min) / range) * span + 0.5);
  return wrap ? step % span : step;
}

const scratch = new DataView(new ArrayBuffer(8));

function addFloat32(value: number): void {
  scratch.setFloat32(0, value, true);
  hash.word(scratch.getUint32(0, true));
}

function addFloat64(value: number): void {
  scratch.setFloat64(0, value, true);
  addWide(scratch.getUint32(0, true), scratch.getUint32(4, true));
}

function addBig(value: bigint): void {
  scratch.setBigUint64(0, BigInt.asUintN(64, value), true);
  addWide(scratch.getUint32(0, true), scratch.getUint32(4, true));
}

function addWide(low: number, high: number): void {
  hash.word(low);
  hash.word(high);
}

const wire = new Uint8Array(9);

/** A `number` travels as what is short and about the same. */
function asSent(value: number): number {
  if (value === (value | 0)) return value | 0;
  encode.number(wire, value, { offset: 0 });
  return decode.number(wire, { offset: 0 });
}

const utf8 = new TextEncoder();

/** Its bytes in UTF-8: how many, and then they, four to a word, the lowest first; the last word is filled with zeros. */
function addText(text: string): void {
  const { length } = text;
  for (let i = 0; i < length; i++) {
    if (text.charCodeAt(i) <= 0x7f) continue;
    addBytes(utf8.encode(text));
    return;
  }
  hash.word(length);
  for (let i = 0; i < length; i += 4) {
    let word = text.charCodeAt(i);
    for (let j = 1; j < 4 && i + j < length; j++) word |= text.charCodeAt(i + j) << (8 * j);
    hash.word(word);
  }
}

function addBytes(bytes: Uint8Array): void {
  hash.word(bytes.length);
  for (let i = 0; i < bytes.length; i += 4) {
    hash.word(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
  }
}
