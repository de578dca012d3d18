import { expect, test } from 'vitest';
import { type Figures, judge, readGate, readGateFile, withStanding } from '../../loadtest/measure/gates.ts';
import { Histogram } from '../../loadtest/measure/Histogram.ts';

const rpc = new Histogram();
for (let i = 1; i <= 100; i++) rpc.record(i);
const figures: Figures = {
  duration: (name) => (name === 'rpc' ? rpc : new Histogram()),
  count: (name) => ({ joined: 98, refused: 2, bytesIn: 5e6 })[name as string] ?? 0,
  rate: (name) => (name === 'patches' ? 1_200 : 0),
};

test.each([
  ['rpc.p99<50ms', false],
  ['rpc.p50<=51ms', true],
  ['rpc.p99.9 < 0.2s', true],
  ['rpc.max=100ms', true],
  ['rpc.mean>50ms', true],
  ['rpc.samples>=100', true],
  ['refused==2', true],
  ['refused.share<=2%', true],
  ['refused.share<2%', false],
  ['bytesIn<4MB', false],
  ['patches.rate>1000', true],
  ['mismatches=0', true],
])('LT7 %s is judged by what was measured: %s', (text, holds) => {
  const verdict = judge(readGate(text), figures);
  expect(verdict.holds).toBe(holds);
  expect(verdict.sentence).toContain(holds ? `${text} holds` : `${text} does not hold`);
});

test('LT7 a gate says in its sentence what was measured; one about nothing does not hold', () => {
  expect(judge(readGate('rpc.max<50ms'), figures).sentence).toBe(
    'rpc.max<50ms does not hold: RPC round trip, max, was 100 ms',
  );
  const { holds, value, sentence } = judge(readGate('recovery.p99<1s'), figures);
  expect([holds, value]).toEqual([false, null]);
  expect(sentence).toBe('recovery.p99<1s does not hold: nothing was measured of recovery');
});

test.each([
  'rpc',
  'rpc<50ms',
  'rpc.p99<50',
  'rpc.p99<50MB',
  'rpc.p100<5ms',
  'rpc.worst<5ms',
  'rpc.p99~5ms',
  'latency.p99<50ms',
  'refused<1ms',
  'refused.share<0.1',
  'faults.share<1%',
  'bytesIn<4MiB',
  'rpc.p99<50ms && refused=0',
  '',
])('LT7 what is no gate is refused with what is allowed: %j', (text) => {
  expect(() => readGate(text)).toThrow(
    /^gate '.*': .+\n.*A gate is MEASURE\.STAT[\s\S]+times: {2}join, rpc[\s\S]+counts: joined/,
  );
});

test('LT7 a file has a gate a line and comments; gates of every run hold unless one names the same measure', () => {
  const given = readGateFile('# of the lobby\nrpc.p99<50ms   # tight\n\n refused<3\n');
  expect(given.map(({ text }) => text)).toEqual(['rpc.p99<50ms', 'refused<3']);
  const all = withStanding(given).map(({ text }) => text);
  expect(all).toEqual(['rpc.p99<50ms', 'refused<3', 'joined>0', 'lost=0', 'mismatches=0', 'faults=0', 'errors=0']);
});
