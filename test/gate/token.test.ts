import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type ErrorName, MAX_USER_ID } from '../../schema/index.ts';
import { ConfigError, type Environment, readConfig } from '../../src/config.ts';
import { GatehouseError } from '../../src/fail.ts';
import { MAX_NAME } from '../../src/gate/identity.ts';
import { keyFinder } from '../../src/gate/keys.ts';
import { tokenVerifier, type Verify } from '../../src/gate/verify.ts';
import { FakeClock } from '../support/FakeClock.ts';
import { es256, forge, hmac, hs256, rs256, type Signer, unsigned } from '../support/forge.ts';
import { seed } from '../support/seeded.ts';

const SECRET = 'a-secret-of-this-test-with-32-characters-or-more';
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const clock = new FakeClock();
const NOW = clock.now() / 1_000;

function pem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

let files = 0;
function file(content: string): string {
  const path = join(folder, `${files++}.pem`);
  writeFileSync(path, content);
  return path;
}

function verifier(env: Environment): Verify {
  const { jwt } = readConfig(env);
  return tokenVerifier(jwt, keyFinder(jwt.key, clock), clock);
}

const bySecret = verifier({ JWT_SECRET: SECRET });
const byRsa = verifier({ JWT_PUBLIC_KEY_FILE: file(pem(rsa.publicKey)) });
const byP256 = verifier({ JWT_PUBLIC_KEY_FILE: file(pem(p256.publicKey)) });

interface Server {
  readonly name: string;
  readonly verify: Verify;
  readonly alg: string;
  readonly signer: Signer;
}
const secretServer: Server = { name: 'secret', verify: bySecret, alg: 'HS256', signer: hs256(SECRET) };
const rsaServer: Server = { name: 'RSA', verify: byRsa, alg: 'RS256', signer: rs256(rsa.privateKey) };
const p256Server: Server = { name: 'P-256', verify: byP256, alg: 'ES256', signer: es256(p256.privateKey) };
const servers = [secretServer, rsaServer, p256Server];

const good = { sub: 'alice', exp: NOW + 60 };

function tokenFor({ alg, signer }: Server, payload: unknown = good, header: object = {}): string {
  return forge({ alg, typ: 'JWT', ...header }, payload, signer);
}

