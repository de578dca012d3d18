import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection, nkeys, type Status } from '@nats-io/transport-node';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { settingsOf } from '../../src/adapters/nats/connection.ts';
import { natsEventBus } from '../../src/adapters/nats/index.ts';
import { Link } from '../../src/adapters/nats/Link.ts';
import { MAX_UNREAD } from '../../src/adapters/nats/Outgoing.ts';
import { MAX_EVENT_BYTES, type RequestBus } from '../../src/ports/event-bus.ts';
import { eventually } from '../support/eventually.ts';
import { NatsServer } from '../support/nats-server.ts';
import { openBus } from './support.ts';

const server = await NatsServer.start();
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A connection of somebody else. */
async function stranger() {
  const nats = await connect({ servers: server.url });
  onTestFinished(() => nats.close());
  return nats;
}

const lost = (bus: RequestBus) => new Promise<void>((resolve) => bus.onLost(resolve));
const back = (bus: RequestBus) => new Promise<void>((resolve) => bus.onReady(resolve));

describe('coming in', () => {
  const works = async (options: Parameters<typeof natsEventBus>[0]) => {
    const { bus } = await openBus(options);
    await bus.serve('who', 'all', () => 'me');
    expect(await bus.request('who', null, 5_000)).toBe('me');
  };

  test('NB1 a user and password, or a token, are taken as options or in the address', async () => {
    const guarded = await NatsServer.start({ config: 'authorization { user: ada, password: "p@:ss/w%rd" }' });
    await works({ servers: `nats://ada:p%40%3Ass%2Fw%25rd@127.0.0.1:${guarded.port}` });
    await works({ servers: guarded.url, user: 'ada', pass: 'p@:ss/w%rd' });
    await guarded.restart({ config: 'authorization { token: "open sesame" }' });
    await works({ servers: `nats://open%20sesame@127.0.0.1:${guarded.port}` });
    await works({ servers: `127.0.0.1:${guarded.port}`, token: 'open sesame' });
  });

  test('NB1 an nkey comes from a file, and a renewed one is taken at the next connection', async () => {
    const [first, second] = [nkeys.createUser(), nkeys.createUser()];
    const users = [first, second].map((user) => `{ nkey: ${user.getPublicKey()} }`);
    const guarded = await NatsServer.start({ config: `authorization { users: [${users[0]}] }` });
    const nkeyFile = join(folder, 'seed');
    writeFileSync(nkeyFile, `${Buffer.from(first.getSeed())}\n`);
    const { bus } = await openBus({ servers: guarded.url, nkeyFile });
    await guarded.stop();
    await lostNow(bus);
    writeFileSync(nkeyFile, second.getSeed());
    const ready = back(bus);
    await guarded.restart({ config: `authorization { users: [${users[1]}] }` });
    await ready;
  });

  test('NB1 a credentials file signs; half written, the one before it is good', () => {
    const user = nkeys.createUser();
    const credsFile = join(folder, 'creds');
    const block = (name: string, body: string) => `-----BEGIN ${name}-----\n${body}\n------END ${name}------\n`;
    const creds = block('NATS USER JWT', 'a.jwt.b') + block('USER NKEY SEED', Buffer.from(user.getSeed()).toString());
    writeFileSync(credsFile, creds);
    const [authenticator] = settingsOf({ servers: server.url, credsFile }).settings.authenticator as [
      (nonce: string) => unknown,
    ];
    expect(authenticator('nonce')).toMatchObject({ jwt: 'a.jwt.b', nkey: user.getPublicKey() });
    writeFileSync(credsFile, creds.slice(0, 40));
    expect(authenticator('nonce')).toMatchObject({ jwt: 'a.jwt.b', nkey: user.getPublicKey() });
    expect(() => settingsOf({ servers: server.url, credsFile: join(folder, 'none') })).toThrow('none');
  });

  test('NB1 TLS is used when the address says so, and a server that nobody vouches for is refused', async () => {
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=nats'],
      ...['-addext', 'subjectAltName=DNS:localhost', '-out', certFile, '-keyout', keyFile],
    ]);
    expect(made.error, 'openssl is not installed. Run: apt-get install openssl').toBeUndefined();
    const guarded = await NatsServer.start({ config: `tls { cert_file: "${certFile}", key_file: "${keyFile}" }` });
    const servers = `tls://localhost:${guarded.port}`;
    await works({ servers, tls: { caFile: certFile } });
    await works({ servers, tls: { ca: readFileSync(certFile, 'utf8') } });
    await expect(natsEventBus({ servers, startTimeoutMs: 0 })).rejects.toThrow(/self-signed/i);
    // A server without TLS is none when TLS is asked for.
    await expect(natsEventBus({ servers: `tls://localhost:${server.port}`, startTimeoutMs: 0 })).rejects.toThrow('tls');
  });

  test('NB2 a start without a server, or with the wrong credentials, ends with a message that holds no secret', async () => {
    const guarded = await NatsServer.start({ config: 'authorization { user: ada, password: "right-one" }' });
    const wrong = natsEventBus({ servers: `nats://ada:wrong-one@127.0.0.1:${guarded.port}` });
    const message = await wrong.then(String, String);
    expect(message).toContain(`127.0.0.1:${guarded.port} refuses the credentials`);
    expect(message).not.toContain('wrong-one');
    await guarded.stop();
    const away = natsEventBus({ servers: `nats://ada:right-one@127.0.0.1:${guarded.port}`, startTimeoutMs: 300 });
    expect(await away.then(String, String)).toMatch(/127\.0\.0\.1:\d+ cannot be reached: connection refused/);
    for (const servers of ['http://127.0.0.1', 'nats://', 'nats://a b', '']) {
      await expect(natsEventBus({ servers })).rejects.toThrow('nats://host:port');
    }
  });

  test('NB2 a server that comes up a moment later is waited for', async () => {
    const late = await NatsServer.start();
    await late.stop();
    const opening = openBus({ servers: late.url });
    await late.restart();
    expect((await opening).bus.isReady()).toBe(true);
  });
});

