import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { afterAll, expect, test } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';
import { Authority } from './support/authority.ts';
import { NatsOperator } from './support/nats-operator.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { caFile } = new Authority('config');
const cluster = { REDIS_URL: 'rediss://redis.example.com', NATS_URL: 'tls://nats.example.com' };

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const credsFile = file('creds', new NatsOperator().credentials());
const nkeyFile = file('nkey', `${Buffer.from(nkeys.createUser().getSeed())}\n`);
const accountSeed = Buffer.from(nkeys.createAccount().getSeed()).toString();
const garbled = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

test('CF9 files that are there and hold what they should are taken, as paths', () => {
  const files = { REDIS_CA_FILE: caFile, NATS_CA_FILE: caFile };
  expect(readConfig({ ...cluster, ...files, NATS_CREDS_FILE: credsFile }).cluster).toMatchObject({
    redisCaFile: caFile,
    natsCaFile: caFile,
    natsCredsFile: credsFile,
    natsNkeyFile: undefined,
  });
  expect(readConfig({ ...cluster, NATS_NKEY_FILE: nkeyFile }).cluster).toMatchObject({ natsNkeyFile: nkeyFile });
});

test.each([
  ['NATS_CREDS_FILE', 'is not there', join(folder, 'nowhere'), 'ENOENT'],
  ['NATS_NKEY_FILE', 'is not there', join(folder, 'nowhere'), 'ENOENT'],
  ['NATS_CA_FILE', 'is a folder', folder, 'EISDIR'],
  ['REDIS_CA_FILE', 'is not there', join(folder, 'nowhere'), 'ENOENT'],
  ['NATS_CREDS_FILE', 'is a seed', nkeyFile, 'nsc'],
  ['NATS_NKEY_FILE', 'are credentials', credsFile, 'nkey'],
  ['NATS_NKEY_FILE', 'is the seed of an account', file('account', accountSeed), 'nkey'],
  ['NATS_CA_FILE', 'is empty', file('empty', ''), 'PEM'],
  ['REDIS_CA_FILE', 'is a seed', nkeyFile, 'PEM'],
  ['REDIS_CA_FILE', 'is garbled', file('garbled', garbled), 'PEM'],
])('CF9 a file of no use stops the start: %s %s', (name, _what, path, problem) => {
  const start = () => readConfig({ ...cluster, [name]: path });
  expect(start).toThrow(ConfigError);
  expect(start).toThrow(new RegExp(`^${name}="${path}" (must|is) .*${problem}.*Example: ${name}=`));
  expect(start).not.toThrow(accountSeed);
});

test('CF10 a file of authorities goes with an address that speaks TLS, and credentials with an address', () => {
  const plain = { REDIS_URL: 'redis://127.0.0.1', NATS_URL: 'nats://127.0.0.1' };
  for (const env of [plain, {}]) {
    expect(() => readConfig({ ...env, REDIS_CA_FILE: caFile })).toThrow(/REDIS_CA_FILE must .*REDIS_URL=rediss:/);
    expect(() => readConfig({ ...env, NATS_CA_FILE: caFile })).toThrow(/NATS_CA_FILE must .*NATS_URL=tls:/);
  }
  expect(() => readConfig({ NATS_CREDS_FILE: credsFile })).toThrow(/NATS_CREDS_FILE must .*NATS_URL=nats:/);
  expect(() => readConfig({ NATS_NKEY_FILE: nkeyFile })).toThrow(/NATS_NKEY_FILE must .*NATS_URL=nats:/);
  const several = { ...plain, NATS_URL: 'nats://10.0.0.1,tls://10.0.0.2', NATS_CA_FILE: caFile };
  expect(readConfig(several).cluster).toMatchObject({ natsCaFile: caFile });
});

test('CF11 two kinds of credentials for NATS are refused', () => {
  const both = { ...cluster, NATS_CREDS_FILE: credsFile, NATS_NKEY_FILE: nkeyFile };
  expect(() => readConfig(both)).toThrow('only one of NATS_CREDS_FILE and NATS_NKEY_FILE');
});
