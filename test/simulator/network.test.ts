import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Link, Network, type NetworkOptions } from '../../simulator/index.ts';

/** Answers all that it gets with the same, but for what begins with `!`. */
class Echo {
  readonly accepted: Socket[] = [];
  /** Of all connections, in order: text, `end`, and `reset` or `closed`. */
  readonly seen: string[] = [];
  readonly #server = createServer({ allowHalfOpen: true }, (socket) => {
    this.accepted.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      this.seen.push(bytes.toString());
      if (bytes[0] !== '!'.charCodeAt(0)) socket.write(bytes);
    });
    socket.on('end', () => this.seen.push('end') && socket.end());
    socket.on('close', (broken) => this.seen.push(broken ? 'reset' : 'closed'));
  });

  static async open(): Promise<Echo> {
    const echo = new Echo();
    await once(echo.#server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      for (const socket of echo.accepted) socket.destroy();
      echo.#server.close();
    });
    return echo;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
}

/** A client, and what it saw. */
class Caller {
  readonly socket: Socket;
  text = '';
  readonly seen: string[] = [];

  private constructor(to: number) {
    this.socket = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void this.socket.destroy());
    this.socket.on('error', () => {});
    this.socket.on('data', (bytes) => {
      this.text += bytes;
    });
    this.socket.on('end', () => this.seen.push('end'));
    this.socket.on('close', (broken) => this.seen.push(broken ? 'reset' : 'closed'));
  }

  /** Connected; through a link also to the server, and heard of by both. */
  static async of(to: number, { hello = true } = {}): Promise<Caller> {
    const caller = new Caller(to);
    // One that is reset at once may never be connected.
    await new Promise((resolve) => caller.socket.once('connect', resolve).once('close', resolve));
    if (hello) await caller.asks('hello ');
    return caller;
  }

  /** Says something and waits until it is back. */
  async asks(what: string): Promise<void> {
    const before = this.text;
    this.socket.write(what);
    await expect.poll(() => this.text).toBe(before + what);
  }
}

/** A link to a server of its own. */
async function open(profile?: NetworkOptions['profile']): Promise<{ link: Link; echo: Echo }> {
  const echo = await Echo.open();
  const network = new Network({ seed: 1, profile });
  onTestFinished(() => network.close());
  return { echo, link: await network.link({ to: { port: echo.port } }) };
}

const text = (bytes: number) => 'abcdefghij'.repeat(bytes / 10);

test('SM3 through a link all comes whole and in order, and not before its latency and rate allow', async () => {
  const { link } = await open({
    latencyMs: 30,
    jitterMs: 20,
    loss: 0.1,
    upBytesPerSecond: 200_000,
    downBytesPerSecond: 100_000,
  });
  const caller = await Caller.of(link.port, { hello: false });
  const beganAt = performance.now();
  caller.socket.write(text(20_000));
  await expect.poll(() => caller.text.length).toBe(20_000);
  // The last byte leaves after 100 ms, and the line back needs 200 for all of them.
  expect(performance.now() - beganAt).toBeGreaterThanOrEqual(30 + 200 + 30);
  expect(caller.text).toBe(text(20_000));
});

test('SM3 each end may end its own half, and the other goes on', async () => {
  const { link } = await open('4g');
  const caller = await Caller.of(link.port);
  caller.socket.end(text(500));
  await expect.poll(() => caller.seen).toEqual(['end', 'closed']);
  expect(caller.text).toBe(`hello ${text(500)}`);
  await expect.poll(() => link.connections.size).toBe(0);
});

test('SM3 an end that was reset resets the other, behind what was said before', async () => {
  const { link, echo } = await open();
  const caller = await Caller.of(link.port);
  link.hold('down');
  echo.accepted[0]!.write('last words');
  await expect.poll(() => [...link.connections][0]!.waitingBytes).toBe(10);
  echo.accepted[0]!.resetAndDestroy();
  await expect.poll(() => echo.seen.at(-1)).toBe('closed');
  link.heal();
  await expect.poll(() => caller.seen).toEqual(['reset']);
  expect(caller.text).toBe('hello last words');
});

test('SM3 a server that is not there resets its clients', async () => {
  const network = new Network({ seed: 1 });
  onTestFinished(() => network.close());
  const nobody = createServer().listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const gone = (nobody.address() as AddressInfo).port;
  nobody.close();
  const link = await network.link({ to: { port: gone } });
  const caller = await Caller.of(link.port, { hello: false });
  await expect.poll(() => caller.seen).toEqual(['reset']);
});