describe('a server that goes and comes', () => {
  test('NB3 while it is away publish and request fail at once, and the bus says that it is away', async () => {
    const { bus } = await openBus({ servers: server.url });
    const told: string[] = [];
    bus.onLost(() => told.push('lost'));
    bus.onReady(() => told.push('ready'));
    await server.stop();
    await lostNow(bus);
    for (let i = 0; i < 1_000; i++) await expect(bus.publish('a', i)).rejects.toThrow('UNAVAILABLE');
    await expect(bus.request('a', 1, 60_000)).rejects.toThrow('UNAVAILABLE');
    const ready = back(bus);
    await server.restart();
    await ready;
    expect(told).toEqual(['lost', 'ready']);
    await bus.publish('a', 1);
  });

  test('NB4 subscriptions and served subjects are back with it, those of the time between, too, and those that ended are not', async () => {
    const [{ bus }, { bus: far }] = [await openBus({ servers: server.url }), await openBus({ servers: server.url })];
    const got: unknown[] = [];
    const ended: unknown[] = [];
    await bus.subscribe('before', (payload) => got.push(payload));
    const short = await bus.subscribe('before', (payload) => ended.push(payload));
    await bus.serve('served', 'all', (payload) => payload);
    await server.stop();
    await Promise.all([lostNow(bus), lostNow(far)]);
    await bus.subscribe('meanwhile', (payload) => got.push(payload));
    await short.unsubscribe();
    const ready = Promise.all([back(bus), back(far)]);
    await server.restart();
    await ready;
    await far.publish('before', 1);
    await far.publish('meanwhile', 2);
    await eventually(() => expect(got).toEqual([1, 2]));
    expect(ended).toEqual([]);
    expect(await far.request('served', 3, 5_000)).toBe(3);
  });

  test('NB4 it is ready when the server has every subscription, and not before', async () => {
    const statuses: Status[] = [
      { type: 'disconnect', server: '' },
      { type: 'reconnect', server: '' },
    ];
    const flushes: Array<() => void> = [];
    const closed = new Promise<void>(() => {});
    const nats = {
      async *status() {
        yield* statuses;
        await closed;
      },
      flush: () => new Promise<void>((resolve) => flushes.push(resolve)),
      closed: () => closed,
      isClosed: () => false,
    } as unknown as NatsConnection;
    const told: string[] = [];
    const link = new Link({ nats, replace: async () => undefined, onError: () => {} });
    link.on('lost', () => told.push('lost'));
    link.on('ready', () => told.push('ready'));
    await eventually(() => expect(flushes).toHaveLength(1));
    expect(told).toEqual(['lost']);
    expect(() => link.send('a', new Uint8Array())).toThrow('UNAVAILABLE');
    flushes[0]!();
    await eventually(() => expect(told).toEqual(['lost', 'ready']));
    expect(link.isReady).toBe(true);
  });

  test('NB4 a server that refuses the credentials for a while is tried until it takes them', async () => {
    const config = 'authorization { user: ada, password: right }';
    const guarded = await NatsServer.start({ config });
    const { bus, errors } = await openBus({ servers: guarded.url, user: 'ada', pass: 'right' });
    const got: unknown[] = [];
    await bus.subscribe('a', (payload) => got.push(payload));
    await guarded.restart({ config: config.replace('right', 'wrong') });
    const refusals = () => errors.filter(({ error }) => /authorization/i.test(String(error))).length;
    await eventually(() => expect(refusals()).toBeGreaterThan(4));
    expect(bus.isReady()).toBe(false);
    const ready = back(bus);
    await guarded.restart({ config });
    await ready;
    await bus.publish('a', 1);
    await eventually(() => expect(got).toEqual([1]));
  });

  test('NB4 a request that was underway when it went is TIMEOUT', async () => {
    const [{ bus }, { bus: far }] = [await openBus({ servers: server.url }), await openBus({ servers: server.url })];
    const asked: unknown[] = [];
    await far.serve('slow', 'all', (payload) => {
      asked.push(payload);
      return new Promise(() => {});
    });
    const answer = bus.request('slow', 1, 800);
    await eventually(() => expect(asked).toEqual([1]));
    await server.restart();
    await expect(answer).rejects.toThrow('TIMEOUT');
  });

  test('NB5 a server that does not read takes a bounded number of bytes, is found out, and is good again when it reads', async () => {
    const { bus } = await openBus({ servers: server.url, pingInterval: 300, timeout: 500 });
    server.freeze();
    try {
      const gone = lost(bus);
      const payload = 'x'.repeat(MAX_EVENT_BYTES - 2);
      let sent = 0;
      const refused = async () => {
        for (;;) {
          await bus.publish('a', payload);
          sent += MAX_EVENT_BYTES;
        }
      };
      await expect(refused()).rejects.toThrow('UNAVAILABLE');
      expect(bus.isReady()).toBe(true);
      expect(sent).toBeLessThanOrEqual(MAX_UNREAD);
      expect(sent).toBeGreaterThan(MAX_UNREAD / 2);
      await gone;
    } finally {
      server.thaw();
    }
    await back(bus);
    await bus.publish('a', 1);
  });
});

