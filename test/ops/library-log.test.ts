import { logger as ofColyseus } from '@colyseus/core';
import { decode } from '@colyseus/schema';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { signToken } from '../../src/gate/dev-issuer.ts';
import { Counters } from '../../src/ops/Counters.ts';
import { libraryTalk, listenToConsole } from '../../src/ops/library-log.ts';
import { FakeClock } from '../support/FakeClock.ts';
import { startGatehouse } from '../support/gatehouse.ts';

function ear(level = 'info') {
  const lines: Array<Record<string, unknown>> = [];
  const log = pino({ level }, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { lines, log, clock: new FakeClock(), counters: new Counters() };
}

test('OP9 what libraries complain of is a line of the log, without tokens', () => {
  const { lines, ...parts } = ear();
  const token = signToken({ userId: 'ada', tokenId: 't' });
  const talk = libraryTalk({ library: 'nasty', ...parts });
  const error = new Error(`cannot read {"token":"${token}"}\nsecond line`);
  talk.error(error);
  talk.warn('%s of %d', 'one', 2, { password: 1 });
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({ level: 50, library: 'nasty', msg: 'library' });
  expect(lines[0]!.text).toMatch(/^Error: cannot read .*\nsecond line\n {4}at /s);
  expect(lines[1]).toMatchObject({ level: 40, text: 'one of 2 { password: 1 }' });
  expect(JSON.stringify(lines)).not.toContain(token.slice(0, 30));
});

test('OP9 what libraries complain of is a bounded number of lines, of a bounded length; the rest is counted', () => {
  const { lines, clock, ...parts } = ear();
  const talk = libraryTalk({ library: 'noisy', clock, ...parts });
  for (let i = 0; i < 1_000; i++) talk.error('x'.repeat(100_000));
  expect(lines).toHaveLength(20);
  expect(Math.max(...lines.map(({ text }) => (text as string).length))).toBe(1_000);
  clock.advance(3_000);
  for (let i = 0; i < 1_000; i++) talk.warn('again');
  expect(lines).toHaveLength(23);
  expect(lines[20]).toMatchObject({ text: 'again', unsaid: 980 });
  expect(parts.counters.all()).toEqual({ 'library_lines:error': 1_000, 'library_lines:warn': 1_000 });
});

test('OP9 what libraries say below the level of the log costs nothing', () => {
  const { lines, ...parts } = ear('warn');
  const talk = libraryTalk({ library: 'chatty', ...parts });
  const inspected = {
    toJSON: () => expect.unreachable(),
    [Symbol.for('nodejs.util.inspect.custom')]: () => expect.unreachable(),
  };
  for (const level of ['trace', 'debug', 'info'] as const) talk[level](inspected);
  expect([lines, parts.counters.all()]).toEqual([[], {}]);
});

test('OP9 what libraries complain of on the console is a line of the log; what a game prints stays', () => {
  const { warn, error, log } = console;
  onTestFinished(() => void Object.assign(console, { warn, error }));
  const { lines, ...parts } = ear();
  listenToConsole(parts);
  // A client's message type of no letters: @colyseus/schema complains to the console.
  decode.string(Uint8Array.of(0xa3, 0xff, 0xfe, 0xfd), { offset: 0 });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ library: 'console', text: expect.stringContaining('Invalid byte') });
  expect(console.log).toBe(log);
});

test('OP9 what libraries complain of is a line of the log: Colyseus of a server', async () => {
  const server = await startGatehouse();
  const { lines } = server;
  ofColyseus.error(new Error('something of the inside').stack);
  expect(lines.at(-1)).toMatchObject({
    library: 'colyseus',
    level: 50,
    text: expect.stringContaining('of the inside'),
  });
  expect(server.platform.counters.get('library_lines', 'error')).toBe(1);
});
