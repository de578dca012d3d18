import { describe, expect, test } from 'vitest';
import { TokenSource } from '../../client/src/token-source.ts';

describe('the token source', () => {
  test('CL34 asks once for calls that overlap, and again for the next', async () => {
    let asked = 0;
    const tokens = new TokenSource(async () => `token${++asked}`);
    expect(tokens.renewable).toBe(true);
    expect(await Promise.all([tokens.renew(), tokens.renew()])).toEqual(['token1', 'token1']);
    expect(await tokens.renew()).toBe('token2');
    expect(tokens.latest).toBe('token2');
  });

  test('CL34 keeps the last good token when the next cannot be had, and tries anew', async () => {
    const answers: (() => string)[] = [
      () => 'good',
      () => {
        throw new Error('sign-in is down');
      },
      () => '',
      () => 'better',
    ];
    const tokens = new TokenSource(() => (answers.shift() as () => string)());
    await tokens.renew();
    await expect(tokens.renew()).rejects.toThrow('sign-in is down');
    await expect(tokens.renew()).rejects.toMatchObject({ name: 'TOKEN_MISSING' });
    expect(tokens.latest).toBe('good');
    expect(await tokens.renew()).toBe('better');
  });

  test('CL34 knows that a fixed token does not get any newer', async () => {
    const tokens = new TokenSource('fixed');
    expect(tokens.renewable).toBe(false);
    expect(tokens.latest).toBeUndefined();
    expect(await tokens.renew()).toBe('fixed');
  });
});
