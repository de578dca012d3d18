import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Fault,
  type FaultKind,
  ProcessTarget,
  play,
  type Schedule,
  scheduleOf,
  type Target,
} from '../../simulator/index.ts';

/** Writes down what is done to it. */
class Notebook implements Target {
  readonly kinds: readonly FaultKind[] = ['cut', 'hold', 'silence', 'shape'];
  readonly said: string[] = [];
  there = true;

  begin(fault: Fault): boolean {
    this.said.push(fault.kind);
    return this.there;
  }

  heal(): void {
    this.said.push('heal');
  }
}

const cut = (at: number): Fault => ({ at, target: 'link', kind: 'cut', how: 'reset' });
const hold = (at: number, forMs: number): Fault => ({ at, target: 'link', kind: 'hold', forMs });

test('SM12 a play does what its schedule says, never before its time, and says what it did and when', async () => {
  const link = new Notebook();
  const schedule: Schedule = [hold(20, 30), cut(50), cut(60)];
  await using playing = play(schedule, { link });
  const log = await playing.done;
  expect(log.map(({ what, fault }) => [what, fault.kind])).toEqual([
    ['begins', 'hold'],
    ['ends', 'hold'],
    ['begins', 'cut'],
    ['begins', 'cut'],
  ]);
  for (const [index, at] of [20, 50, 50, 60].entries()) expect(log[index]!.atMs).toBeGreaterThanOrEqual(at);
  expect(link.said).toEqual(['hold', 'heal', 'cut', 'cut', 'heal']);
});

test('SM12 what cannot be done any more is missed, and the play goes on', async () => {
  const [link, gone] = [new Notebook(), new Notebook()];
  gone.there = false;
  await using playing = play([{ ...cut(0), target: 'gone' } as Fault, cut(1)], { link, gone });
  expect((await playing.done).map(({ what }) => what)).toEqual(['missed', 'begins']);
});

test('SM12 a play that is stopped, left or aborted does nothing more, and heals everything', async () => {
  for (const how of ['stop', 'leave', 'signal', 'aborted before'] as const) {
    const [link, other] = [new Notebook(), new Notebook()];
    const abort = new AbortController();
    if (how === 'aborted before') abort.abort();
    {
      await using playing = play([hold(0, 30_000)], { link, other }, { signal: abort.signal });
      if (how !== 'aborted before') await expect.poll(() => link.said).toEqual(['hold']);
      if (how === 'stop') await playing.stop();
      if (how === 'signal') abort.abort();
      if (how !== 'leave') await playing.done;
    }
    expect([how, link.said.at(-1), other.said]).toEqual([how, 'heal', ['heal']]);
    expect(link.said).toHaveLength(how === 'aborted before' ? 1 : 2);
  }
});

test('SM12 a schedule that is too long, overlaps, or asks what cannot be is refused, and nothing is done', () => {
  const link = new Notebook();
  const refused: Schedule[] = [
    [cut(60_001)],
    [hold(59_000, 1_001)],
    [cut(-1)],
    [cut(Number.NaN)],
    [hold(0, 0)],
    [hold(0, 100), cut(99)],
    [{ ...cut(0), target: 'nobody' } as Fault],
    [{ at: 0, target: 'link', kind: 'kill' }],
    Array.from({ length: 10_001 }, () => cut(0)),
  ];
  for (const schedule of refused) expect(() => play(schedule, { link })).toThrow(RangeError);
  expect(() => play([cut(11)], { link }, { longestMs: 10 })).toThrow(RangeError);
  expect(link.said).toEqual([]);
});

test('SM2 any part of a schedule is one that can be played', () => {
  const kinds: FaultKind[] = ['cut', 'hold', 'silence', 'shape'];
  const whole = fc
    .integer({ min: 0 })
    .map((seed) => scheduleOf(seed, { targets: { link: kinds, redis: kinds }, durationMs: 60_000, everyMs: 500 }));
  fc.assert(
    fc.property(
      whole.chain((schedule) => fc.subarray([...schedule])),
      (part) => {
        void play(part, { link: new Notebook(), redis: new Notebook() }, { signal: AbortSignal.abort() }).done;
      },
    ),
  );
});

/** A child that answers each line with the same. */
function child(): ChildProcess {
  const program = "process.stdin.on('data', (text) => process.stdout.write(text))";
  const process_ = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void process_.kill('SIGKILL'));
  return process_;
}

const answer = async (of: ChildProcess) => String((await once(of.stdout!, 'data'))[0]);

test('SM11 a paused process does nothing until it goes on', async () => {
  const echo = child();
  const target = new ProcessTarget(echo);
  echo.stdin!.write('awake');
  expect(await answer(echo)).toBe('awake');
  const log: string[] = [];
  expect(target.pause()).toBe(true);
  echo.stdout!.on('data', (text) => log.push(String(text)));
  echo.stdin!.write('asleep');
  // Another process, started after that, has long answered.
  const other = child();
  other.stdin!.write('other');
  log.push(await answer(other));
  log.push('goes on');
  const answered = answer(echo);
  expect(target.resume()).toBe(true);
  expect(await answered).toBe('asleep');
  expect(log).toEqual(['other', 'goes on', 'asleep']);
});

test.each([
  ['kill', 'SIGKILL'],
  ['terminate', 'SIGTERM'],
] as const)('SM11 a process that gets %s ends by %s, and nothing is sent to one that is gone', async (kind, signal) => {
  const process_ = child();
  const target = new ProcessTarget(process_);
  const exited = once(process_, 'exit');
  await using playing = play(
    [
      { at: 0, target: 'node', kind },
      { at: 5_000, target: 'node', kind },
    ],
    { node: target },
  );
  expect(await exited).toEqual([null, signal]);
  expect(target.runs).toBe(false);
  expect([target.pause(), target.resume(), target.kill(), target.terminate()]).toEqual([false, false, false, false]);
  expect(target.begin({ at: 0, target: 'node', kind: 'pause', forMs: 1 })).toBe(false);
  await playing.stop();
});

test('SM11 a play that ends lets a paused process go on', async () => {
  const echo = child();
  {
    await using playing = play([{ at: 0, target: 'node', kind: 'pause', forMs: 30_000 }], {
      node: new ProcessTarget(echo),
    });
    await expect.poll(() => playing.log.length).toBe(1);
  }
  echo.stdin!.write('awake');
  expect(await answer(echo)).toBe('awake');
});
