import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
/** What the samples take from the page around them. */
const page = `declare function fetchToken(): Promise<string>;\ndeclare function showToast(text: string): void;\n`;

test('CL39 the samples of the README compile', () => {
  const readme = readFileSync(path.join(root, 'client/README.md'), 'utf8');
  const samples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, sample]) => sample);
  expect(samples.length).toBeGreaterThan(5);

  // Below node_modules, so that packages are found and no other check looks at it.
  const cache = path.join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'readme-'));
  try {
    writeFileSync(path.join(folder, 'samples.ts'), page + samples.join('\n'));
    const config = {
      extends: path.join(root, 'tsconfig.json'),
      compilerOptions: { noUnusedLocals: false },
      include: ['samples.ts'],
      exclude: [],
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    let output = '';
    try {
      execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    } catch (error) {
      output = (error as { stdout: string }).stdout;
    }
    expect(output).toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
