/** `npm run loadtest -- --clients 1000 --rooms 20 --scenario world`: players by the thousand. See docs/loadtest.md. */
import { HELP, readOptions } from './options.ts';
import { play } from './play.ts';

/** Nothing was begun: what was asked for cannot be, or nobody answers. */
const NOT_BEGUN = 2;

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(HELP);
  else if (!(await play(options)).passed) process.exitCode = 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = NOT_BEGUN;
}
