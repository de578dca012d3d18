import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scenario } from '../actor/Scenario.ts';
import { isScenario, scenarios } from '../scenarios/index.ts';

/** By name or from a file. Throws with a sentence. */
export async function loadScenario(named: string): Promise<Scenario> {
  if (isScenario(named)) return scenarios[named];
  const path = resolve(named);
  if (!existsSync(path)) throw new Error(`--scenario ${named}: there is no such file`);
  const { resolveForeignFiles } = await import('../compat/resolve.ts');
  resolveForeignFiles();
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module;
  } catch (error) {
    throw new Error(`--scenario ${named} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { takeMain } = await import('../compat/cli.ts');
  const main = takeMain();
  if (main !== undefined) return (await import('../compat/adopt.ts')).scenarioOf(main);
  const scenario = module.default as Partial<Scenario> | undefined;
  if (typeof scenario?.play !== 'function' || typeof scenario.room !== 'string')
    throw new Error(
      `--scenario ${named} has no default export made by defineScenario({ summary, room, play }), and calls no cli() of @colyseus/loadtest`,
    );
  return { summary: `does what ${named} says`, ...scenario } as Scenario;
}

/** What the scenario has, with what was asked for in its place. Throws with a sentence. */
export function settingsOf(
  scenario: Scenario,
  asked: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const known = scenario.settings ?? {};
  for (const name of Object.keys(asked)) {
    const names = Object.keys(known);
    if (!Object.hasOwn(known, name))
      throw new Error(`--set ${name}: the scenario has ${names.length === 0 ? 'no settings' : names.join(', ')}`);
  }
  return { ...known, ...asked };
}
