import { monitorEventLoopDelay } from 'node:perf_hooks';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { MAX_BUS_DEPTH, subjectOfNotify } from '../../schema/bus/index.ts';
import { NOTIFY_RATES } from '../../src/cluster/notify.ts';
import type { RequestBus } from '../../src/ports/event-bus.ts';
import { eventually } from '../support/eventually.ts';
import { FakeClock } from '../support/FakeClock.ts';
import { NatsServer } from '../support/nats-server.ts';
import { desk, openBus, startProgram } from './support.ts';

const server = await NatsServer.start();

/** A service with nothing but a NATS client. */
async function service(): Promise<NatsConnection> {
  const nats = await connect({ servers: server.url });
  onTestFinished(() => nats.close());
  return nats;
}

async function node() {
  const opened = await openBus({ servers: server.url });
  return { ...opened, ...desk(opened.bus) };
}

test('SV2 a message goes to the nodes that have its user and to no other', async () => {
  const [one, two, other] = [await node(), await node(), await node()];
  for (const each of [one, two]) {
    each.notifications.add('ada', 's1');
    await each.notifications.listening('ada');
  }
  other.notifications.add('bob', 's2');
  await other.notifications.listening('bob');
  const shop = await service();
  shop.publish(subjectOfNotify('ada'), JSON.stringify({ v: 1, method: 'shop.open' }));
  shop.publish(subjectOfNotify('nobody'), JSON.stringify({ v: 1, method: 'shop.open' }));
  shop.publish(subjectOfNotify('bob'), JSON.stringify({ v: 1, method: 'shop.shut', params: { at: 1 }, more: true }));
  await eventually(() => expect(other.delivered).toHaveLength(1));
  expect(other.delivered).toEqual([{ userId: 'bob', method: 'shop.shut', params: { at: 1 } }]);
  expect(other.counters.all()).toEqual({ 'notify:reached': 1 });
  for (const each of [one, two]) {
    await eventually(() => expect(each.delivered).toEqual([{ userId: 'ada', method: 'shop.open', params: {} }]));
  }
});

test('SV3 a user is listened for from the first session to the last, and a quick return doubles nothing', async () => {
  const here = await node();
  const shop = await service();
  const say = (n: number) =>
    shop.publish(subjectOfNotify('ada'), JSON.stringify({ v: 1, method: 'shop.n', params: { n } }));
  const { notifications, delivered } = here;
  notifications.add('ada', 's1');
  notifications.add('ada', 's1');
  notifications.add('ada', 's2');
  notifications.remove('ada', 's1');
  notifications.remove('ada', 's1');
  notifications.remove('bob', 's9');
  await notifications.listening('ada');
  say(1);
  await eventually(() => expect(delivered).toHaveLength(1));
  for (let i = 0; i < 20; i++) {
    notifications.remove('ada', 's2');
    notifications.add('ada', 's2');
  }
  await notifications.listening('ada');
  say(2);
  await eventually(() => expect(delivered).toHaveLength(2));
  notifications.remove('ada', 's2');
  expect(notifications.size).toBe(0);
  notifications.add('bob', 's3');
  await notifications.listening('bob');
  say(3);
  shop.publish(subjectOfNotify('bob'), JSON.stringify({ v: 1, method: 'shop.end' }));
  await eventually(() => expect(delivered.at(-1)!.method).toBe('shop.end'));
  expect(delivered.map(({ params }) => params)).toEqual([{ n: 1 }, { n: 2 }, {}]);
  await notifications.close();
  expect(notifications.size).toBe(0);
});

test('SV3 what still comes for a stay that is over is not delivered to the next', async () => {
  const listeners: Array<(payload: unknown) => void> = [];
  let ended = 0;
  const bus = {
    subscribe: async (_subject: string, listener: (payload: unknown) => void) => {
      listeners.push(listener);
      return {
        unsubscribe: async () => {
          ended += 1;
        },
      };
    },
  } as unknown as RequestBus;
  const { notifications, delivered, counters } = desk(bus);
  notifications.add('ada', 's1');
  notifications.remove('ada', 's1');
  notifications.add('ada', 's2');
  for (const listener of listeners) listener({ v: 1, method: 'shop.a' });
  expect(delivered).toHaveLength(1);
  expect(counters.all()).toEqual({ 'notify:missed': 1, 'notify:reached': 1 });
  await eventually(() => expect(ended).toBe(1));
});

test('SV4 what is no notification, or speaks as the platform, is ignored and counted', async () => {
  const here = await node();
  here.notifications.add('ada', 's1');
  await here.notifications.listening('ada');
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const withDeep = (json: string) => `{"v":1,"method":"shop.a","params":{"deep":${json}}}`;
  const bad = [
    null,
    [],
    'text',
    {},
    { method: 'shop.a' },
    { v: 2, method: 'shop.a' },
    { v: '1', method: 'shop.a' },
    { v: 1 },
    { v: 1, method: '' },
    { v: 1, method: 'shop..a' },
    { v: 1, method: 'shop a' },
    { v: 1, method: 'x'.repeat(129) },
    { v: 1, method: 'shop.a', params: [1] },
    { v: 1, method: 'shop.a', params: 'text' },
    { v: 1, method: 'session.expiring', params: { expiresAt: 0, closesAt: 0 } },
    { v: 1, method: 'client.ping' },
    { v: 1, method: 'rpc.discover' },
    { v: 1, method: 'system.time' },
  ];
  const shop = await service();
  const texts = bad.map((message) => JSON.stringify(message));
  texts.push(...[MAX_BUS_DEPTH, 30_000].map((depth) => withDeep(nested(depth))));
  for (const text of [...texts, 'no json', withDeep(nested(MAX_BUS_DEPTH - 1))]) {
    shop.publish(subjectOfNotify('ada'), text);
  }
  await eventually(() => expect(here.delivered).toHaveLength(1));
  expect(here.counters.all()).toEqual({ 'notify:foreign': texts.length, 'notify:reached': 1 });
  expect(here.foreign).toEqual([subjectOfNotify('ada')]);
});

