import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { resultOf } from '../../loadtest/report/result.ts';
import { run } from '../../loadtest/run/run.ts';
import { ChildServer } from '../support/child-server.ts';
import { loadtest, optionsOf, ownFolder } from './support/tool.ts';

const folder = await ownFolder();
const never = new AbortController().signal;

test('LT13 a server that is not there is found out before anything begins', async () => {
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const url = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
  gone.close();
  await once(gone, 'close');
  const { code, err, out } = await loadtest(folder, '--url', url);
  expect([code, out]).toEqual([2, '']);
  expect(err).toBe(`no server answers at ${url}: ECONNREFUSED\n`);
});

test.each(['sdk', 'lean'])(
  'LT13 a server that refuses the tokens ends the run early, with what to do (%s)',
  async (client) => {
    const server = await ChildServer.start({ JWT_SECRET: 'another-secret-than-that-of-the-load-tool' }, onTestFinished);
    const args = ['--clients', '30', '--ramp', '20/s', '--duration', '60s', '--client', client];
    const { code, out, result } = await loadtest(folder, '--url', server.url, ...args);
    expect(code).toBe(1);
    expect(result.incomplete).toMatch(/^nobody got in: a join was refused: TOKEN_INVALID/);
    expect(result.counts.refused).toBeLessThan(30);
    expect(out).toContain('→ the server takes other tokens: set JWT_SECRET');
  },
);

test('LT13 a server that dies in the middle: the report is of what there was, and says so', async () => {
  let end = () => {};
  const server = await ChildServer.start({}, (kill) => {
    end = kill;
    onTestFinished(kill);
  });
  const options = optionsOf('--url', server.url, '--clients', '10', '--ramp', '40/s', '--duration', '60s');
  let ended = false;
  const done = await run(options, {
    stop: never,
    watch: ({ recording }) => {
      if (ended || recording.count('patches') < 300) return;
      ended = true;
      end();
    },
  });
  const result = resultOf(options, done);
  expect(result.incomplete).toMatch(/^the server no longer answered after \d+ s of 60: ECONNREFUSED$/);
  expect(result.passed).toBe(false);
  expect(result.counts).toMatchObject({ joined: 10, drops: 10, recoveries: 0 });
  expect(result.awayAtEnd + result.counts.lost).toBe(10);
  expect(result.durations.patch!.samples).toBeGreaterThan(300);
});

test('LT13 a run that is stopped by hand reports what there was', async () => {
  const server = await ChildServer.start({}, onTestFinished);
  const options = optionsOf('--url', server.url, '--clients', '4', '--ramp', '40/s', '--duration', '60s');
  const stopping = new AbortController();
  const done = await run(options, {
    stop: stopping.signal,
    watch: ({ recording }) => {
      if (recording.count('patches') > 100) stopping.abort();
    },
  });
  expect(done.incomplete).toMatch(/^it was stopped after \d+ s of 60$/);
  expect(done.recording.count('joined')).toBe(4);
  expect(done.recording.count('lost')).toBe(0);
});

test('LT13 a server that bounds its joins: who was refused is counted, and the report says how to lift it', async () => {
  const server = await ChildServer.start({ JOINS_PER_ADDRESS: '20' }, onTestFinished);
  const args = ['--clients', '25', '--ramp', '100/s', '--duration', '1s'];
  const { code, out, result } = await loadtest(folder, '--url', server.url, ...args);
  expect(code).toBe(1);
  expect(result.counts.joined + result.counts.refused).toBe(25);
  expect(result.counts.refused).toBeGreaterThan(5);
  expect(out).toContain('JOINS_PER_ADDRESS=1000000');
});
