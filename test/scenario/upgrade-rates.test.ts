/** Many players behind one address, over real sockets: who is held up, and who is not. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errors } from '../../schema/index.ts';
import { RELAY_HEADER, signRelay } from '../../src/cluster/relay-header.ts';
import { growth } from '../support/bystander.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { matchmake, RawClient, Refused, returnPath } from '../support/raw-client.ts';

const server = await startGatehouse({
  TRUST_PROXY: '1',
  MAX_CONNECTIONS_PER_ADDRESS: '50',
  JOINS_PER_ADDRESS: '1000',
  RECONNECT_WINDOW: '60',
});
const { counters, sessions } = server.platform;
/** As UpgradeRates has it for 50 connections. */
const AT_ONCE = 200;
const PER_SECOND = 5;
const OF_ONE_SESSION = 20;

let before: Record<string, number> = {};
const grown = () => growth(before, counters.all());
beforeEach(() => {
  before = counters.all();
});
afterEach(() => eventually(() => expect(server.connections.size).toBe(0)));

const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });

/** Opens sockets one after the other until one is refused; says how many there were, and for how long. */
async function openUntilRefused(path: (i: number) => string, headers: Record<string, string>) {
  const began = Date.now();
  for (let i = 0; ; i++) {
    try {
      const client = await RawClient.connect(server.url, path(i), { headers });
      client.cut();
      // As many at once as an address may have is another limit.
      await eventually(() => expect(server.connections.size).toBeLessThan(40));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { opened: i, seconds: (Date.now() - began) / 1_000, refused: error };
    }
  }
}

function isRateLimited({ status, body }: Refused): void {
  const { http, code, retryable } = errors.RATE_LIMITED;
  expect(status).toBe(http);
  expect(JSON.parse(body)).toMatchObject({ name: 'RATE_LIMITED', code, retryable });
  const { retryAfterMs } = JSON.parse(body).data;
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(1_000);
}

test('GT39 sockets of one address are opened at a bounded rate; one more is RATE_LIMITED and told when to come back', async () => {
  const { opened, seconds, refused } = await openUntilRefused(() => '/nowhere', from('203.0.113.1').headers);
  expect(opened).toBeGreaterThanOrEqual(AT_ONCE);
  expect(opened).toBeLessThanOrEqual(AT_ONCE + seconds * PER_SECOND + 1);
  isRateLimited(refused);
  expect(grown()['upgrades_refused:RATE_LIMITED']).toBe(1);
  // Another address is another matter, and this one may come again when it has waited.
  (await RawClient.connect(server.url, '/nowhere', from('203.0.113.2'))).cut();
  await eventually(async () => (await RawClient.connect(server.url, '/nowhere', from('203.0.113.1'))).cut());
});

test('GT39 sockets of one address are opened at a bounded rate: a loop costs no verification of its token', async () => {
  const token = server.token('eve');
  const seat = { name: 'world', processId: server.nodeId, roomId: 'gone', sessionId: 'eve' };
  const { opened } = await openUntilRefused(() => returnPath(seat, 'secret', token), from('203.0.113.3').headers);
  const asked = grown().connections_opened;
  expect(asked).toBe(opened);
  const more = await Promise.allSettled(
    Array.from({ length: 100 }, () =>
      RawClient.connect(server.url, returnPath(seat, 'secret', token), from('203.0.113.3')),
    ),
  );
  const let_in = more.filter(({ status }) => status === 'fulfilled').length;
  expect(let_in).toBeLessThan(20);
  for (const one of more) if (one.status === 'fulfilled') one.value.cut();
});

