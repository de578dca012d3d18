import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';
import { type LoadOptions, readOptions } from '../../../loadtest/options.ts';
import type { Result } from '../../../loadtest/report/result.ts';

/** A folder of this test file. */
export async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-load-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command, as it is typed. Not spawnSync: the server of the test must go on answering. */
export async function command(program: 'index.ts' | 'soak/index.ts', ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [`loadtest/${program}`, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, out, err };
}

/** Runs it, and reads the report as well. */
export async function loadtest(folder: string, ...args: string[]): Promise<Ended & { result: Result; page: string }> {
  const path = join(folder, crypto.randomUUID());
  const ended = await command('index.ts', ...args, '--out', path);
  const read = (ending: string) => readFile(`${path}.${ending}`, 'utf8').catch(() => '{}');
  return { ...ended, result: JSON.parse(await read('json')) as Result, page: await read('html') };
}

export function optionsOf(...args: string[]): LoadOptions {
  return readOptions(args)!;
}
