import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isProfile, type ProfileName, profiles } from '../simulator/index.ts';
import { GATE_HELP, type Gate, readGate, readGateFile, withStanding } from './measure/gates.ts';
import { readMs, readPerSecond } from './measure/quantities.ts';
import { isScenario, scenarioNames } from './scenarios/index.ts';

export const clientKinds = ['sdk', 'lean'] as const;
export type ClientKind = (typeof clientKinds)[number];

/** A run, wholly described. */
export interface LoadOptions {
  /** `http://` or `https://`, without a path at its end. */
  readonly url: string;
  readonly clients: number;
  /** Rooms that the players are dealt to; undefined leaves it to the server's matchmaking. */
  readonly rooms: number | undefined;
  /** A name of ours, or the path of a file. */
  readonly scenario: string;
  /** Name of the rooms; undefined for the scenario's. */
  readonly room: string | undefined;
  readonly client: ClientKind;
  readonly network: ProfileName | undefined;
  readonly joinsPerSecond: number;
  /** From when the last should be in. */
  readonly durationMs: number;
  readonly workers: number | undefined;
  readonly seed: number;
  readonly tokens: readonly string[] | undefined;
  /** Overrides of what the scenario has. */
  readonly settings: Readonly<Record<string, number>>;
  readonly gates: readonly Gate[];
  /** Path without an ending; undefined for a name made of the time. */
  readonly out: string | undefined;
  readonly plain: boolean;
}

/** Beyond these one has to say that it is meant. */
export const USUAL = { clients: 5_000, durationMs: 10 * 60_000 } as const;
/** Beyond these nobody can. */
const MOST = {
  clients: 50_000,
  durationMs: 7 * 24 * 3_600_000,
  rooms: 10_000,
  joinsPerSecond: 2_000,
  workers: 64,
} as const;
const LONGEST_FILE = 64 * 1_048_576;

export const HELP = `npm run loadtest -- [options]

  --url URL          server, default http://127.0.0.1:2567
  --scenario NAME    ${scenarioNames.join(', ')};
                     or a file: one of our own kind, or one written for @colyseus/loadtest. Default world
  --clients N        players, default 20
  --rooms N          deal them to N rooms that are made for it; without it the server chooses
  --room NAME        name of the rooms, default the scenario's
  --client KIND      sdk: @colyseus/sdk; lean: joins and counts, for many. Default sdk
  --ramp N/s         joins a second, default 10/s
  --duration TIME    after the last join, such as 30s or 5m; default 10s
  --network NAME     ${Object.keys(profiles).join(', ')}: a slow line in front of each player
  --set NAME=N       a number of the scenario, such as inputs=20; may be repeated
  --tokens FILE      a token a line. Without it they are signed with JWT_SECRET, or the development key
  --gate 'GATE'      what must hold, such as 'rpc.p99<50ms'; may be repeated
  --gates FILE       a gate a line, # begins a comment
  --workers N        processes, default what players and cores call for
  --seed N           repeats who walks where
  --out PATH         PATH.json and PATH.html; default loadtest/results/TIME-SCENARIO
  --plain            a line every few seconds, on a terminal too
  --beyond-usual     allows more than ${USUAL.clients.toLocaleString('en')} clients or ${USUAL.durationMs / 60_000} minutes
  --help

${GATE_HELP}

Ends with 0 when all gates hold, with 1 and the sentences of those that do not, with 2 when nothing was begun.`;

