import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { freeAddress } from '../support/balancer.ts';

/** The instructions of deploy/Containerfile, in their order. */
const lines = readFileSync('deploy/Containerfile', 'utf8')
  .split('\n')
  .filter((line) => /^[A-Z]/.test(line))
  .map((line) => {
    const [instruction, ...rest] = line.split(' ');
    return { instruction: instruction!, text: rest.join(' ') };
  });
const last = lines.findLastIndex(({ instruction }) => instruction === 'FROM');
const image = lines.slice(last);
const only = (instruction: string) => {
  const found = image.filter((line) => line.instruction === instruction);
  expect(found, instruction).toHaveLength(1);
  return found[0]!.text;
};
const exec = (text: string): string[] => JSON.parse(text.slice(text.indexOf('[')));

test('DP9 what the container file copies and runs is there', () => {
  const ignored = readFileSync('deploy/Containerfile.dockerignore', 'utf8').split('\n');
  const sources = lines
    .filter(({ instruction, text }) => instruction === 'COPY' && !text.startsWith('--from'))
    .flatMap(({ text }) => text.split(' ').slice(0, -1));
  expect(sources.length).toBeGreaterThan(8);
  for (const source of sources) {
    expect(existsSync(source), source).toBe(true);
    expect(ignored).not.toContain(source.split('/')[0]);
  }
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const runs = lines.filter(({ instruction }) => instruction === 'RUN').map(({ text }) => text);
  const names = runs.flatMap((text) => [...text.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name]) => name));
  expect(names).toEqual(['build']);
  for (const name of names) expect(scripts).toHaveProperty(name!);
  for (const name of ['schema', 'client']) expect(sources).toContain(`${name}/package.json`);
});

test('DP9 what the image holds is enough to start: its check tells so, nobody is root, and SIGTERM ends it in order', async () => {
  expect(only('USER')).toBe('node');
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-image-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const { text } of image.filter(({ instruction }) => instruction === 'COPY')) {
    // What another stage made is taken from here.
    const paths = text.replace(/^--from=\S+ /, '').split(' ');
    const target = paths.pop()!;
    for (const path of paths.map((each) => each.replace('/app/', ''))) {
      const to = join(folder, target === './' ? path : target);
      mkdirSync(dirname(to), { recursive: true });
      if (path === 'node_modules') symlinkSync(resolve(path), to);
      else cpSync(path, to, { recursive: true });
    }
  }
  const port = (await freeAddress()).split(':')[1]!;
  const [name, value] = only('ENV').split('=') as [string, string];
  const env = { PATH: process.env.PATH, [name]: value, PORT: port, JWT_SECRET: 'of-a-test'.repeat(8) };
  const check = () => {
    const [, ...args] = exec(only('HEALTHCHECK'));
    return spawnSync(process.execPath, args, { env }).status;
  };
  expect(check()).toBe(1);
  const [program, ...args] = exec(only('CMD'));
  expect(program).toBe('node');
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await isOpen(child);
  expect(check()).toBe(0);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

function isOpen(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the node ended with ${code} before it was open`)));
    createInterface(child.stdout!).on('line', (line) => {
      if (line.includes('Gatehouse is open')) resolve();
    });
  });
}
