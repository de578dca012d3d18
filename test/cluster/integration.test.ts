import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { connect } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import {
  callEnvelope,
  everyNode,
  MAX_BUS_DEPTH,
  nodeEnvelope,
  notifyEnvelope,
  presenceEnvelope,
  readAnswer,
  roomEnvelope,
  subjectOfMethod,
  subjectOfNode,
  subjectOfNotify,
  subjectOfPresence,
  subjectOfRoom,
  subjectWord,
} from '../../schema/bus/index.ts';
import { DEFAULT_METHOD_TIMEOUT_MS } from '../../schema/index.ts';
import { WAITING } from '../../src/adapters/nats/Inbox.ts';
import { MAX_UNREAD } from '../../src/adapters/nats/Outgoing.ts';
import { NOTIFY_RATES } from '../../src/cluster/notify.ts';
import { MAX_SERVICE_CALLS } from '../../src/cluster/services.ts';
import { MAX_EVENT_BYTES } from '../../src/ports/event-bus.ts';
import { eventually } from '../support/eventually.ts';
import { NatsServer } from '../support/nats-server.ts';
import { openBus } from './support.ts';

const page = readFileSync('docs/integration.md', 'utf8');
const MiB = 1024 * 1024;

/** The fenced blocks that come after a marker. */
const blocks = (marker: string) =>
  [...page.matchAll(new RegExp(`<!-- ${marker} -->\n\`\`\`\\w*\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1]!);

test('SV13 the sample of the document is the file that the tests run, and is short', () => {
  const file = readFileSync('docs/samples/service.mjs', 'utf8');
  expect(page).toContain(`\`\`\`js\n${file}\`\`\``);
  expect(file.split('\n').length).toBeLessThan(40);
});

test('SV13 the examples of the document are envelopes, and a key more is refused where we write and dropped where we read', () => {
  const envelopes = {
    notify: notifyEnvelope,
    call: callEnvelope,
    presence: presenceEnvelope,
    room: roomEnvelope,
    node: nodeEnvelope,
  };
  for (const [name, { written, read }] of Object.entries(envelopes)) {
    const examples = blocks(`example: ${name}`).map((text) => JSON.parse(text));
    expect(examples, name).toHaveLength(1);
    expect(written.parse(examples[0])).toEqual(examples[0]);
    expect(written.safeParse({ ...examples[0], more: 1 }).success).toBe(false);
    expect(read.parse({ ...examples[0], more: 1 })).toEqual(examples[0]);
    expect(read.safeParse({ ...examples[0], v: 2 }).success).toBe(false);
  }
  const answers = blocks('example: answer').map((text) => JSON.parse(text));
  expect(answers).toHaveLength(2);
  for (const answer of answers) expect(readAnswer({ ...answer, more: 1 })).toEqual(answer);
  const presence = JSON.parse(blocks('example: presence')[0]!);
  const newer = { ...presence, user: { ...presence.user, mood: 'good' } };
  expect(presenceEnvelope.read.parse(newer)).toEqual(presence);
  expect(presenceEnvelope.written.safeParse(newer).success).toBe(false);
});

test('SV13 the names and subjects of the document are those of the code', () => {
  const names = page.slice(page.indexOf('| id | word |'), page.indexOf('## Envelopes'));
  const rows = [...names.matchAll(/^\| `(.+)` \| `(.+)` \|$/gm)];
  expect(rows).toHaveLength(4);
  for (const [, id, word] of rows) expect(subjectWord(id!)).toBe(word);
  const subjects = [
    subjectOfNotify('<userId>'),
    subjectOfMethod('<method>'),
    subjectOfPresence('<userId>'),
    subjectOfRoom('<roomId>'),
    subjectOfNode('<nodeId>', '<event>'),
  ].map((subject) => subject.replaceAll('=3C', '<').replaceAll('=3E', '>'));
  for (const subject of subjects) expect(page).toContain(`| \`${subject}\` |`);
  expect(subjectOfMethod('shop.price')).toBe('gatehouse.rpc.shop.price');
  expect(everyNode('state')).toBe('gatehouse.node.*.state');
});