async function refused(verify: Verify, token: unknown, name: ErrorName = 'TOKEN_INVALID'): Promise<void> {
  const outcome = await verify(token).then(
    (identity) => ({ identity }),
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(GatehouseError);
  expect((outcome as GatehouseError).error).toBe(name);
}

test.each(servers)('GT1 a good token becomes an identity: $name', async (server) => {
  const payload = { ...good, name: 'Alice', role: 'admin', iat: NOW - 10, jti: 'token-1' };
  expect(await server.verify(tokenFor(server, payload))).toEqual({
    userId: 'alice',
    name: 'Alice',
    role: 'admin',
    tokenId: 'token-1',
    issuedAt: (NOW - 10) * 1_000,
    expiresAt: (NOW + 60) * 1_000,
  });
  const bare = await server.verify(tokenFor(server));
  expect(bare).toEqual({
    userId: 'alice',
    name: 'alice',
    role: 'player',
    tokenId: null,
    issuedAt: 0,
    expiresAt: (NOW + 60) * 1_000,
  });
  expect(Object.isFrozen(bare)).toBe(true);
});

const absent: Array<[string, unknown]> = [
  ['undefined', undefined],
  ['null', null],
  ['an empty text', ''],
];
test.each(absent)('GT2 no token is TOKEN_MISSING: %s', async (_name, token) => {
  for (const { verify } of servers) await refused(verify, token, 'TOKEN_MISSING');
});

const headerless = (header: string) => forge(header, good, hs256(SECRET));
const shapes: Array<[string, unknown]> = [
  ['a number', 7],
  ['true', true],
  ['an object', { sub: 'alice' }],
  ['an array with a good token', [tokenFor(secretServer)]],
  ['bytes', Buffer.from(tokenFor(secretServer))],
  ['a symbol', Symbol('token')],
  ['a function', () => tokenFor(secretServer)],
  ['an object that turns into a good token', { toString: () => tokenFor(secretServer), length: 10 }],
  ['a word', 'a'],
  ['one dot', '.'],
  ['two dots', '..'],
  ['two parts', 'a.b'],
  ['three words', 'a.b.c'],
  ['four parts', `${tokenFor(secretServer)}.d`],
  ['five parts, as an encrypted token has', 'a.b.c.d.e'],
  ['a thousand dots', '.'.repeat(1_000)],
  ['spaces', '   '],
  ['a leading space', ` ${tokenFor(secretServer)}`],
  ['a newline at the end', `${tokenFor(secretServer)}\n`],
  ['the scheme with it', `Bearer ${tokenFor(secretServer)}`],
  ['zero bytes', '\0\0.\0\0.\0\0'],
  ['letters of no alphabet of it', 'é.ü.ß'],
  ['standard instead of URL-safe base64', `${tokenFor(secretServer).split('.').slice(0, 2).join('.')}.+/+/+/==`],
  ['no signature', tokenFor(secretServer).split('.').slice(0, 2).join('.')],
  ['an empty signature', `${tokenFor(secretServer).split('.').slice(0, 2).join('.')}.`],
  ['an empty payload', `${tokenFor(secretServer).split('.')[0]}..${tokenFor(secretServer).split('.')[2]}`],
  ['a header that is no JSON', headerless('{"alg":"HS256"')],
  ['a header that is null', headerless('null')],
  ['a header that is a number', headerless('7')],
  ['a header that is a text', headerless('"HS256"')],
  ['a header that is an array', headerless('["HS256"]')],
  ['a header without alg', headerless('{"typ":"JWT"}')],
  ['a header whose alg is an array', headerless('{"alg":["HS256"]}')],
  ['a header whose alg is an object', headerless('{"alg":{"toString":"HS256"}}')],
  ['a payload that is no JSON', tokenFor(secretServer, '{"sub":')],
  ['a payload that is text', tokenFor(secretServer, 'alice')],
  ['a payload that is null', tokenFor(secretServer, 'null')],
  ['a payload that is an array', tokenFor(secretServer, '[{"sub":"alice","exp":9999999999}]')],
  ['a payload that is a number', tokenFor(secretServer, '9999999999')],
];
test.each(shapes)('GT3 what is not a token is TOKEN_INVALID: %s', async (_name, token) => {
  for (const { verify } of servers) await refused(verify, token);
});

test('GT3 what is not a token is TOKEN_INVALID: any text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1, unit: 'binary' }), (text) => refused(bySecret, text)),
    { seed, numRuns: 500 },
  );
});

test.each(servers)(
  'GT4 an expired token is TOKEN_EXPIRED from the second on in which the leeway ends: $name',
  async (server) => {
    const token = tokenFor(server, { sub: 'alice', exp: NOW - 4 });
    expect(await server.verify(token)).toMatchObject({ userId: 'alice', expiresAt: (NOW - 4) * 1_000 });
    await refused(server.verify, tokenFor(server, { sub: 'alice', exp: NOW - 5 }), 'TOKEN_EXPIRED');
    await refused(server.verify, tokenFor(server, { sub: 'alice', exp: 0 }), 'TOKEN_EXPIRED');
    await refused(server.verify, tokenFor(server, { sub: 'alice', exp: -1e9 }), 'TOKEN_EXPIRED');
  },
);

test('GT4 an expired token is TOKEN_EXPIRED from the second on in which the leeway ends: by the clock of the server', async () => {
  const own = new FakeClock();
  const { jwt } = readConfig({ JWT_SECRET: SECRET, JWT_LEEWAY: '0' });
  const verify = tokenVerifier(jwt, keyFinder(jwt.key, own), own);
  const token = tokenFor(secretServer, { sub: 'alice', exp: own.now() / 1_000 + 10 });
  own.advance(9_999);
  await verify(token);
  own.advance(1);
  await refused(verify, token, 'TOKEN_EXPIRED');
});

