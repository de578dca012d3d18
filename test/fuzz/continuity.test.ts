import { expect, test } from 'vitest';
import { seed } from '../support/seeded.ts';
import { run } from './continuity/run.ts';
import { scheduleOf } from './continuity/schedule.ts';

const SCHEDULES = 250;

test('FZ8 through drops, kills, pauses, moves, rolling ends and outages of the store and the bus a room has one owner an epoch, no seat is lost, and each hears everything once or is told', {
  timeout: 120_000,
}, async () => {
  let epochs = 0;
  for (let each = seed; each < seed + SCHEDULES; each++) {
    const { problems, epoch } = await run(each);
    epochs += epoch - 1;
    if (problems.length > 0) {
      throw new Error(
        `npm run fuzz -- --seed ${each} --count 1\n${problems.join('\n')}\n${JSON.stringify(scheduleOf(each))}`,
      );
    }
  }
  // It was about something: rooms changed their owner.
  expect(epochs).toBeGreaterThan(SCHEDULES);
});

// Each found a fault: a return through a node that had just handed the room on; one while the store was away; a claim
// whose answer was lost; a second owner that died before its first snapshot.
test.each([40, 53, 63, 80, 81, 88, 92, 96, 129, 414, 1_635_618_103])(
  'FZ8 seed %i, which once went wrong',
  async (each) => {
    expect((await run(each)).problems).toEqual([]);
  },
);
