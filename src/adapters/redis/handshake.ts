import type { Redis } from 'ioredis';
import { ConfigError } from '../../config.ts';
import type { Clock } from '../../ports/clock.ts';

/** The version of the keys that this server writes. Grows when an older server could not live with them. */
export const SCHEMA_VERSION = '1';

/** Returns the address without its password, for messages. @throws ConfigError */
export function checkAddress(url: string, prefix: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new ConfigError('REDIS_URL is not an address of Redis. Example: REDIS_URL=redis://127.0.0.1:6379');
  }
  const shown = `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
  // ioredis would take any of its options from the query, also those that keep calls within their bounds.
  const strange = [...parsed.searchParams.keys()].find((key) => key !== 'family');
  if (strange !== undefined) throw new ConfigError(`REDIS_URL=${shown} has an unknown parameter: ${strange}`);
  if (!/^[\w:{}.-]{1,64}$/.test(prefix)) {
    throw new ConfigError(
      `The key prefix ${JSON.stringify(prefix)} is not 1 to 64 of A-Z a-z 0-9 _ : { } . - Example: gatehouse:`,
    );
  }
  return shown;
}

/** Claims an empty prefix for this schema. @throws ConfigError when another one is there */
export async function checkSchema(redis: Redis, key: string): Promise<void> {
  const lua = `
    redis.call('SET', KEYS[1], ARGV[1], 'NX')
    return redis.call('GET', KEYS[1])`;
  const found = await redis.eval(lua, 1, key, SCHEMA_VERSION);
  if (found === SCHEMA_VERSION) return;
  throw new ConfigError(
    `Redis holds Gatehouse's keys in schema ${JSON.stringify(found)} (${key}); this server writes schema ` +
      `${SCHEMA_VERSION}. Use another prefix, or the server that fits. See docs/redis.md`,
  );
}

/**
 * How far Redis's clock is ahead of this machine's, in whole seconds as
 * milliseconds: 0 for clocks that are kept well, so that times are not moved
 * back and forth by what a round trip takes. Undefined after a slow answer.
 */
export async function measureSkew(redis: Redis, clock: Clock): Promise<number | undefined> {
  const asked = clock.monotonic();
  const [seconds, micros] = await redis.time();
  const took = clock.monotonic() - asked;
  if (took > 500) return undefined;
  const there = Number(seconds) * 1_000 + Number(micros) / 1_000;
  return Math.round((there + took / 2 - clock.now()) / 1_000) * 1_000;
}
