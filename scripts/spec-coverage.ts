/**
 * Every rule of SPEC.md has a test whose title begins with its id, and every
 * test's title begins with the id of a rule. Ends with 1 and the ids that lack
 * one or the other.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceFiles } from './files.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const ID = /[A-Z]{2}\d+/;

const rules = new Set<string>();
for (const match of readFileSync(join(root, 'SPEC.md'), 'utf8').matchAll(/^- \*\*([A-Z]{2}\d+)\*\*/gm)) {
  if (rules.has(match[1]!)) fail([`SPEC.md has ${match[1]} twice`]);
  rules.add(match[1]!);
}

const tested = new Set<string>();
const untitled: string[] = [];
for (const file of sourceFiles(root).filter((path) => path.startsWith('test/'))) {
  const source = readFileSync(join(root, file), 'utf8');
  // A title comes right after `test(`, or after the table of `test.each(…)(`.
  const calls = /\b(?:test|it)(?:\.each\((?:(?!\b(?:test|it)\b[.(]).)*?\))?\(\s*(['"`])((?:(?!\1).)*)\1/gs;
  for (const match of source.matchAll(calls)) {
    const title = match[2]!;
    const id = ID.exec(title)?.[0];
    if (id === undefined || !title.startsWith(id))
      untitled.push(`${file}: "${title}" does not begin with the id of a rule`);
    else tested.add(id);
  }
}

const problems = [
  ...untitled,
  ...[...rules].filter((id) => !tested.has(id)).map((id) => `${id} of SPEC.md has no test`),
  ...[...tested].filter((id) => !rules.has(id)).map((id) => `${id} is tested but not in SPEC.md`),
];
if (problems.length > 0) fail(problems);

function fail(lines: string[]): never {
  console.error(`SPEC.md and the tests disagree:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  process.exit(1);
}