test('GT5 a token from the future is refused beyond the leeway', async () => {
  await bySecret(tokenFor(secretServer, { ...good, nbf: NOW + 5 }));
  await refused(bySecret, tokenFor(secretServer, { ...good, nbf: NOW + 6 }));
  await refused(bySecret, tokenFor(secretServer, { ...good, nbf: String(NOW - 100) }));
  await refused(bySecret, tokenFor(secretServer, { ...good, nbf: null, exp: null }));
});

test('GT6 the audience must be one of the token', async () => {
  const verify = verifier({ JWT_SECRET: SECRET, JWT_AUDIENCE: 'my-game' });
  const withAudience = (aud: unknown) => tokenFor(secretServer, { ...good, aud });
  await verify(withAudience('my-game'));
  await verify(withAudience(['other', 'my-game']));
  for (const aud of ['other', 'my-game2', 'MY-GAME', '', [], ['other'], null, 7, { 0: 'my-game' }, undefined, '.*']) {
    await refused(verify, withAudience(aud));
  }
});

test('GT7 the issuer must be that of the server', async () => {
  const verify = verifier({ JWT_SECRET: SECRET, JWT_ISSUER: 'https://issuer.example.com/' });
  const withIssuer = (iss: unknown) => tokenFor(secretServer, { ...good, iss });
  await verify(withIssuer('https://issuer.example.com/'));
  for (const iss of ['https://issuer.example.com', 'https://evil.example.com/', '', null, 7, undefined]) {
    await refused(verify, withIssuer(iss));
  }
  await refused(verify, withIssuer(['https://issuer.example.com/']));
});

