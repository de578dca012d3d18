import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { signToken } from '../../src/gate/dev-issuer.ts';
import { LogOutput, MAX_WAITING_BYTES } from '../../src/ops/LogOutput.ts';
import { createLog } from '../../src/ops/log.ts';
import { withoutTokens } from '../../src/ops/without-tokens.ts';

/** A reader that takes what comes when it is told to. */
class Reader {
  readonly taken: string[] = [];
  readonly stream: Writable;
  #next: ((error?: Error) => void) | undefined;
  #reads = false;

  constructor() {
    this.stream = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        this.taken.push(chunk);
        this.#next = done;
        if (this.#reads) done();
      },
    });
  }

  read(): void {
    this.#reads = true;
    this.#next?.();
  }

  goes(): void {
    this.#next?.(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  }
}

test('OP8 lines of the log that wait for their reader are bounded; what does not fit is dropped and counted', async () => {
  const reader = new Reader();
  let dropped = 0;
  const output = new LogOutput(reader.stream, () => dropped++);
  const line = `${'x'.repeat(1_023)}\n`;
  const fits = MAX_WAITING_BYTES / line.length;
  for (let i = 0; i < fits + 100; i++) output.write(line);
  expect(dropped).toBe(100);
  expect(reader.stream.writableLength).toBeLessThanOrEqual(MAX_WAITING_BYTES);
  // When it reads again all that waited arrives, and there is room again.
  reader.read();
  await output.drained(10_000);
  expect(reader.taken.filter((taken) => taken === line)).toHaveLength(fits);
  output.write('after\n');
  await output.drained(10_000);
  expect(reader.taken).toContain('after\n');
  expect(dropped).toBe(100);
});

test('OP7 a log whose reader has gone takes lines and loses them, and is drained at once', async () => {
  const reader = new Reader();
  let dropped = 0;
  const output = new LogOutput(reader.stream, () => dropped++);
  output.write('first\n');
  reader.goes();
  await output.drained(60_000);
  output.write('second\n');
  await output.drained(60_000);
  expect([reader.taken, dropped]).toEqual([['first\n'], 1]);
});

test('OP7 a log whose reader stands still is not waited for beyond the given time', async () => {
  const reader = new Reader();
  const output = new LogOutput(reader.stream);
  output.write('first\n');
  await output.drained(10);
  expect(reader.taken).toEqual(['first\n']);
});

const token = signToken({ userId: 'ada', tokenId: 't' });
const secret = 'aVeryS3cretRecoveryToken';
const leaks: Array<[string, string]> = [
  ['a token', `Unexpected token in ${token}`],
  ['the beginning of one, as msgpack errors quote it', `end of buffer not reached {"token":"${token.slice(0, 60)}`],
  ['a header', `Authorization: Bearer ${secret}`],
  ['the address of a socket', `GET /n/r?sessionId=s&reconnectionToken=${secret}&_authToken=${token} failed`],
  ['a message', `{"method":"session.refresh","params":{"token":"${secret}"}}`],
  ['a message in a text in a text', JSON.stringify(`{"token":"${secret}"}`)],
  ['what inspect prints', `{ params: { token: '${secret}' } }`],
];
test.each(leaks)(
  'OP6 no token and no secret is ever logged: one that a text of others quotes, in %s',
  (_name, text) => {
    expect(withoutTokens(text)).not.toContain(secret);
    expect(withoutTokens(text)).not.toContain(token.slice(0, 40));
    const lines: string[] = [];
    const log = createLog({ logLevel: 'info' }, 'test', { output: { write: (line) => void lines.push(line) } });
    log.error({ error: text, text: [text] }, text);
    expect(lines.join()).not.toContain(secret);
    expect(lines.join()).not.toContain(token.slice(0, 40));
    // It is a line of JSON all the same.
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'error', node: 'test' });
  },
);

test('OP6 no token and no secret is ever logged: all else stays as it is', () => {
  const text = '{"session":"eyJ","user":"bearer","path":"/monitor","reason":"TOKEN_INVALID","token":null,"n":1}';
  expect(withoutTokens(text)).toBe(text);
});