test('SM5 a fast source into a slow link is held back: the link holds no more than its bound', async () => {
  const queueBytes = 32_768;
  const { link, echo } = await open({ downBytesPerSecond: 400_000, queueBytes });
  const caller = await Caller.of(link.port);
  const [connection] = link.connections;
  // More than the system's own buffers take.
  const all = 64 * 1_048_576;
  let most = 0;
  let got = 0;
  caller.socket.on('data', (bytes: Buffer) => {
    got += bytes.byteLength;
    most = Math.max(most, connection!.waitingBytes);
  });
  echo.accepted[0]!.write(Buffer.alloc(all));
  await expect.poll(() => got).toBeGreaterThan(200_000);
  // The queue, one read, and what the last write may leave in the socket.
  expect(most).toBeGreaterThan(queueBytes / 2);
  expect(most).toBeLessThan(queueBytes + 65_536 + 65_536 + 1_460);
  // Where it waits is at its source.
  expect(echo.accepted[0]!.writableLength).toBeGreaterThan(all / 2);
});

test('SM5 a client that does not read holds the server back as well', async () => {
  const { link, echo } = await open();
  const caller = await Caller.of(link.port);
  const [connection] = link.connections;
  caller.socket.pause();
  const all = 64 * 1_048_576;
  echo.accepted[0]!.write(Buffer.alloc(all));
  await expect.poll(() => connection!.waitingBytes).toBeGreaterThan(262_144);
  // Another one is served meanwhile.
  const other = await Caller.of(link.port);
  for (let i = 0; i < 20; i++) await other.asks(`${i} `);
  expect(connection!.waitingBytes).toBeLessThan(262_144 + 65_536 + 65_536 + 1_460);
  expect(echo.accepted[0]!.writableLength).toBeGreaterThan(0);
});

test.each(['reset', 'end'] as const)(
  'SM6 a link that is cut tells both ends (%s), and takes new connections',
  async (how) => {
    const { link, echo } = await open();
    const caller = await Caller.of(link.port);
    echo.seen.length = 0;
    link.cut(how);
    await expect.poll(() => caller.seen[0]).toBe(how);
    await expect.poll(() => echo.seen[0]).toBe(how);
    if (how === 'end') caller.socket.end();
    await expect.poll(() => link.connections.size).toBe(0);
    await Caller.of(link.port);
  },
);

test('SM6 one connection may be cut, and the others go on', async () => {
  const { link } = await open();
  const [one, other] = [await Caller.of(link.port), await Caller.of(link.port)];
  [...link.connections][0]!.cut('reset');
  await expect.poll(() => one.seen).toEqual(['reset']);
  await other.asks('still there? ');
});

test('SM7 on a silent link nobody hears anything, no end either; who lost something is reset when it is healed', async () => {
  const { link, echo } = await open({ latencyMs: 1 });
  const [speaks, leaves, listens] = [
    await Caller.of(link.port),
    await Caller.of(link.port),
    await Caller.of(link.port),
  ];
  const direct = await Caller.of(echo.port);
  echo.seen.length = 0;
  link.goSilent();
  speaks.socket.write('!lost');
  leaves.socket.resetAndDestroy();
  const late = await Caller.of(link.port, { hello: false });
  late.socket.write('!lost too');
  echo.accepted[2]!.end('lost as well');
  // What is said directly comes, many times over.
  for (let i = 0; i < 20; i++) await direct.asks('direct ');
  expect(new Set(echo.seen)).toEqual(new Set(['direct ']));
  expect([speaks, listens, late].map((caller) => caller.seen)).toEqual([[], [], []]);
  expect(listens.text).toBe('hello ');
  echo.seen.length = 0;
  link.heal();
  await expect
    .poll(() => [speaks, listens, late].map((caller) => caller.seen))
    .toEqual([['reset'], ['reset'], ['reset']]);
  await expect.poll(() => echo.seen).toEqual(['reset', 'reset', 'reset']);
  await Caller.of(link.port);
});

test('SM7 a connection that lost nothing while it was silent goes on', async () => {
  const { link } = await open();
  const caller = await Caller.of(link.port);
  link.goSilent();
  link.heal();
  await caller.asks('and on ');
  expect(caller.seen).toEqual([]);
});

