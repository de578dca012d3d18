import { expect, test } from 'vitest';
import { ConfigError, DEV_SECRET, readConfig } from '../src/config.ts';
import { options } from '../src/config-options.ts';

const safe = { NODE_ENV: 'production', JWT_SECRET: 'x'.repeat(48) };

test('CF1 an empty environment is a development server on this machine only', () => {
  const config = readConfig({});
  expect(config).toMatchObject({ production: false, port: 2567, host: '127.0.0.1', devTokens: true, monitor: 'admin' });
  expect(readConfig(safe)).toMatchObject({ production: true, host: '0.0.0.0', devTokens: false });
});

test.each([
  [{ PORT: 'abc' }, 'PORT'],
  [{ PORT: '70000' }, 'PORT'],
  [{ MAX_PAYLOAD: '1' }, 'MAX_PAYLOAD'],
  [{ HEARTBEAT: '-1' }, 'HEARTBEAT'],
  [{ RECONNECT_WINDOW: '1e9' }, 'RECONNECT_WINDOW'],
  [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
  [{ NODE_ENV: 'prod' }, 'NODE_ENV'],
  [{ ALLOWED_ORIGINS: 'play.example.com' }, 'ALLOWED_ORIGINS'],
  [{ ALLOWED_ORIGINS: 'https://a.example/path' }, 'ALLOWED_ORIGINS'],
  [{ PUBLIC_ADDRESS: 'https://play.example.com' }, 'PUBLIC_ADDRESS'],
  [{ JWT_SECRET: 'short' }, 'JWT_SECRET'],
  [{ JWT_JWKS_URL: 'ftp://x' }, 'JWT_JWKS_URL'],
  [{ MONITOR: 'yes' }, 'MONITOR'],
  [{ REDIS_URL: 'http://127.0.0.1', NATS_URL: 'nats://127.0.0.1' }, 'REDIS_URL'],
  [{ NATS_URL: '127.0.0.1' }, 'NATS_URL'],
  [{ CLUSTER_PREFIX: 'a b' }, 'CLUSTER_PREFIX'],
])('CF2 a bad value stops the start and names the variable, its problem and an example: %j', (env, name) => {
  const start = () => readConfig(env);
  expect(start).toThrow(ConfigError);
  expect(start).toThrow(new RegExp(`^${name}=.* (must|is) .*Example: ${name}=`));
});

test('CF3 a secret is never in a message', () => {
  expect(() => readConfig({ JWT_SECRET: 'tooshort-s3cret' })).toThrow(/^JWT_SECRET=\(hidden\)/);
});

test.each([
  ['a missing key', { NODE_ENV: 'production' }, 'JWT_SECRET is missing'],
  [
    'the development secret',
    { NODE_ENV: 'production', JWT_SECRET: DEV_SECRET },
    'JWT_SECRET is the development secret',
  ],
  ['an open monitor', { ...safe, MONITOR: 'open' }, 'MONITOR="open"'],
  ['any origin', { ...safe, ALLOWED_ORIGINS: '*' }, 'ALLOWED_ORIGINS="*"'],
  ['any origin among others', { ...safe, ALLOWED_ORIGINS: 'https://a.example,*' }, 'ALLOWED_ORIGINS="*"'],
])('CF4 production refuses %s', (_name, env, message) => {
  expect(() => readConfig(env)).toThrow(message);
});

test('CF5 two kinds of keys at once are refused', () => {
  expect(() => readConfig({ JWT_SECRET: 'x'.repeat(48), JWT_JWKS_URL: 'https://a.example/jwks' })).toThrow(
    'only one of',
  );
});

test('CF8 Redis and NATS belong together', () => {
  expect(() => readConfig({ REDIS_URL: 'redis://127.0.0.1' })).toThrow('belong together');
  expect(() => readConfig({ NATS_URL: 'nats://127.0.0.1' })).toThrow('belong together');
  expect(readConfig({ REDIS_URL: 'redis://h', NATS_URL: 'nats://h' }).cluster).toMatchObject({ prefix: 'gatehouse' });
});

test('CF6 the configuration is frozen, all the way down', () => {
  const config = readConfig({});
  expect(() => Object.assign(config.limits, { batch: 1 })).toThrow(TypeError);
  expect(() => (config.allowedOrigins as string[]).push('x')).toThrow(TypeError);
});

test('CF7 every example is a value that the option takes', () => {
  for (const [name, option] of Object.entries(options)) {
    const { example } = option;
    if (example.startsWith('$(') || example.startsWith('(')) continue;
    expect(option.schema.safeParse(example).success, `${name}=${example}`).toBe(true);
  }
});