test('SV13 the limits of the document are those of the code', () => {
  const { user, node } = NOTIFY_RATES;
  for (const row of [
    `| a message | ${MAX_EVENT_BYTES / 1024} KiB |`,
    `| depth of params, results, data | ${MAX_BUS_DEPTH} |`,
    `| notifications of one user, on one node | ${user.perSecond} a second, ${user.burst} at once |`,
    `| notifications of one node | ${node.perSecond} a second, ${node.burst} at once |`,
    `| messages that wait in a node | ${WAITING.box / MiB} MiB a subscription, ${WAITING.all / MiB} MiB in all |`,
    `| calls of a node that wait for services | ${MAX_SERVICE_CALLS} |`,
    `(${DEFAULT_METHOD_TIMEOUT_MS / 1_000} s unless its table says otherwise)`,
    `| sent by a node and not yet read by NATS | ${MAX_UNREAD / MiB} MiB |`,
  ]) {
    expect(page).toContain(row);
  }
});

test('SV14 with the permissions of the document each does its part and no other', async () => {
  const config = blocks('tested: permissions')[0]!.replace(/\$(NODE|SHOP|BOARD)_PASSWORD/g, 'secret');
  const server = await NatsServer.start({ config });
  const { bus } = await openBus({ servers: `nats://node:secret@127.0.0.1:${server.port}` });
  const [shop, board] = await Promise.all(
    ['shop', 'board'].map(async (user) => {
      const nats = await connect({ servers: server.url, user, pass: 'secret' });
      onTestFinished(() => nats.close());
      return nats;
    }),
  );
  const heard: string[] = [];
  await bus.subscribe('gatehouse.>', (_payload, subject) => heard.push(subject));

  const calls = shop!.subscribe('gatehouse.rpc.shop.price', { queue: 'shop' });
  void (async () => {
    for await (const call of calls) call.respond('1');
  })();
  await shop!.flush();
  expect(await bus.request('gatehouse.rpc.shop.price', {}, 5_000)).toBe(1);
  shop!.publish('gatehouse.user.ada.notify', '1');
  await bus.serve('gatehouse.node.n1.ask', 'n1', () => 2);
  expect(await bus.request('gatehouse.node.n1.ask', {}, 5_000)).toBe(2);

  const seen: string[] = [];
  void (async () => {
    for await (const { subject } of board!.subscribe('gatehouse.presence.*')) seen.push(subject);
  })();
  await board!.flush();
  await bus.publish('gatehouse.presence.ada', 1);
  await eventually(() => expect(seen).toEqual(['gatehouse.presence.ada']));

  for (const [nats, subject] of [
    [shop!, 'gatehouse.rpc.bank.pay'],
    [shop!, 'gatehouse.inbox.>'],
    [board!, 'gatehouse.user.*.notify'],
  ] as const) {
    const refused = nats.subscribe(subject).closed;
    expect(String(await refused)).toContain('Permissions Violation');
  }
  shop!.publish('gatehouse.presence.ada', '2');
  board!.publish('gatehouse.user.ada.notify', '2');
  await Promise.all([shop!.flush(), board!.flush()]);
  await bus.publish('gatehouse.presence.end', 3);
  await eventually(() => expect(heard).toContain('gatehouse.presence.end'));
  expect(heard.filter((subject) => subject === 'gatehouse.user.ada.notify')).toHaveLength(1);
  expect(heard.filter((subject) => subject === 'gatehouse.presence.ada')).toHaveLength(1);
});

test('SV14 the commands of the document show what they say', async () => {
  const monitor = await freePort();
  const server = await NatsServer.start({ config: `http: "127.0.0.1:${monitor}"` });
  const { bus } = await openBus({ servers: server.url });
  const got: unknown[] = [];
  await bus.subscribe('gatehouse.user.ada.notify', (payload) => got.push(payload));
  const [listens, connected, nats, send] = blocks('tested: command');
  const run = async (command: string) => {
    const env = { ...process.env, NATS_URL: server.url };
    return (await promisify(execFile)('sh', ['-c', command.replace('8222', String(monitor))], { env })).stdout;
  };
  expect(JSON.parse(await run(listens!))).toMatchObject({ total: 1 });
  expect(JSON.parse(await run(listens!.replace('.ada.', '.bob.')))).not.toHaveProperty('total');
  await bus.serve('gatehouse.rpc.shop.price', 'shop', () => 1);
  expect(await run(listens!.replace('user.ada.notify', 'rpc.shop.price'))).toContain('"qgroup": "shop"');
  expect(await run(connected!)).toContain('gatehouse.user.ada.notify');
  expect(await run(nats!)).toMatch(/"slow_consumers": 0/);
  await run(send!);
  await eventually(() => expect(got).toEqual([{ v: 1, method: 'shop.open' }]));
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
