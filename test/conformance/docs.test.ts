import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { closeCodes, errors, serverMethods } from '../../schema/index.ts';
import { options } from '../../src/config-options.ts';

const run = (script: string) => spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });

test('DC2 the documents are what the code says: options, methods, errors, close codes, samples, links', () => {
  const { status, stderr } = run('scripts/docs.ts');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const configuration = readFileSync('docs/configuration.md', 'utf8');
  for (const name of Object.keys(options)) expect(configuration).toContain(`| \`${name}\` |`);
  const api = readFileSync('docs/api.md', 'utf8');
  for (const name of [...Object.keys(errors), ...Object.keys(closeCodes), ...Object.keys(serverMethods)]) {
    expect(api).toContain(`\`${name}\``);
  }
});

test('DC3 the import rule holds', () => {
  const { status, stderr } = run('scripts/boundaries.ts');
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
