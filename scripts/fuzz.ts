/**
 * `npm run fuzz -- --count N --seed S`: rooms that move, nodes that die and hang, a store that goes away, by a seed; and
 * whether what SPEC.md promises (FZ8) holds. Ends with 1 and the schedule of each seed of which it does not.
 */
import { parseArgs } from 'node:util';
import { run } from '../test/fuzz/continuity/run.ts';
import { scheduleOf } from '../test/fuzz/continuity/schedule.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000' }, seed: { type: 'string' }, log: { type: 'boolean' } },
});
const count = Number(values.count);
const first = Number(values.seed ?? Math.floor(Math.random() * 0x7fff_ffff));
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(first)) {
  console.error('Say it with whole numbers: npm run fuzz -- --count 1000 --seed 1');
  process.exit(1);
}

let failed = 0;
for (let seed = first; seed < first + count; seed++) {
  const { problems, log } = await run(seed);
  if (problems.length === 0) continue;
  failed += 1;
  console.log(`\nSEED=${seed}\n${JSON.stringify(scheduleOf(seed))}\n  ${problems.slice(0, 10).join('\n  ')}`);
  if (values.log) console.log(log.join('\n'));
}
console.log(`\n${count} schedules from seed ${first}: ${failed} failed.`);
process.exit(failed === 0 ? 0 : 1);
