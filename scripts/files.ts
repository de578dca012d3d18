import { globSync } from 'node:fs';

/** TypeScript files of the project, relative to its root, without what is built or installed. */
export function sourceFiles(root: string): string[] {
  const exclude = (path: string) => /(^|\/)(node_modules|dist)(\/|$)/.test(path);
  return globSync('**/*.ts', { cwd: root, exclude })
    .filter((path) => !exclude(path))
    .sort();
}