/** Reads the command line. Undefined when help was asked for. Throws with a sentence. */
export function readOptions(args: readonly string[]): LoadOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:2567' },
      scenario: { type: 'string', default: 'world' },
      clients: { type: 'string', default: '20' },
      rooms: { type: 'string' },
      room: { type: 'string' },
      client: { type: 'string', default: 'sdk' },
      ramp: { type: 'string', default: '10/s' },
      duration: { type: 'string', default: '10s' },
      network: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      tokens: { type: 'string' },
      gate: { type: 'string', multiple: true, default: [] },
      gates: { type: 'string' },
      workers: { type: 'string' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      out: { type: 'string' },
      plain: { type: 'boolean', default: false },
      'beyond-usual': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const beyond = values['beyond-usual'];
  const clients = whole('clients', values.clients, MOST.clients);
  if (clients > USUAL.clients && !beyond)
    throw new Error(`--clients ${clients} is more than ${USUAL.clients}: if that is meant, add --beyond-usual`);
  const durationMs = timeOf('duration', values.duration);
  if (durationMs > USUAL.durationMs && !beyond)
    throw new Error(
      `--duration ${values.duration} is more than ${USUAL.durationMs / 60_000} minutes: if that is meant, add --beyond-usual`,
    );
  const rooms = values.rooms === undefined ? undefined : whole('rooms', values.rooms, MOST.rooms);
  if (rooms !== undefined && rooms > clients) throw new Error(`--rooms ${rooms} is more than the ${clients} clients`);
  const { scenario, client, network } = values;
  if (!isScenario(scenario) && !/[./\\]/.test(scenario))
    throw new Error(`--scenario ${scenario} is none of ${scenarioNames.join(', ')}, and not the path of a file`);
  if (!isClientKind(client)) throw new Error(`--client ${client} is none of ${clientKinds.join(', ')}`);
  if (network !== undefined && !isProfile(network))
    throw new Error(`--network ${network} is none of ${Object.keys(profiles).join(', ')}`);
  const url = urlOf(values.url);
  if (network !== undefined && url.startsWith('https:'))
    throw new Error(
      '--network needs an http address: a line in front of TLS would have another name than its certificate',
    );
  const tokens = values.tokens === undefined ? undefined : linesOf(values.tokens);
  if (tokens !== undefined && tokens.length < clients)
    throw new Error(`--tokens ${values.tokens} has ${tokens.length} tokens for ${clients} clients`);
  const gates = [
    ...(values.gates === undefined ? [] : readGateFile(contentOf('gates', values.gates))),
    ...values.gate.map(readGate),
  ];
  return {
    url,
    clients,
    rooms,
    scenario,
    room: values.room,
    client,
    network,
    joinsPerSecond: rampOf(values.ramp),
    durationMs,
    workers: values.workers === undefined ? undefined : whole('workers', values.workers, MOST.workers),
    seed: whole('seed', values.seed, 0xffff_ffff, 0),
    tokens,
    settings: Object.fromEntries(values.set.map(settingOf)),
    gates: withStanding(gates),
    out: values.out,
    plain: values.plain,
  };
}

function whole(name: string, text: string, most: number, least = 1): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new Error(`--${name} ${text} must be a whole number from ${least} to ${most}`);
  return value;
}

function timeOf(name: string, text: string): number {
  const ms = readMs(text);
  if (ms === undefined || ms < 1_000 || ms > MOST.durationMs)
    throw new Error(`--${name} ${text} must be a time from 1s to 168h, such as 30s or 5m`);
  return ms;
}

function rampOf(text: string): number {
  const perSecond = readPerSecond(text);
  if (perSecond === undefined || perSecond < 0.1 || perSecond > MOST.joinsPerSecond)
    throw new Error(`--ramp ${text} must be joins a second, from 0.1/s to ${MOST.joinsPerSecond}/s`);
  return perSecond;
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url?.protocol.replace(/^ws/, 'http');
  if (url === undefined || (protocol !== 'http:' && protocol !== 'https:') || url.search !== '' || url.hash !== '')
    throw new Error(`--url ${text} must be like http://127.0.0.1:2567 or wss://play.example.com`);
  return `${protocol}//${url.host}${url.pathname.replace(/\/$/, '')}`;
}

function settingOf(text: string): [name: string, value: number] {
  const [, name, value] = /^([A-Za-z]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (name === undefined) throw new Error(`--set ${text} must be like inputs=20`);
  return [name, Number(value)];
}

function linesOf(path: string): string[] {
  const lines = contentOf('tokens', path).split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

function contentOf(name: string, path: string): string {
  try {
    const content = readFileSync(path, 'utf8');
    if (content.length <= LONGEST_FILE) return content;
  } catch (error) {
    throw new Error(`--${name} ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  throw new Error(`--${name} ${path} is larger than ${LONGEST_FILE / 1_048_576} MiB`);
}

function isClientKind(text: string): text is ClientKind {
  return (clientKinds as readonly string[]).includes(text);
}