test('SV4 a delivery that throws, or reaches nobody, is counted and hurts nothing', async () => {
  const { bus } = await openBus({ servers: server.url });
  const { notifications, counters, faults } = desk(bus, {
    online: (userId) => {
      if (userId === 'breaks') throw new Error('of the room');
      return 0;
    },
  });
  const shop = await service();
  for (const userId of ['breaks', 'away']) {
    notifications.add(userId, 's1');
    await notifications.listening(userId);
    shop.publish(subjectOfNotify(userId), JSON.stringify({ v: 1, method: 'shop.a' }));
  }
  await eventually(() => expect(counters.all()).toEqual({ 'notify:faults': 1, 'notify:missed': 1 }));
  expect(faults).toHaveLength(1);
});

test('SV5 each user and each node takes a bounded number of notifications a second', () => {
  const clock = new FakeClock();
  const listeners = new Map<string, (payload: unknown) => void>();
  const bus = {
    subscribe: async (subject: string, listener: (payload: unknown) => void) => {
      listeners.set(subject, listener);
      return { unsubscribe: async () => {} };
    },
  } as unknown as RequestBus;
  const { notifications, counters, delivered } = desk(bus, { clock });
  const users = Array.from({ length: 200 }, (_, i) => `user-${i}`);
  for (const user of users) notifications.add(user, 's1');
  const send = (user: string, count: number) => {
    for (let i = 0; i < count; i++) listeners.get(subjectOfNotify(user))!({ v: 1, method: 'shop.a' });
  };
  send('user-0', 1_000);
  expect(delivered).toHaveLength(NOTIFY_RATES.user.burst);
  expect(counters.get('notify', 'limited_user')).toBe(1_000 - NOTIFY_RATES.user.burst);
  clock.advance(1_000);
  send('user-0', 1_000);
  expect(delivered).toHaveLength(NOTIFY_RATES.user.burst + NOTIFY_RATES.user.perSecond);

  clock.advance(10_000);
  delivered.length = 0;
  for (const user of users) send(user, NOTIFY_RATES.user.burst);
  expect(delivered).toHaveLength(NOTIFY_RATES.node.burst);
  expect(counters.get('notify', 'limited_node')).toBe(users.length * NOTIFY_RATES.user.burst - NOTIFY_RATES.node.burst);
});

test('SV5 100,000 notifications to one user and as many to nobody leave the loop responsive and the others served', async () => {
  const count = 100_000;
  const here = await node();
  for (const userId of ['flooded', 'quiet']) {
    here.notifications.add(userId, 's1');
    await here.notifications.listening(userId);
  }
  const args = [String(count), subjectOfNotify('flooded'), subjectOfNotify('quiet')];
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const flood = await startProgram('test/cluster/flood.mjs', { NATS_URL: server.url }, args);
  delay.enable();
  const started = performance.now();
  expect(await flood.line()).toBe('done');
  await eventually(() => expect(here.delivered).toContainEqual({ userId: 'quiet', method: 'shop.last', params: {} }));
  const { counters, dropped, bus } = here;
  const of = (label: string) => counters.get('notify', label);
  // Nothing of what was for nobody has come.
  await eventually(() => expect(of('reached') + of('limited_user') + dropped.length).toBe(count + 1));
  delay.disable();
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `flood of ${2 * count} in ${seconds.toFixed(1)} s: ${of('reached')} reached, ${of('limited_user')} over the rate, ` +
      `${dropped.length} dropped unread; loop delay p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms, ` +
      `most ${(delay.max / 1e6).toFixed(0)} ms`,
  );
  expect(of('missed')).toBe(0);
  expect(of('reached')).toBeLessThanOrEqual(1 + NOTIFY_RATES.user.burst + NOTIFY_RATES.user.perSecond * (seconds + 1));
  // Seconds, where the machine is busy with other tests; the bound of a turn is proved by NB7.
  expect(delay.max / 1e6).toBeLessThan(2_000);
  expect(delay.percentile(90) / 1e6).toBeLessThan(200);
  expect(bus.isReady()).toBe(true);
});

test('SV12 a subscription that the bus refuses is counted and told, and the player stays', async () => {
  const { bus } = await openBus({ servers: server.url });
  await bus.close();
  const { notifications, counters, faults } = desk(bus);
  notifications.add('ada', 's1');
  expect(await notifications.listening('ada')).toBe(false);
  expect(counters.get('notify', 'faults')).toBe(1);
  expect(faults).toHaveLength(1);
  notifications.remove('ada', 's1');
  await notifications.close();
});
