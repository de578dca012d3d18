/** Levels that a payload may be nested: far from where a recursive reader runs out of stack. */
const MAX_DEPTH = 2_000;

/**
 * Extensions that ordinary values are packed with: undefined, records (as the
 * JavaScript SDK packs plain objects), dates, big numbers, typed arrays. The
 * rest of msgpackr's make references, patterns and errors out of bytes: a few
 * hundred bytes of nested references are 2^30 values.
 */
const EXTENSIONS = new Set([0x00, 0xff, 0x42, 0x74]);
const RECORD = 0x72;

/** True when bytes are one msgpack value that is harmless to unpack. Takes time linear in the bytes. */
export function isHarmlessMsgpack(bytes: Uint8Array, start: number): boolean {
  let offset = start;
  // How many values are still to come on each open level.
  const open = [1];
  // Fields of the records that this message has defined, by their id.
  const records: number[] = [];
  while (open.length > 0) {
    const left = open.length - 1;
    if (open[left] === 0) {
      open.pop();
      continue;
    }
    open[left]! -= 1;
    if (offset >= bytes.length) return false;
    const head = bytes[offset]!;
    offset += 1;
    const isKnown =
      head === 0xd4 && bytes[offset] === RECORD
        ? readRecord(bytes, offset + 1, records)
        : readHead(bytes, head, offset, records);
    if (!isKnown) return false;
    offset = next;
    if (offset > bytes.length) return false;
    // Each value is a byte at least: more than are left is a lie, however many there are.
    if (values > bytes.length - offset) return false;
    if (values > 0) {
      if (open.length >= MAX_DEPTH) return false;
      open.push(values);
    }
  }
  return offset === bytes.length;
}

// What a head says, here and not in an object of its own: each message has dozens of heads.
/** Where the next value begins. */
let next = 0;
/** Values inside of it that come next. */
let values = 0;

function says(nextAt: number, inside: number): true {
  next = nextAt;
  values = inside;
  return true;
}

/** A record: its id, a list of its fields, then a value for each. Further ones of its kind are its id and the values. */
function readRecord(bytes: Uint8Array, at: number, records: number[]): boolean {
  const [id, list] = [bytes[at], bytes[at + 1]];
  if (id === undefined || list === undefined || list < 0x90 || (list > 0x9f && list !== 0xdc)) return false;
  const fields = list === 0xdc ? size(bytes, at + 2, 2) : list & 0x0f;
  records[id & 0x3f] = fields;
  return says(at + (list === 0xdc ? 4 : 2), fields * 2);
}

function readHead(bytes: Uint8Array, head: number, at: number, records: readonly number[]): boolean {
  if (head < 0x40 || head >= 0xe0) return says(at, 0);
  if (head <= 0x7f) return says(at, records[head & 0x3f] ?? 0);
  if (head <= 0x8f) return says(at, (head & 0x0f) * 2);
  if (head <= 0x9f) return says(at, head & 0x0f);
  if (head <= 0xbf) return says(at + (head & 0x1f), 0);
  switch (head) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return says(at, 0);
    case 0xc4:
    case 0xd9:
      return says(at + 1 + size(bytes, at, 1), 0);
    case 0xc5:
    case 0xda:
      return says(at + 2 + size(bytes, at, 2), 0);
    case 0xc6:
    case 0xdb:
      return says(at + 4 + size(bytes, at, 4), 0);
    case 0xc7:
      return extension(bytes, at + 1, size(bytes, at, 1));
    case 0xc8:
      return extension(bytes, at + 2, size(bytes, at, 2));
    case 0xc9:
      return extension(bytes, at + 4, size(bytes, at, 4));
    case 0xca:
    case 0xce:
    case 0xd2:
      return says(at + 4, 0);
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return says(at + 8, 0);
    case 0xcc:
    case 0xd0:
      return says(at + 1, 0);
    case 0xcd:
    case 0xd1:
      return says(at + 2, 0);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return extension(bytes, at, 1 << (head - 0xd4));
    case 0xdc:
      return says(at + 2, size(bytes, at, 2));
    case 0xdd:
      return says(at + 4, size(bytes, at, 4));
    case 0xde:
      return says(at + 2, size(bytes, at, 2) * 2);
    case 0xdf:
      return says(at + 4, size(bytes, at, 4) * 2);
    default:
      return false;
  }
}

function extension(bytes: Uint8Array, at: number, length: number): boolean {
  const type = bytes[at];
  if (type === undefined || !EXTENSIONS.has(type)) return false;
  return says(at + 1 + length, 0);
}

/** Beyond the end: longer than any frame. */
function size(bytes: Uint8Array, at: number, width: number): number {
  if (at + width > bytes.length) return Number.POSITIVE_INFINITY;
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + bytes[at + i]!;
  return value;
}