describe('what comes in', () => {
  test('NB6 what is no JSON, too large, or a request that waits for no answer is ignored and counted', async () => {
    const { bus, foreign, errors } = await openBus({ servers: server.url });
    const got: unknown[] = [];
    await bus.subscribe('gatehouse.presence.*', (payload) => got.push(payload));
    await bus.serve('gatehouse.node.n1.ask', 'n1', () => got.push('asked'));
    const other = await stranger();
    const bad = ['', '{', 'undefined', new Uint8Array([0x22, 0xff, 0x22]), `"${'x'.repeat(MAX_EVENT_BYTES)}"`];
    for (const payload of bad) other.publish('gatehouse.presence.ada', payload);
    other.publish('gatehouse.node.n1.ask', '1');
    other.publish('gatehouse.presence.ada', '[1]');
    await eventually(() => expect(got).toEqual([[1]]));
    await eventually(() => expect(foreign).toHaveLength(bad.length + 1));
    expect(foreign.filter((subject) => subject === 'gatehouse.presence.ada')).toHaveLength(bad.length);
    expect(errors).toEqual([]);
  });

  test('NB6 an answer that is no JSON is INTERNAL_ERROR, one that is too large PAYLOAD_TOO_LARGE', async () => {
    const { bus, foreign } = await openBus({ servers: server.url });
    const other = await stranger();
    answerWith(other, 'odd', 'no json');
    answerWith(other, 'big', `"${'x'.repeat(MAX_EVENT_BYTES)}"`);
    await other.flush();
    await expect(bus.request('odd', 1, 5_000)).rejects.toThrow('INTERNAL_ERROR');
    await expect(bus.request('big', 1, 5_000)).rejects.toThrow('PAYLOAD_TOO_LARGE');
    expect(foreign).toEqual(['odd', 'big']);
  });

  test('NB6 neither a listener nor a report that throws ends the reading', async () => {
    const { bus, errors } = await openBus({
      servers: server.url,
      onForeign: () => {
        throw new Error('of the report');
      },
    });
    const got: unknown[] = [];
    await bus.subscribe('a', (payload) => {
      got.push(payload);
      throw new Error('of the listener');
    });
    const other = await stranger();
    for (const payload of ['1', '{', '2']) other.publish('a', payload);
    await eventually(() => expect(got).toEqual([1, 2]));
    expect(errors.map(({ subject }) => subject)).toEqual(['a', 'a']);
  });
});

test('NB6 a server that takes less than 64 KiB makes what it does not take PAYLOAD_TOO_LARGE', async () => {
  const small = await NatsServer.start({ config: 'max_payload: 1KB' });
  const { bus } = await openBus({ servers: small.url });
  await bus.serve('echo', 'all', (payload) => payload);
  await expect(bus.publish('a', 'x'.repeat(2_000))).rejects.toThrow('PAYLOAD_TOO_LARGE');
  await expect(bus.request('echo', 'x'.repeat(2_000), 5_000)).rejects.toThrow('PAYLOAD_TOO_LARGE');
  expect(await bus.request('echo', 'x', 5_000)).toBe('x');
});