test('GT40 a session that comes back in a loop is bounded by itself; neighbours come back, and so does it when it has waited', async () => {
  const home = from('203.0.113.4');
  const token = server.token('ada');
  const ada = await RawClient.join(server.url, token, home);
  await ada.settled();
  const bob = await RawClient.join(server.url, server.token('bob'), home);
  await bob.settled();
  ada.cut();
  const loop = () => returnPath(ada.seat!, 'guess', token);
  const { opened, seconds, refused } = await openUntilRefused(loop, home.headers);
  // Her first connection was one of them.
  expect(opened).toBeGreaterThanOrEqual(OF_ONE_SESSION - 1);
  expect(opened).toBeLessThanOrEqual(OF_ONE_SESSION + seconds + 1);
  isRateLimited(refused);

  bob.cut();
  await eventually(() => expect(sessions.get(bob.sessionId)?.state.name).toBe('dropped'));
  const bobAgain = await RawClient.return(server.url, bob, server.token('bob'), home);
  expect(await bobAgain.call('session.get')).toMatchObject({ result: { id: bob.sessionId } });

  let adaAgain: RawClient | undefined;
  await eventually(async () => {
    adaAgain = await RawClient.return(server.url, ada, token, home);
  });
  expect(await adaAgain!.call('session.get')).toMatchObject({ result: { id: ada.sessionId, state: 'online' } });
  await Promise.all([adaAgain!.leave(), bobAgain.leave()]);
});

/** What a deploy of the balancer does to them: all are lost in one moment, and come back in the next. */
test('GT41 all whom an address may have come back at once, several times over', { timeout: 60_000 }, async () => {
  const home = from('203.0.113.5');
  const names = Array.from({ length: 50 }, (_, i) => `home-${i}`);
  let players = await Promise.all(
    names.map((name) => RawClient.join(server.url, server.token(name), { ...home, room: 'lobby' })),
  );
  await Promise.all(players.map((player) => player.settled()));
  const ids = players.map(({ sessionId }) => sessionId);
  for (let deploy = 0; deploy < 3; deploy++) {
    for (const player of players) player.cut();
    await eventually(() => expect(server.connections.size).toBe(0));
    players = await Promise.all(
      players.map((player, i) => RawClient.return(server.url, player, server.token(names[i]!), home)),
    );
    await Promise.all(players.map((player) => player.settled()));
  }
  expect(players.map(({ sessionId }) => sessions.get(sessionId)?.state.name)).toEqual(ids.map(() => 'online'));
  expect(players.map(({ sessionId }) => sessionId)).toEqual(ids);
  expect(grown()['upgrades_refused:RATE_LIMITED']).toBeUndefined();
  await Promise.all(players.map((player) => player.leave()));
});

test('GT42 a relayed socket counts for the address that the other node vouches for', async () => {
  const path = '/nowhere';
  const relayedFor = (address: string) => ({
    'X-Forwarded-For': '203.0.113.99',
    [RELAY_HEADER]: signRelay({ from: 'other', to: server.nodeId, address }, path, server.nodes.secret),
  });
  const { opened } = await openUntilRefused(() => path, relayedFor('2001:db8::1'));
  expect(opened).toBeGreaterThanOrEqual(AT_ONCE);
  // Neither the road nor another client behind it has anything to do with it, a neighbour in its network has.
  (await RawClient.connect(server.url, path, from('203.0.113.99'))).cut();
  (await RawClient.connect(server.url, path, { headers: relayedFor('2001:db8:1::1') })).cut();
  await expect(RawClient.connect(server.url, path, { headers: relayedFor('2001:db8::2') })).rejects.toBeInstanceOf(
    Refused,
  );
});

test('GT38 limits per address count an IPv6 network of 64 bits as one address: connections', async () => {
  const open = (address: string) => RawClient.connect(server.url, '/nowhere', from(address));
  const sockets = await Promise.all(Array.from({ length: 50 }, (_, i) => open(`2001:db8:2::${i.toString(16)}`)));
  await expect(open('2001:db8:2::ffff')).rejects.toMatchObject({ status: errors.RATE_LIMITED.http });
  sockets.push(await open('2001:db8:2:1::1'));
  expect([...server.connections].map(({ address }) => address)).toContain('2001:db8:2::1f');
  for (const socket of sockets) socket.cut();
  await eventually(() => expect(server.connections.size).toBe(0));
  // Those that are gone do not count.
  (await open('2001:db8:2::ffff')).cut();
});

test('GT38 limits per address count an IPv6 network of 64 bits as one address: joins', async () => {
  const ask = async (address: string) =>
    (await matchmake(server.url, 'joinOrCreate/nope', { headers: from(address).headers })).status;
  const answers = await Promise.all(Array.from({ length: 700 }, (_, i) => ask(`2001:db8:3::${i.toString(16)}`)));
  expect(answers).toContain(errors.RATE_LIMITED.http);
  expect(await ask('2001:db8:3:1::1')).not.toBe(errors.RATE_LIMITED.http);
});
