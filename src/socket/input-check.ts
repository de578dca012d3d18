import { ProtocolModifier } from '@colyseus/core';

/** Inputs of one unreliable frame: the SDK repeats a few, as datagrams get lost. */
const MAX_INPUTS = 64;
/** The bit of a field's byte that deletes its value, or is of collections; without it the value is set. */
const DELETES = 0x40;
const FIELD_MASK = 0x3f;

/** Skips one value; −1 when it is cut off or none. */
type Skip = (bytes: Uint8Array, at: number) => number;

/**
 * Looks at input frames before Colyseus does, which takes the counts and
 * lengths in them for true. Made for the input of one room: a flat schema.
 */
export class InputCheck {
  /** True in a room that rewinds both ways. */
  readonly #twoSeries: boolean;
  readonly #fields: ReadonlyArray<Skip | undefined>;

  /** `type`: the class that the room gave to `defineInput`. */
  constructor(type: new () => object, { twoSeries = false } = {}) {
    this.#twoSeries = twoSeries;
    const metadata = (type as unknown as Record<symbol, Record<number, { type: unknown }>>)[Symbol.metadata] ?? {};
    const fields: Array<Skip | undefined> = [];
    for (const [index, field] of Object.entries(metadata)) {
      if (/^\d+$/.test(index)) fields[Number(index)] = skipOf(field.type);
    }
    this.#fields = fields;
  }

  isReliable(frame: Uint8Array): boolean {
    const at = this.#afterStamp(frame);
    return at >= 0 && this.#isBody(frame, at, frame.length);
  }

  isUnreliable(frame: Uint8Array): boolean {
    if ((frame[0]! & ProtocolModifier.TIMED) === 0) return this.#isRing(frame, 1);
    const count = whole(frame, 1);
    if (count === undefined || count.value < 1 || count.value > MAX_INPUTS) return false;
    const stamps = series(frame, count.next, 4, count.value);
    if (stamps < 0) return false;
    if (!this.#twoSeries) return this.#isRing(frame, stamps);
    const renders = series(frame, stamps, 2, count.value);
    return renders >= 0 && this.#isRing(frame, renders);
  }

  /** The time of an input comes first when the frame says so: a number, and in some rooms two bytes more. −1 when it is cut off. */
  #afterStamp(frame: Uint8Array): number {
    if ((frame[0]! & ProtocolModifier.TIMED) === 0) return 1;
    const at = skipNumber(frame, 1);
    return at >= 0 && this.#twoSeries ? at + 2 : at;
  }

  #isRing(frame: Uint8Array, from: number): boolean {
    const base = whole(frame, from);
    if (base === undefined) return false;
    let at = base.next;
    for (let inputs = 0; at < frame.length; inputs++) {
      const length = whole(frame, at);
      if (inputs >= MAX_INPUTS || length === undefined || length.next + length.value > frame.length) return false;
      if (!this.#isBody(frame, length.next, length.next + length.value)) return false;
      at = length.next + length.value;
    }
    return true;
  }

  #isBody(frame: Uint8Array, from: number, end: number): boolean {
    let at = from;
    for (let values = 0; at < end; values++) {
      const head = frame[at]!;
      const skip = this.#fields[head & FIELD_MASK];
      if (values >= this.#fields.length || skip === undefined || (head & DELETES) !== 0) return false;
      at = skip(frame, at + 1);
      if (at < 0 || at > end) return false;
    }
    return at === end;
  }
}

const WIDTHS: Readonly<Record<string, number>> = {
  boolean: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
};

function skipOf(type: unknown): Skip | undefined {
  if (type === 'number') return skipNumber;
  if (type === 'string') return skipString;
  const width =
    typeof type === 'string' ? WIDTHS[type] : WIDTHS[(type as { quantized?: { wire: string } }).quantized?.wire ?? ''];
  return width === undefined ? undefined : (bytes, at) => (at + width <= bytes.length ? at + width : -1);
}

/** Colyseus's numbers: a byte, or a head and so many bytes. */
function skipNumber(bytes: Uint8Array, at: number): number {
  const head = bytes[at];
  if (head === undefined) return -1;
  const width = head < 0x80 || head > 0xdf ? 0 : NUMBER_WIDTHS[head];
  return width !== undefined && at + 1 + width <= bytes.length ? at + 1 + width : -1;
}

const NUMBER_WIDTHS: Readonly<Record<number, number>> = {
  202: 4,
  203: 8,
  204: 1,
  205: 2,
  206: 4,
  207: 8,
  208: 1,
  209: 2,
  210: 4,
  211: 8,
};

function skipString(bytes: Uint8Array, at: number): number {
  const head = bytes[at];
  if (head === undefined) return -1;
  const width = head === 0xd9 ? 1 : head === 0xda ? 2 : 0;
  if (width === 0 && (head < 0xa0 || head > 0xbf)) return -1;
  let length = width === 0 ? head & 0x1f : 0;
  for (let i = 1; i <= width; i++) length = length * 256 + (bytes[at + i] ?? Number.POSITIVE_INFINITY);
  const end = at + 1 + width + length;
  return end <= bytes.length ? end : -1;
}

/** A number that counts: whole, not below zero, as encoders write them. */
function whole(bytes: Uint8Array, at: number): { value: number; next: number } | undefined {
  const next = skipNumber(bytes, at);
  const head = bytes[at];
  if (next < 0 || head === undefined) return undefined;
  if (head < 0x80) return { value: head, next };
  if (head < 0xcc || head > 0xce) return undefined;
  // uint8, uint16 and uint32, the low byte first.
  let value = 0;
  for (let i = next - 1; i > at; i--) value = value * 256 + bytes[i]!;
  return { value, next };
}

/** One value of `width` bytes, then a number for each but one; where it ends, −1 when it is cut off. */
function series(bytes: Uint8Array, from: number, width: number, count: number): number {
  let at = from + width;
  for (let i = 1; i < count && at >= 0; i++) at = skipNumber(bytes, at);
  return at <= bytes.length ? at : -1;
}
