import { nodeFlags } from '../../scripts/node-flags.ts';

/** How Node is started for a server, whoever's it is: all are measured with the settings that Gatehouse is run with. */
export function serverFlags(name: string, profileInto: string | undefined): readonly string[] {
  const profile = profileInto === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', `${profileInto}/${name}`];
  return [...nodeFlags, ...profile];
}
