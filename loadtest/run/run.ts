import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { LoadOptions } from '../options.ts';
import { Crew } from './Crew.ts';
import type { Cast } from './messages.ts';
import { Recording } from './Recording.ts';
import { RoomDesk } from './RoomDesk.ts';
import { signTokens } from './tokens.ts';

/** Players that one process takes by default: the SDK decodes everything, the lean client hardly anything. */
const PLAYERS_PER_WORKER = { sdk: 100, lean: 500 } as const;
const READY_MS = 30_000;
/** From the word that all is ready to the first join, so that all workers have heard it. */
const LEAD_MS = 200;
const LOOK_MS = 250;
/** Leaving, and the last answers. */
const FINISH_MS = 12_000;
const ANSWER_MS = 5_000;
/** Nobody in for so long, and the server is asked whether it is there. */
const EMPTY_MS = 3_000;
/** Joins that were refused, and none that was not: more of the same would say nothing new. */
const HOPELESS = 10;

export interface Progress {
  readonly cast: Cast;
  readonly recording: Recording;
  readonly workers: number;
  readonly elapsedMs: number;
  readonly rampMs: number;
  readonly totalMs: number;
}

export interface RunResult extends Omit<Progress, 'elapsedMs'> {
  readonly startedAt: Date;
  /** Why it is not whole; undefined when it is. */
  readonly incomplete: string | undefined;
}

export interface RunParts {
  /** Ends it before its time. */
  readonly stop: AbortSignal;
  /** Called several times a second. */
  readonly watch: (progress: Progress) => void;
}

/** Plays the whole of a run. Throws with a sentence when it could not begin. */
export async function run(options: LoadOptions, { stop, watch }: RunParts): Promise<RunResult> {
  const { url, clients, durationMs, joinsPerSecond } = options;
  const absence = await whyAbsent(url);
  if (absence !== undefined) throw new Error(`no server answers at ${url}: ${absence}`);
  const rampMs = (clients / joinsPerSecond) * 1_000;
  const totalMs = rampMs + durationMs;
  const size =
    options.workers ?? Math.min(availableParallelism(), Math.ceil(clients / PLAYERS_PER_WORKER[options.client]));
  const recording = new Recording({ rampMs, totalMs });
  const desk = new RoomDesk();
  const ready = Promise.withResolvers<Cast>();
  let readyCount = 0;
  let died: string | undefined;

  await using crew = new Crew(size, {
    heard(worker, message) {
      if (message.kind === 'ready' && ++readyCount === size) ready.resolve(message.cast);
      if (message.kind === 'unable') ready.reject(new Error(message.sentence));
      if (message.kind === 'saw') recording.add(worker, message.saw);
      if (message.kind === 'made') desk.made(message.room, message.roomId);
      if (message.kind !== 'find') return;
      const { room, gone } = message;
      desk.ask(room, gone, (news) => crew.tell(worker, { kind: 'room', room, news }));
    },
    died(worker, how) {
      died = `worker ${worker + 1} of ${size} ended (${how})`;
      ready.reject(new Error(died));
    },
  });
  const tokens = options.tokens ?? signTokens(clients, options.seed, totalMs);
  for (let worker = 0; worker < size; worker++) {
    const players = tokens
      .slice(0, clients)
      .map((token, index) => ({ index, token }))
      .filter(({ index }) => index % size === worker);
    const { scenario, room, rooms, client, network, seed, settings } = options;
    const part = {
      url,
      scenario,
      room,
      rooms,
      client,
      network,
      clients,
      joinsPerSecond,
      durationMs,
      seed,
      settings,
      players,
    };
    crew.tell(worker, { kind: 'part', part });
  }
  const late = pause(READY_MS, undefined, { ref: false }).then(() => {
    throw new Error(`the workers were not ready within ${READY_MS / 1_000} s`);
  });
  const cast = await Promise.race([ready.promise, late]);

  const startedAt = new Date(Date.now() + LEAD_MS);
  crew.tellAll({ kind: 'begin', at: startedAt.getTime() });
  const elapsed = () => Date.now() - startedAt.getTime();
  const seconds = () => `${(elapsed() / 1_000).toFixed(0)} s of ${(totalMs / 1_000).toFixed(0)}`;
  let incomplete: string | undefined;
  let emptySince: number | undefined;
  while (incomplete === undefined && elapsed() < totalMs) {
    await pause(Math.min(LOOK_MS, Math.max(1, totalMs - elapsed())));
    watch({ cast, recording, workers: size, elapsedMs: elapsed(), rampMs, totalMs });
    if (stop.aborted) incomplete = `it was stopped after ${seconds()}`;
    else if (died !== undefined) incomplete = `${died} after ${seconds()}`;
    else if (isHopeless(recording, clients)) incomplete = `nobody got in: ${firstProblem(recording)}`;
    if (recording.present > 0 || recording.count('joined') === 0) emptySince = undefined;
    else emptySince ??= elapsed();
    if (emptySince === undefined || elapsed() - emptySince < EMPTY_MS) continue;
    emptySince = undefined;
    const why = await whyAbsent(url);
    if (why !== undefined) incomplete ??= `the server no longer answered after ${seconds()}: ${why}`;
  }
  crew.tellAll({ kind: 'finish' });
  await crew.ended(FINISH_MS);
  if (died !== undefined) incomplete ??= `${died} at the end`;
  return { cast, recording, workers: size, rampMs, totalMs, startedAt, incomplete };
}

function isHopeless(recording: Recording, clients: number): boolean {
  return recording.count('joined') === 0 && recording.count('refused') >= Math.min(HOPELESS, clients);
}

function firstProblem(recording: Recording): string {
  return [...recording.problems.keys()][0] ?? 'all joins were refused';
}

/** Why no HTTP is spoken there; undefined when it is. */
async function whyAbsent(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(ANSWER_MS), redirect: 'manual' });
    await response.body?.cancel();
    return undefined;
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
    return cause?.code ?? cause?.message ?? message;
  }
}
