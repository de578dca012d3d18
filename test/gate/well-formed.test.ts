import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { keyFinder } from '../../src/gate/keys.ts';
import { tokenVerifier } from '../../src/gate/verify.ts';
import { FakeClock } from '../support/FakeClock.ts';
import { forge, hs256 } from '../support/forge.ts';

const SECRET = 'a-secret-of-this-test-that-is-long-enough';
const clock = new FakeClock();
const { jwt } = readConfig({ JWT_SECRET: SECRET });
const verify = tokenVerifier(jwt, keyFinder(jwt.key, clock), clock);
const exp = clock.now() / 1_000 + 60;

/** As JSON text: an issuer that escapes can write halves of pairs that UTF-8 cannot. */
const token = (claims: string) => forge({ alg: 'HS256' }, `{"exp":${exp},${claims}}`, hs256(SECRET));

/**
 * Redis writes keys in UTF-8, where each half of a pair becomes the same sign:
 * two users with such ids would be one, with one status and one list of sessions.
 */
const broken: Array<[string, string]> = [
  ['a first half', '"sub":"ada\\ud83d"'],
  ['a second half', '"sub":"ada\\ude00"'],
  ['halves the wrong way round', '"sub":"\\ude00\\ud83d"'],
  ['a half alone', '"sub":"\\udfff"'],
  ['two first halves', '"sub":"\\ud83d\\ud83d\\ude00"'],
  ['a token id with a half', '"sub":"ada","jti":"t\\ud800"'],
];
test.each(broken)(
  'GT43 a user id or token id that is no well-formed text is TOKEN_INVALID: %s',
  async (_name, claims) => {
    await expect(verify(token(claims))).rejects.toMatchObject({ error: 'TOKEN_INVALID' });
  },
);

test('GT43 a user id or token id that is no well-formed text is TOKEN_INVALID: whole pairs are not', async () => {
  expect(await verify(token('"sub":"ada\\ud83d\\ude00"'))).toMatchObject({ userId: 'ada😀', tokenId: null });
  expect(await verify(token('"sub":"ada","jti":"\\ud83d\\ude00"'))).toMatchObject({ tokenId: '😀' });
});

test('GT17 a token id is a text of at most 256 characters: none is cut in two', async () => {
  const { tokenId } = await verify(token(`"sub":"ada","jti":"${'j'.repeat(255)}😀"`));
  expect(tokenId).toBe('j'.repeat(255));
});

test('GT16 a role is a short text, or player: half a character makes it none', async () => {
  expect((await verify(token('"sub":"ada","role":"admin\\ud83d"'))).role).toBe('player');
});
