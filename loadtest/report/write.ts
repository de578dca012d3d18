import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pageOf } from './page.ts';
import type { Result } from './result.ts';

const RESULTS = fileURLToPath(new URL('../results', import.meta.url));

/** Writes the result as JSON and as a page. Resolves with the paths. */
export async function writeReport(result: Result, out: string | undefined): Promise<string[]> {
  const name = `${result.startedAt.slice(0, 19).replaceAll(':', '-')}-${slugOf(result.asked.scenario)}`;
  const path = out ?? join(RESULTS, name);
  await mkdir(dirname(path), { recursive: true });
  const files = [`${path}.json`, `${path}.html`];
  await writeFile(files[0]!, `${JSON.stringify(result)}\n`);
  await writeFile(files[1]!, pageOf(result));
  return files;
}

/** What a file may be called. */
function slugOf(scenario: string): string {
  return scenario
    .replace(/\.\w+$/, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(-40);
}
