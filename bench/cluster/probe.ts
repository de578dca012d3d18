/** The clients that measure. In one process, so that one clock sees both ends of everything. */
import { argsFromBench, cpuMicros, serveBench } from '../parent.ts';
import { LobbyWatch } from './LobbyWatch.ts';
import { NotifyProbe } from './notify-probe.ts';
import type { Message } from './Player.ts';
import type { Pace } from './pace.ts';
import { PresenceProbe } from './presence-probe.ts';
import { Resident } from './Resident.ts';
import { probeRelay } from './relay-probe.ts';

export interface ProbeArgs {
  readonly ports: readonly [number, number];
  readonly natsPort: number;
  readonly prefix: string;
  /** Users of each node's lobby that sit in this process. */
  readonly residents: number;
  readonly watchers: number;
  /** Of one slice. */
  readonly presence: Pace;
  readonly notify: Pace;
  readonly relayCalls: number;
}

export interface ProbeReady {
  /** Room ids. */
  readonly lobbies: readonly [string, string];
}

const { ports, natsPort, prefix, residents, watchers, ...args } = argsFromBench<ProbeArgs>();
const people = (port: number, name: string) =>
  Array.from({ length: residents }, (_, i) => new Resident({ userId: `${name}-${i}`, port, hear }));
const here = people(ports[0], 'here');
const there = people(ports[1], 'there');
const notify = new NotifyProbe({ natsPort, prefix, userIds: [...here, ...there].map(({ userId }) => userId) });

// Both lobbies are open before anybody is to be seen in them.
const lobbies: ProbeReady['lobbies'] = [await here[0]!.enter(), await there[0]!.enter()];
// Colyseus sends a patch to who came last first: who watches from the beginning gets it after everybody else.
const watch = await LobbyWatch.start({ port: ports[1], roomId: lobbies[1], watchers });
for (const resident of here.slice(1)) await resident.enter(lobbies[0]);
for (const resident of there.slice(1)) await resident.enter(lobbies[1]);
const presence = new PresenceProbe({ residents: here, watch });

serveBench({ lobbies } satisfies ProbeReady, {
  read: () => ({ cpuMicros: cpuMicros() }),
  'presence begin': () => presence.begin(),
  presence: () => presence.slice(args.presence),
  'presence end': () => presence.end(),
  'notify begin': () => notify.begin(),
  notify: () => notify.slice(args.notify),
  'notify end': () => notify.end(),
  relay: () => probeRelay({ ownerPort: ports[0], otherPort: ports[1], calls: args.relayCalls }),
});

function hear(message: Message): void {
  if (message.error !== undefined) throw new Error(`a call was refused: ${JSON.stringify(message.error)}`);
  notify.hear(message);
}
