import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Packages of files that were written for another tool → what they get here, wherever they lie. */
const OURS: Readonly<Record<string, string>> = {
  '@colyseus/loadtest': new URL('./cli.ts', import.meta.url).href,
  '@colyseus/sdk': import.meta.resolve('@colyseus/sdk'),
  // Its name before 0.17.
  'colyseus.js': import.meta.resolve('@colyseus/sdk'),
};

/** From now on such files find their packages, and neighbours that they name without an ending. */
export function resolveForeignFiles(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const own = OURS[specifier];
      if (own !== undefined) return { url: own, shortCircuit: true };
      const parent = context.parentURL;
      if (/^\.\.?\//.test(specifier) && parent?.startsWith('file:') === true) {
        const url = new URL(`${specifier}.ts`, parent);
        if (!existsSync(fileURLToPath(new URL(specifier, parent))) && existsSync(fileURLToPath(url)))
          return next(url.href, context);
      }
      return next(specifier, context);
    },
  });
}