const NONES = ['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'null', ''];
test.each(NONES)('GT8 a token without a signature is refused: alg %j', async (alg) => {
  for (const { verify, signer } of servers) {
    await refused(verify, forge({ alg, typ: 'JWT' }, good, unsigned));
    await refused(verify, forge({ alg, typ: 'JWT' }, good, signer));
  }
});

const publicPem = pem(rsa.publicKey);
const confused: Array<[string, Verify, string]> = [
  ['HS256 with the RSA key as secret', byRsa, forge({ alg: 'HS256' }, good, hs256(publicPem))],
  ['HS256 with the trimmed RSA key', byRsa, forge({ alg: 'HS256' }, good, hs256(publicPem.trim()))],
  ['HS256 with the RSA key in DER', byRsa, forge({ alg: 'HS256' }, good, hs256(der(rsa.publicKey)))],
  ['HS256 with the P-256 key as secret', byP256, forge({ alg: 'HS256' }, good, hs256(pem(p256.publicKey)))],
  ['HS256 with an empty secret', byRsa, forge({ alg: 'HS256' }, good, hs256(''))],
  ['an RS256 header over an HMAC of the key', byRsa, forge({ alg: 'RS256' }, good, hs256(publicPem))],
  ['an RS256 token at a server with a secret', bySecret, tokenFor(rsaServer)],
  ['an ES256 token at a server with a secret', bySecret, tokenFor(p256Server)],
  ['an ES256 token at a server with an RSA key', byRsa, tokenFor(p256Server)],
  ['an RS256 token at a server with a P-256 key', byP256, tokenFor(rsaServer)],
  ['an ES256 header over an RSA signature', byRsa, tokenFor({ ...rsaServer, alg: 'ES256' })],
  ['an RS256 header over an ECDSA signature', byP256, tokenFor({ ...p256Server, alg: 'RS256' })],
  ['HS384 with the right secret', bySecret, forge({ alg: 'HS384' }, good, hmac('sha384', SECRET))],
  ['HS512 with the right secret', bySecret, forge({ alg: 'HS512' }, good, hmac('sha512', SECRET))],
  ['RS384 with the right key', byRsa, forge({ alg: 'RS384' }, good, rs256(rsa.privateKey, 'sha384'))],
  ['RS512 with the right key', byRsa, forge({ alg: 'RS512' }, good, rs256(rsa.privateKey, 'sha512'))],
  ['a lower-case alg', bySecret, tokenFor({ ...secretServer, alg: 'hs256' })],
];
test.each(confused)('GT9 the key decides the algorithm, never the token: %s', async (_name, verify, token) => {
  await refused(verify, token);
});

function der(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

test('GT10 a token longer than MAX_TOKEN_BYTES is refused before anything is done with it', async () => {
  const { jwt } = readConfig({ JWT_SECRET: SECRET, MAX_TOKEN_BYTES: '512' });
  let looked = 0;
  const find = keyFinder(jwt.key, clock);
  const verify = tokenVerifier(
    jwt,
    (keyId) => {
      looked += 1;
      return find(keyId);
    },
    clock,
  );
  const padded = (length: number) => tokenFor(secretServer, { ...good, pad: 'x'.repeat(length) });
  const fits = Array.from({ length: 512 }, (_, length) => padded(length)).findLast((token) => token.length <= 512)!;
  expect(fits.length).toBeGreaterThan(508);
  await verify(fits);
  expect(looked).toBe(1);
  await refused(verify, padded(400));
  await refused(verify, 'x'.repeat(10_000_000));
  expect(looked).toBe(1);
});

const badClaims: Array<[string, unknown]> = [
  ['no sub', { exp: good.exp }],
  ['an empty sub', { ...good, sub: '' }],
  ['a sub that is too long', { ...good, sub: 'u'.repeat(MAX_USER_ID + 1) }],
  ['a sub that is a number', { ...good, sub: 7 }],
  ['a sub that is an array', { ...good, sub: ['alice'] }],
  ['a sub that is an object', { ...good, sub: { length: 5 } }],
  ['a sub that is null', { ...good, sub: null }],
  ['a sub that is true', { ...good, sub: true }],
  ['no exp', { sub: 'alice' }],
  ['an exp that is a text', { ...good, exp: String(good.exp) }],
  ['an exp that is null', { ...good, exp: null }],
  ['an exp that is true', { ...good, exp: true }],
  ['an exp that is an array', { ...good, exp: [good.exp] }],
  ['an exp that is infinite', '{"sub":"alice","exp":1e999}'],
  ['an exp that is infinite in milliseconds', '{"sub":"alice","exp":1e306}'],
];
test.each(badClaims)('GT11 a token must say who and until when: %s', async (_name, payload) => {
  for (const server of servers) await refused(server.verify, tokenFor(server, payload));
});

test('GT11 a token must say who and until when: the longest sub', async () => {
  const sub = 'u'.repeat(MAX_USER_ID);
  expect(await bySecret(tokenFor(secretServer, { ...good, sub }))).toMatchObject({ userId: sub });
});

test.each(servers)('GT12 a token of which one bit was changed is refused: $name', async (server) => {
  const parts = tokenFor(server, { ...good, role: 'player' })
    .split('.')
    .map((part) => Buffer.from(part, 'base64url'));
  await fc.assert(
    fc.asyncProperty(fc.nat(2), fc.nat(), fc.nat(7), async (part, at, bit) => {
      const changed = parts.map((bytes) => Buffer.from(bytes));
      const bytes = changed[part]!;
      bytes[at % bytes.length]! ^= 1 << bit;
      await refused(server.verify, changed.map((each) => each.toString('base64url')).join('.'));
    }),
    { seed, numRuns: 300 },
  );
});

test.each(servers)('GT12 a token of which one bit was changed is refused: another payload, $name', async (server) => {
  const [header, , signature] = tokenFor(server).split('.');
  const payload = Buffer.from(JSON.stringify({ ...good, role: 'admin' })).toString('base64url');
  await refused(server.verify, `${header}.${payload}.${signature}`);
  const other = tokenFor(server, { ...good, sub: 'bob' }).split('.')[2];
  await refused(server.verify, `${tokenFor(server).split('.').slice(0, 2).join('.')}.${other}`);
});

/** Keys that an attacker has made. */
const evilRsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const evilP256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

let fetched = 0;
const bait = createServer((_request, response) => {
  fetched += 1;
  response.end(JSON.stringify({ keys: [{ ...evilRsa.publicKey.export({ format: 'jwk' }), kid: 'evil', use: 'sig' }] }));
});
await new Promise<void>((resolve) => bait.listen(0, '127.0.0.1', resolve));
afterAll(() => bait.close());
const baitUrl = `http://127.0.0.1:${(bait.address() as AddressInfo).port}/keys`;

const tricks: Array<[string, object]> = [
  ['jwk with the key of the attacker', { jwk: evilRsa.publicKey.export({ format: 'jwk' }) }],
  ['jwk with a secret', { jwk: { kty: 'oct', k: Buffer.from('evil').toString('base64url') } }],
  ['jku', { jku: baitUrl, kid: 'evil' }],
  ['x5u', { x5u: baitUrl }],
  ['x5c', { x5c: [der(evilRsa.publicKey).toString('base64')] }],
  ['kid out of its folder', { kid: '../../../../../../dev/null' }],
  ['kid to a known file', { kid: '/proc/sys/kernel/randomize_va_space' }],
  ['kid with SQL in it', { kid: "x' UNION SELECT 'evil' --" }],
  ['kid with a URL', { kid: baitUrl }],
  ['kid that is no text', { kid: { toString: 'evil' } }],
  ['__proto__', { ['__proto__']: { alg: 'none' }, constructor: 1 }],
];
test.each(tricks)('GT13 a token cannot bring its own key: %s', async (_name, header) => {
  const before = fetched;
  for (const server of servers) {
    const alg = server.alg;
    for (const signer of [rs256(evilRsa.privateKey), es256(evilP256.privateKey), hs256('evil'), hs256(''), unsigned]) {
      await refused(server.verify, forge({ alg, ...header }, good, signer));
      await refused(server.verify, forge({ alg: 'none', ...header }, good, signer));
    }
    // What the header says beside does not make a good token bad.
    expect(await server.verify(tokenFor(server, good, header))).toMatchObject({ userId: 'alice' });
  }
  expect(fetched).toBe(before);
});

test('GT13 a token cannot bring its own key: alg twice in the header', async () => {
  await refused(bySecret, forge('{"alg":"HS256","alg":"none"}', good, unsigned));
  await refused(bySecret, forge('{"alg":"none","alg":"HS256"}', good, unsigned));
});

const weakKeys: Array<[string, () => string]> = [
  ['RSA with 1024 bits', () => pem(generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey)],
  ['Ed25519', () => pem(generateKeyPairSync('ed25519').publicKey)],
  ['Ed448', () => pem(generateKeyPairSync('ed448').publicKey)],
  ['X25519', () => pem(generateKeyPairSync('x25519').publicKey)],
  ['secp256k1', () => pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey)],
  ['P-384', () => pem(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey)],
  ['RSA-PSS', () => pem(generateKeyPairSync('rsa-pss', { modulusLength: 2_048 }).publicKey)],
  ['no key', () => 'hello'],
  ['an empty file', () => ''],
  ['half of a key', () => publicPem.slice(0, publicPem.length / 2)],
  ['a JWK', () => JSON.stringify(rsa.publicKey.export({ format: 'jwk' }))],
];
test.each(weakKeys)(
  'GT14 a key that is not good enough stops the start and names its variable: %s',
  (_name, content) => {
    const path = file(content());
    expect(() => keyFinder({ kind: 'file', path }, clock)).toThrow(ConfigError);
    expect(() => keyFinder({ kind: 'file', path }, clock)).toThrow(
      /^JWT_PUBLIC_KEY_FILE=.*Example: JWT_PUBLIC_KEY_FILE=/s,
    );
  },
);

test('GT14 a key that is not good enough stops the start and names its variable: no file', () => {
  for (const path of [join(folder, 'nowhere.pem'), folder]) {
    expect(() => keyFinder({ kind: 'file', path }, clock)).toThrow(ConfigError);
    expect(() => keyFinder({ kind: 'file', path }, clock)).toThrow(/JWT_PUBLIC_KEY_FILE/);
  }
  expect(() => readConfig({ JWT_SECRET: 'short' })).toThrow(/JWT_SECRET=\(hidden\)/);
});

test('GT14 a key that is not good enough stops the start and names its variable: the message holds no key', () => {
  const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const path = file(key);
  expect(createPublicKey(key).asymmetricKeyType).toBe('ed25519');
  expect(() => keyFinder({ kind: 'file', path }, clock)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining(key.split('\n')[1]!) }),
  );
});

