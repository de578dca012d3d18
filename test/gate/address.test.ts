import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressOf, limitKey } from '../../src/gate/address.ts';
import { seed } from '../support/seeded.ts';

const PROXY = '192.0.2.250';

function seenAs(forwarded: string, remoteAddress: string | undefined = PROXY): string {
  const headers = { 'x-forwarded-for': forwarded };
  return addressOf({ socket: { remoteAddress }, headers } as unknown as IncomingMessage, 1);
}

const spellings: Array<[string, string, string]> = [
  ['an IPv4', '203.0.113.7', '203.0.113.7'],
  ['an IPv4 with a port', '203.0.113.7:51234', '203.0.113.7'],
  ['an IPv4 mapped into IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
  ['the same in hexadecimal', '::FFFF:cb00:7107', '203.0.113.7'],
  ['the same in full', '0:0:0:0:0:ffff:cb00:7107', '203.0.113.7'],
  ['the same in brackets, with a port', '[::ffff:203.0.113.7]:443', '203.0.113.7'],
  ['an IPv4 as a NAT64 writes it', '64:ff9b::203.0.113.7', '203.0.113.7'],
  ['an IPv6', '2001:db8::1', '2001:db8::1'],
  ['an IPv6 in full and capitals', '2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['an IPv6 in brackets', '[2001:db8::1]', '2001:db8::1'],
  ['an IPv6 with a port', '[2001:db8::1]:443', '2001:db8::1'],
  ['an IPv6 with a zone', 'fe80::1%eth0', 'fe80::1'],
  ['nothing but zeros', '::', '::'],
  ['the own machine', '::1', '::1'],
  ['a name', 'unknown', PROXY],
  ['a made-up name', '_hidden', PROXY],
  ['half an address', '203.0.113', PROXY],
  ['a number beyond', '203.0.113.256', PROXY],
  ['a port alone', ':443', PROXY],
  ['too many groups', '1:2:3:4:5:6:7:8:9', PROXY],
  ['brackets around nothing', '[]', PROXY],
];
test.each(spellings)('GT37 an address has one spelling: %s', (_name, written, expected) => {
  expect(seenAs(written)).toBe(expected);
});

test('GT37 an address has one spelling: that of the socket as well', () => {
  for (const [remoteAddress, expected] of [
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::1', '::1'],
    [undefined, 'unknown'],
  ] as const) {
    expect(addressOf({ socket: { remoteAddress }, headers: {} } as unknown as IncomingMessage, 0)).toBe(expected);
  }
});

test('GT37 an address has one spelling: whatever is written', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), fc.ipV4(), fc.string()), (text) => {
      const address = seenAs(text);
      expect(seenAs(address)).toBe(address);
      expect(seenAs(text.toUpperCase())).toBe(address);
    }),
    { seed, numRuns: 2_000 },
  );
});

const neighbours: Array<[string, boolean, string, string]> = [
  ['the same IPv6', true, '2001:db8::1', '2001:db8::1'],
  ['two of one /64', true, '2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
  ['two of one /64 that begins with zeros', true, '::1', '::ffff:ffff:ffff:ffff'],
  ['two /64 beside each other', false, '2001:db8:1:2::1', '2001:db8:1:3::1'],
  ['an IPv6 and its like without a zero', false, '2001:db8::1', '2001:db8:1::'],
  ['two IPv4 beside each other', false, '203.0.113.7', '203.0.113.8'],
  ['an IPv4 and what is mapped', true, '203.0.113.7', '::ffff:203.0.113.7'],
  ['two mapped IPv4', false, '::ffff:203.0.113.7', '::ffff:203.0.113.8'],
  ['two IPv4 behind a NAT64', false, '64:ff9b::203.0.113.7', '64:ff9b::203.0.113.8'],
];
test.each(neighbours)(
  'GT38 limits per address count an IPv6 network of 64 bits as one address: %s',
  (_name, together, a, b) => {
    expect(limitKey(seenAs(a)) === limitKey(seenAs(b))).toBe(together);
  },
);

test('GT38 limits per address count an IPv6 network of 64 bits as one address: any two', () => {
  const half = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 });
  const written = (groups: number[]) => groups.map((group) => group.toString(16)).join(':');
  // Those that hold an IPv4 are told apart by what is behind it.
  const isOwn = (network: number[]) => written(network) !== '0:0:0:0' && written(network) !== '64:ff9b:0:0';
  fc.assert(
    fc.property(half.filter(isOwn), half.filter(isOwn), half, half, (network, other, a, b) => {
      const key = limitKey(seenAs(written([...network, ...a])));
      expect(limitKey(seenAs(written([...network, ...b])))).toBe(key);
      const isSame = written(network) === written(other);
      expect(limitKey(seenAs(written([...other, ...a]))) === key).toBe(isSame);
    }),
    { seed, numRuns: 1_000 },
  );
});