describe('subjects', () => {
  test('NB8 deployments with prefixes of their own share a server and hear nothing of each other', async () => {
    const { bus: test1 } = await openBus({ servers: server.url, prefix: 'staging.game1' });
    const { bus: test2 } = await openBus({ servers: server.url, prefix: 'staging.game2' });
    const { bus: plain } = await openBus({ servers: server.url });
    const got: string[] = [];
    for (const [name, bus] of Object.entries({ test1, test2, plain })) {
      await bus.subscribe('gatehouse.presence.*', (payload, subject) => got.push(`${name} ${subject} ${payload}`));
    }
    const other = await stranger();
    const wire: string[] = [];
    void (async () => {
      for await (const { subject } of other.subscribe('>')) wire.push(subject);
    })();
    await other.flush();
    await test1.publish('gatehouse.presence.ada', 1);
    await plain.publish('gatehouse.presence.ada', 2);
    await eventually(() => expect(got).toHaveLength(2));
    expect(got.sort()).toEqual(['plain gatehouse.presence.ada 2', 'test1 gatehouse.presence.ada 1']);
    await eventually(() => expect(wire.sort()).toEqual(['gatehouse.presence.ada', 'staging.game1.presence.ada']));
    await expect(natsEventBus({ servers: server.url, prefix: 'a b' })).rejects.toThrow('prefix');
  });

  test('NB9 what is no subject is refused before it reaches the server', async () => {
    const { bus } = await openBus({ servers: server.url });
    for (const subject of ['', 'a..b', '.a', 'a.', 'a b', 'a.*', 'a.>', 'a\r\nPUB b 0\r\n', 'ä', 'a\u0000']) {
      await expect(bus.publish(subject, 1)).rejects.toThrow(TypeError);
      await expect(bus.request(subject, 1, 1)).rejects.toThrow(TypeError);
      await expect(async () => bus.serve(subject, 'all', () => 1)).rejects.toThrow(TypeError);
    }
    for (const pattern of ['', 'a.>.b', '>.a', 'a..b', 'a b', 'a*', 'a\r\n']) {
      await expect(async () => bus.subscribe(pattern, () => {})).rejects.toThrow(TypeError);
    }
  });

  test('NB11 a subject that the server forbids is UNAVAILABLE and reported, and all else goes on', async () => {
    const user = '{ user: ada, password: ada, permissions: { publish: ["gatehouse.>"], subscribe: ["gatehouse.>"] } }';
    const guarded = await NatsServer.start({ config: `authorization { users: [${user}] }` });
    const { bus, errors } = await openBus({ servers: guarded.url, user: 'ada', pass: 'ada' });
    const got: unknown[] = [];
    await expect(bus.subscribe('other.a', () => {})).rejects.toThrow('UNAVAILABLE');
    await expect(bus.request('other.b', 1, 5_000)).rejects.toThrow('UNAVAILABLE');
    await bus.publish('other.c', 1);
    await bus.subscribe('gatehouse.a', (payload) => got.push(payload));
    await bus.publish('gatehouse.a', 1);
    await eventually(() => expect(got).toEqual([1]));
    for (const subject of ['other.a', 'other.b', 'other.c']) {
      expect(errors.some(({ error }) => String(error).includes(`"${subject}"`))).toBe(true);
    }
  });
});

test('NB10 close hands over what was published and answers what has come', async () => {
  const [{ bus }, { bus: far }] = [await openBus({ servers: server.url }), await openBus({ servers: server.url })];
  const got: unknown[] = [];
  await far.subscribe('last', (payload) => got.push(payload));
  const asked: Array<(answer: string) => void> = [];
  await bus.serve('slow', 'all', () => new Promise<string>((resolve) => asked.push(resolve)));
  const answer = far.request('slow', 1, 5_000);
  await eventually(() => expect(asked).toHaveLength(1));
  const numbers = Array.from({ length: 2_000 }, (_, i) => i);
  for (const i of numbers) void bus.publish('last', i);
  const closed = bus.close();
  asked[0]!('done');
  await closed;
  await eventually(() => expect(got).toEqual(numbers));
  expect(await answer).toBe('done');
});

test('NB10 close is done at once while the server is away', async () => {
  const away = await NatsServer.start();
  const { bus } = await openBus({ servers: away.url });
  const told: string[] = [];
  bus.onLost(() => told.push('lost'));
  bus.onReady(() => told.push('ready'));
  await bus.serve('a', 'all', () => 1);
  await away.stop();
  await lostNow(bus);
  await bus.close();
  await away.restart();
  expect(bus.isReady()).toBe(false);
  expect(told).toEqual(['lost']);
});

async function lostNow(bus: RequestBus): Promise<void> {
  await eventually(() => expect(bus.isReady()).toBe(false));
}

function answerWith(nats: NatsConnection, subject: string, answer: string): void {
  void (async () => {
    for await (const message of nats.subscribe(subject)) message.respond(answer);
  })();
}