const names: Array<[string, unknown, string]> = [
  ['plain', 'Alice', 'Alice'],
  ['spaces around it', '  Alice  ', 'Alice'],
  ['line breaks', 'A\nl\r\ni\tce', 'A l  i ce'],
  ['terminal codes', '\u001b[31mAlice\u0007', '[31mAlice'],
  ['text that turns around', '\u202eecilA\u202c', 'ecilA'],
  ['zero width', 'Al\u200bi\u2060ce\ufeff', 'Al i ce'],
  ['line separators', 'A\u2028B\u2029C', 'A B C'],
  ['half of a surrogate pair', 'Al\ud83dice', 'Al ice'],
  ['private use', 'A\ue000B', 'A B'],
  ['other alphabets', 'Ålïçé 愛麗絲', 'Ålïçé 愛麗絲'],
  ['too long', 'x'.repeat(MAX_NAME + 1), 'x'.repeat(MAX_NAME)],
  ['no character is cut in two', '😀'.repeat(MAX_NAME + 1), '😀'.repeat(MAX_NAME)],
  ['nothing but what nobody sees', '\u200b\u202e\n', 'alice'],
  ['empty', '', 'alice'],
  ['a number', 7, 'alice'],
  ['an object', { toString: 'Alice' }, 'alice'],
  ['an array', ['Alice'], 'alice'],
  ['null', null, 'alice'],
];
test.each(names)('GT15 a name is printable and at most 32 characters: %s', async (_name, name, expected) => {
  const token = forge({ alg: 'HS256' }, JSON.stringify({ ...good, name }), hs256(SECRET));
  expect((await bySecret(token)).name).toBe(expected);
});

