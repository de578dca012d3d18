/** The import rule of ARCHITECTURE.md: who may know whom. Ends with 1 and a line for each import that breaks it. */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceFiles } from './files.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Zones, the narrowest first: a file belongs to the first whose path it starts with. */
const zones: ReadonlyArray<{ name: string; paths: string[]; mayImport: string[]; packages?: string[] }> = [
  { name: 'schema', paths: ['schema/'], mayImport: [], packages: ['@colyseus/schema', 'zod'] },
  { name: 'ports', paths: ['src/ports/'], mayImport: ['schema', 'base'] },
  { name: 'base', paths: ['src/fail.ts', 'src/config.ts', 'src/config-options.ts'], mayImport: ['schema'] },
  { name: 'adapters', paths: ['src/adapters/'], mayImport: ['schema', 'base', 'ports'] },
  { name: 'main', paths: ['src/main.ts'], mayImport: ['schema', 'base', 'ports', 'adapters', 'stages', 'rooms'] },
  { name: 'platform', paths: ['src/index.ts'], mayImport: ['base', 'stages'] },
  { name: 'stages', paths: ['src/'], mayImport: ['schema', 'base', 'ports'] },
  { name: 'rooms', paths: ['rooms/'], mayImport: ['schema', 'platform'] },
  {
    name: 'client',
    paths: ['client/'],
    mayImport: ['schema'],
    packages: ['@colyseus/sdk', '@colyseus/schema', '@gatehouse/schema', '@gatehouse/client', 'lit', 'zod'],
  },
  { name: 'web', paths: ['web/'], mayImport: ['schema', 'client'] },
  { name: 'simulator', paths: ['simulator/'], mayImport: [] },
  { name: 'loadtest', paths: ['loadtest/'], mayImport: ['schema', 'client', 'simulator'] },
];

const zoneOf = (path: string) => zones.find((zone) => zone.paths.some((prefix) => path.startsWith(prefix)));

const problems: string[] = [];
for (const file of sourceFiles(root)) {
  const zone = zoneOf(file);
  if (zone === undefined) continue;
  for (const specifier of importsOf(readFileSync(join(root, file), 'utf8'))) {
    if (specifier.startsWith('node:')) {
      if (zone.packages !== undefined) problems.push(`${file}: ${zone.name} imports ${specifier}`);
      continue;
    }
    if (!specifier.startsWith('.')) {
      const allowed = zone.packages?.some((name) => specifier === name || specifier.startsWith(`${name}/`)) ?? true;
      if (!allowed) problems.push(`${file}: ${zone.name} imports the package ${specifier}`);
      continue;
    }
    const target = relative(root, normalize(join(root, dirname(file), specifier)));
    const other = zoneOf(target);
    if (other === undefined || other === zone || zone.mayImport.includes(other.name)) continue;
    problems.push(`${file}: ${zone.name} imports ${target}, which is of ${other.name}`);
  }
}

if (problems.length > 0) {
  console.error(`The import rule (ARCHITECTURE.md) is broken:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  process.exit(1);
}

function importsOf(source: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g;
  return [...source.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3]!);
}
