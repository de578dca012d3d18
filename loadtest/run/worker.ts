/** One process of a run: its share of the players. Started by `Crew`, spoken to over IPC. */
import '../clients/install-socket.ts';
import { performance } from 'node:perf_hooks';
import { Network } from '../../simulator/index.ts';
import { Actor } from '../actor/Actor.ts';
import { Pacer } from '../actor/Pacer.ts';
import { RoomBook } from '../actor/RoomBook.ts';
import type { Scenario } from '../actor/Scenario.ts';
import type { Stage } from '../actor/Stage.ts';
import { JoinRefused } from '../clients/Player.ts';
import { Tally } from '../measure/Tally.ts';
import { hearConsole } from './console.ts';
import { loadScenario, settingsOf } from './load-scenario.ts';
import { type FromWorker, isMessage, type Part, type ToWorker } from './messages.ts';

const REPORT_MS = 1_000;
/** How long all may take to leave. */
const LEAVE_MS = 5_000;

const tally = new Tally();
const over = new AbortController();
const book = new RoomBook({
  ask: (room, gone) => tell({ kind: 'find', room, gone }),
  tell: (room, roomId) => tell({ kind: 'made', room, roomId }),
});
const pacer = new Pacer((late) => tally.time('lateness', late));
const begun = Promise.withResolvers<number>();
let finish = () => {};
let busy = performance.eventLoopUtilization();

hearConsole(tally);
// However the run ended, no players may be left behind.
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {}); // The parent has it, too, and says when to finish.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    if (error instanceof JoinRefused) return;
    tally.count('errors');
    tally.problem(`the scenario threw outside of its call: ${error instanceof Error ? error.message : String(error)}`);
  });
}
process.on('message', (message) => {
  if (!isMessage<ToWorker>(message)) return;
  if (message.kind === 'part') void work(message.part);
  if (message.kind === 'begin') begun.resolve(message.at);
  if (message.kind === 'room') book.heard(message.room, message.news);
  if (message.kind === 'finish') finish();
});

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

async function work(part: Part): Promise<void> {
  let scenario: Scenario;
  let settings: Readonly<Record<string, number>>;
  try {
    scenario = await loadScenario(part.scenario);
    settings = settingsOf(scenario, part.settings);
  } catch (error) {
    tell({ kind: 'unable', sentence: (error as Error).message });
    return;
  }
  const room = part.room ?? scenario.room;
  const rooms = part.rooms ?? scenario.rooms;
  const network = part.network === undefined ? undefined : new Network({ seed: part.seed, mayLeave: true });
  const url = network === undefined ? part.url : await throughLine(network, part);
  tell({ kind: 'ready', cast: { summary: scenario.summary, room, rooms, settings } });

  const startAt = (await begun.promise) - performance.timeOrigin;
  const fullAt = startAt + (part.clients / part.joinsPerSecond) * 1_000;
  const endsAt = fullAt + part.durationMs;
  const { client, clients, seed } = part;
  const stage: Stage = {
    url,
    client,
    room,
    rooms,
    clients,
    seed,
    settings,
    tally,
    pacer,
    book,
    over: over.signal,
    fullAt,
    endsAt,
  };
  const joinAt = (index: number) => startAt + (index / part.joinsPerSecond) * 1_000;
  const actors = part.players.map(({ index, token }) => new Actor(stage, index, token, joinAt(index)));

  const look = () => {
    const now = performance.now();
    for (const actor of actors) actor.expireCalls(now);
    const next = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(next, busy);
    busy = next;
    const present = actors.filter(({ isIn }) => isIn).length;
    const away = actors.filter(({ isAway }) => isAway).length;
    tell({ kind: 'saw', saw: { at: now - startAt, tally: tally.take(), present, away, busy: utilization } });
  };
  const looking = setInterval(look, REPORT_MS);
  const playing = actors.map((actor) => playOne(actor, scenario, joinAt(actor.index)));
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  await finished;
  pacer.close();
  await Promise.all(actors.map((actor) => actor.answered()));
  clearInterval(looking);
  look();
  // Who leaves gets no patches: from here on nothing is measured.
  over.abort();
  book.close();
  const left = Promise.all([...playing, ...actors.map((actor) => actor.leave())]);
  await Promise.race([left, new Promise((resolve) => setTimeout(resolve, LEAVE_MS))]);
  await network?.close();
  tell({ kind: 'finished' });
  process.disconnect();
}

async function playOne(actor: Actor, scenario: Scenario, joinAt: number): Promise<void> {
  actor.joinsAt(joinAt);
  if (!(await actor.waitsToJoin())) return;
  try {
    await scenario.play(actor);
  } catch (error) {
    if (error instanceof JoinRefused || over.signal.aborted) return;
    tally.count('errors');
    tally.problem(`the scenario threw: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await actor.leave();
  }
}

async function throughLine(network: Network, part: Part): Promise<string> {
  const { hostname, port, pathname } = new URL(part.url);
  const link = await network.link({
    to: { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) },
    profile: part.network!,
  });
  return `http://${link.address}${pathname.replace(/\/$/, '')}`;
}