test('GT15 a name is printable and at most 32 characters: any text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 100 }), async (name) => {
      const identity = await bySecret(tokenFor(secretServer, { ...good, name }));
      expect([...identity.name].length).toBeLessThanOrEqual(MAX_NAME);
      expect(identity.name).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u);
      expect(identity.name).not.toBe('');
    }),
    { seed, numRuns: 500 },
  );
});

const roles: Array<[string, unknown, string]> = [
  ['admin', 'admin', 'admin'],
  ['the longest', 'r'.repeat(32), 'r'.repeat(32)],
  ['too long', 'r'.repeat(33), 'player'],
  ['admin in an array', ['admin'], 'player'],
  ['an object', { toString: 'admin' }, 'player'],
  ['true', true, 'player'],
  ['null', null, 'player'],
];
test.each(roles)('GT16 a role is a short text, or player: %s', async (_name, role, expected) => {
  expect((await bySecret(tokenFor(secretServer, { ...good, role }))).role).toBe(expected);
});

const ids: Array<[string, unknown, string | null]> = [
  ['a text', 'token-1', 'token-1'],
  ['too long', 'j'.repeat(300), 'j'.repeat(256)],
  ['a number', 7, null],
  ['an object', {}, null],
];
test.each(ids)('GT17 a token id is a text of at most 256 characters, or none: %s', async (_name, jti, expected) => {
  expect((await bySecret(tokenFor(secretServer, { ...good, jti }))).tokenId).toBe(expected);
});