test('SM7 what was on its way when a link went silent is lost', async () => {
  const { link, echo } = await open({ latencyMs: 5_000 });
  const caller = await Caller.of(link.port, { hello: false });
  caller.socket.write('hello');
  await expect.poll(() => [...link.connections][0]?.waitingBytes).toBe(5);
  link.goSilent();
  link.heal();
  await expect.poll(() => caller.seen).toEqual(['reset']);
  await expect.poll(() => echo.seen).toEqual(['reset']);
});

test('SM7 a silent link that is closed ends its connections', async () => {
  const { link } = await open();
  const [caller, other] = [await Caller.of(link.port), await Caller.of(link.port)];
  link.goSilent();
  caller.socket.write('!lost');
  const late = await Caller.of(link.port, { hello: false });
  await link.close();
  await expect.poll(() => [caller, other, late].map((each) => each.seen)).toEqual([['reset'], ['reset'], ['reset']]);
});

test('SM8 what is held comes later, all of it, and an end behind it', async () => {
  const { link, echo } = await open();
  const caller = await Caller.of(link.port);
  const direct = await Caller.of(echo.port);
  echo.seen.length = 0;
  link.hold();
  caller.socket.end('!held');
  echo.accepted[0]!.write('held as well');
  for (let i = 0; i < 20; i++) await direct.asks('direct ');
  expect(new Set(echo.seen)).toEqual(new Set(['direct ']));
  expect(caller.text).toBe('hello ');
  echo.seen.length = 0;
  link.heal();
  await expect.poll(() => echo.seen).toEqual(['!held', 'end', 'closed']);
  await expect.poll(() => caller.seen).toEqual(['end', 'closed']);
  expect(caller.text).toBe('hello held as well');
});

test('SM8 one way may be held by itself, also of connections that come meanwhile', async () => {
  const { link, echo } = await open();
  const caller = await Caller.of(link.port);
  link.hold('down');
  const late = await Caller.of(link.port, { hello: false });
  late.socket.write('late ');
  caller.socket.write('up ');
  await expect.poll(() => echo.seen.toSorted()).toEqual(['hello ', 'late ', 'up ']);
  expect([caller.text, late.text]).toEqual(['hello ', '']);
  link.heal();
  await expect.poll(() => [caller.text, late.text]).toEqual(['hello up ', 'late ']);
});

test('SM9 a link that refuses resets who comes, keeps who is there, and its port', async () => {
  const { link, echo } = await open();
  const caller = await Caller.of(link.port);
  link.refuse();
  const { port: same } = link;
  const refused = await Caller.of(link.port, { hello: false });
  await expect.poll(() => refused.seen).toEqual(['reset']);
  await caller.asks('I may stay ');
  expect(echo.seen).toEqual(['hello ', 'I may stay ']);
  link.heal();
  expect(link.port).toBe(same);
  await Caller.of(link.port);
});

test('SM10 conditions change while it runs, of the link or of one connection, and heal to what they were', async () => {
  const { link, echo } = await open();
  const [own, other] = [await Caller.of(link.port), await Caller.of(link.port)];
  const [connection] = link.connections;
  connection!.shape({
    latencyMs: 60_000,
    jitterMs: 0,
    loss: 0,
    upBytesPerSecond: 1e9,
    downBytesPerSecond: 1e9,
    queueBytes: 1_000,
  });
  own.socket.write('!slow');
  await expect.poll(() => connection!.waitingBytes).toBe(5);
  await other.asks('quick ');
  link.shape({ latencyMs: 50 });
  const beganAt = performance.now();
  await other.asks('slower ');
  expect(performance.now() - beganAt).toBeGreaterThanOrEqual(100);
  expect(echo.seen).not.toContain('!slow');
  link.heal();
  link.shape({ downBytesPerSecond: 1 });
  link.shape('perfect');
  await other.asks(text(100_000));
});

test('SM10 conditions that are none are refused', async () => {
  const { link } = await open();
  for (const bad of [{ loss: 2 }, { latencyMs: -1 }, { upBytesPerSecond: 0 }, { queueBytes: Number.NaN }]) {
    expect(() => link.shape(bad)).toThrow(RangeError);
  }
});

test('SM13 links lead to this machine, unless somebody says otherwise', async () => {
  const network = new Network({ seed: 1 });
  onTestFinished(() => network.close());
  await expect(network.link({ to: { host: '192.0.2.1', port: 80 } })).rejects.toThrow('not this machine');
  expect(network.links).toEqual([]);
  const free = new Network({ seed: 1, mayLeave: true });
  onTestFinished(() => free.close());
  expect((await free.link({ to: { host: '192.0.2.1', port: 80 } })).address).toMatch(/^127\.0\.0\.1:\d+$/);
});
