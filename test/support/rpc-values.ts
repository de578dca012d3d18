import { Packr } from 'msgpackr';
import { serverMethods } from '../../schema/index.ts';
import type { Seeded } from './seeded.ts';

/** Writes what it is given: a key called `toJSON` is a key, as for a client in another language. */
const packr = new Packr({ useRecords: false, useToJSON: false } as ConstructorParameters<typeof Packr>[0]);

/** The bytes of a value; those of null when msgpack has no room for it. */
export function packed(value: unknown): Buffer {
  try {
    return Buffer.from(packr.pack(value));
  } catch {
    return Buffer.of(0xc0);
  }
}

const METHODS = Object.keys(serverMethods);

/** Values at which decoders and checks tend to err. */
const EDGES: readonly unknown[] = [
  null,
  undefined,
  true,
  false,
  0,
  -0,
  1,
  -1,
  0.1,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2n ** 63n,
  -(2n ** 63n),
  '',
  '2.0',
  'system.ping',
  '__proto__',
  'constructor',
  'toString',
  '\0',
  '\ud800',
  '\u202e',
  '😀',
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(500),
  '{"jsonrpc":"2.0","id":1,"method":"system.ping"}',
];
const KEYS = [
  'jsonrpc',
  'id',
  'method',
  'params',
  'result',
  'error',
  'code',
  'message',
  'text',
  'echo',
  'x',
  'y',
].concat(['length', 'then', 'toJSON', 'constructor', '__proto__', '', '0']);

/** Any value that msgpack can carry. */
export function anyValue(random: Seeded, depth = 0): unknown {
  if (depth > 4 || random.chance(0.5)) return anyLeaf(random);
  const size = random.below(5);
  if (random.chance(0.4)) return Array.from({ length: size }, () => anyValue(random, depth + 1));
  const map: Record<string, unknown> = {};
  for (let i = 0; i < size; i++) {
    define(map, random.pick(KEYS), anyValue(random, depth + 1));
  }
  return map;
}

/** An assignment to `__proto__` would vanish. */
function define(map: object, key: string, value: unknown): void {
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

function anyLeaf(random: Seeded): unknown {
  switch (random.below(8)) {
    case 0:
      return random.below(1_000) - 500;
    case 1:
      return (random.fraction() - 0.5) * 10 ** random.below(20);
    case 2:
      return String.fromCodePoint(...Array.from({ length: random.below(12) }, () => random.below(0xd7ff)));
    case 3:
      return Buffer.from(random.bytes(random.below(20)));
    case 4:
      return new Date(random.below(2 ** 31) * 1_000);
    default:
      return random.pick(EDGES);
  }
}

/** Params of known methods, most of them good. */
export function goodParams(random: Seeded): unknown {
  const id = () => random.pick(['m1', 'm2', 'nobody', '__proto__']);
  const place = () => random.below(1_000) * random.fraction();
  return random.pick<() => unknown>([
    () => ({}),
    () => [],
    () => ({ echo: random.below(100) }),
    () => ['hello'],
    () => ({ text: `hello ${random.below(100)}` }),
    () => ({ x: place(), y: place(), label: 'here' }),
    () => [place(), place(), 'here'],
    () => ({ id: id(), x: place(), y: place(), ifVersion: 1 + random.below(3) }),
    () => ({ id: id() }),
    () => ({ status: random.pick(['online', 'away', 'busy', 'offline']) }),
    () => ({ userId: id() }),
    () => ({ limit: random.below(120), status: random.pick(['online', 'offline', 'nope']) }),
    () => ({ token: 'x.y.z' }),
  ])();
}

/** A request as it should be; its params may be of another method. */
export function goodEnvelope(random: Seeded): object {
  return { jsonrpc: '2.0', id: random.below(1_000), method: random.pick(METHODS), params: goodParams(random) };
}

/** Something like a JSON-RPC envelope: each part may be right, odd, or missing. */
export function anyEnvelope(random: Seeded): unknown {
  const envelope: Record<string, unknown> = {};
  const part = (name: string, good: () => unknown, odds = 0.85) => {
    if (random.chance(0.05)) return;
    envelope[name] = random.chance(odds) ? good() : anyValue(random);
  };
  part('jsonrpc', () => '2.0', 0.95);
  if (random.chance(0.8)) part('id', () => (random.chance(0.5) ? random.below(1_000) : `i${random.below(1_000)}`));
  if (random.chance(0.85)) {
    part('method', () => (random.chance(0.95) ? random.pick(METHODS) : random.pick(KEYS)));
    part('params', () => goodParams(random), 0.7);
  }
  if (random.chance(0.1)) part('result', () => anyValue(random));
  if (random.chance(0.1))
    part('error', () => ({ code: -32_000 - random.below(100), message: 'no', data: anyValue(random) }));
  if (random.chance(0.05)) define(envelope, random.pick(KEYS), anyValue(random));
  return envelope;
}

/** What may come as the payload of a message of type `rpc`. */
export function anyPayload(random: Seeded): unknown {
  const kind = random.fraction();
  if (kind < 0.7) return anyEnvelope(random);
  if (kind < 0.85) return Array.from({ length: random.below(random.chance(0.1) ? 70 : 6) }, () => anyEnvelope(random));
  if (kind < 0.92) return anyText(random);
  return anyValue(random);
}

/** JSON as text, whole or broken. */
function anyText(random: Seeded): string {
  const text = textOf(anyEnvelope(random));
  if (random.chance(0.6)) return text;
  const at = random.below(text.length + 1);
  const fault = random.pick(['"', '}', ']', ',', '\\', '\0', '1e999']);
  return random.chance(0.5) ? text.slice(0, at) : `${text.slice(0, at)}${fault}${text.slice(at)}`;
}

/** A value as JSON; an empty map when JSON has no room for it. */
export function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '{}';
  } catch {
    return '{}';
  }
}
