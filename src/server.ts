import type { AddressInfo } from 'node:net';
import { LocalDriver, LocalPresence, matchMaker } from '@colyseus/core';
import type { Config } from './config.ts';
import type { Logger } from './ops/log.ts';
import { assemble, type Pipeline, type Rooms } from './pipeline.ts';
import type { Ports } from './ports/index.ts';
import { usePlatform } from './room/Platform.ts';

/** How often what was counted is logged. */
const TALLY_MS = 60_000;

export interface ServerParts {
  readonly config: Config;
  readonly ports: Ports;
  readonly rooms: Rooms;
  readonly log: Logger;
  /** Folder of the built page. */
  readonly page?: string | undefined;
}

export interface Gatehouse extends Pipeline {
  readonly port: number;
  /** Where a browser on this machine finds it. */
  readonly url: string;
  /** Ends rooms and connections, then everything else. Resolves when nothing is left. */
  close(): Promise<void>;
}

/** Starts a node. One a process, as Colyseus's matchmaker is. */
export async function startServer(parts: ServerParts): Promise<Gatehouse> {
  const { config, ports, rooms, log } = parts;
  let open = false;
  let closed: Promise<void> | undefined;
  const checks = [{ name: 'matchmaker', isReady: () => open && matchMaker.state === matchMaker.MatchMakerState.READY }];
  await matchMaker.setup(new LocalPresence(), new LocalDriver(), config.publicAddress);
  const nodeId = matchMaker.processId;
  const pipeline = await assemble({ nodeId, config, ports, rooms, log, checks, page: parts.page });
  usePlatform(pipeline.platform);
  for (const [name, room] of Object.entries(rooms)) matchMaker.defineRoomType(name, room).enableRealtimeListing();
  await matchMaker.accept();
  await listen(pipeline, config);
  open = true;
  const { platform } = pipeline;
  const tally = ports.clock.every(TALLY_MS, () => log.info(platform.counters.all(), 'counters'));

  const { port } = pipeline.server.address() as AddressInfo;
  const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host;
  return {
    ...pipeline,
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close() {
      open = false;
      tally.stop();
      closed ??= shutDown(pipeline, ports).then(() => log.info(platform.counters.all(), 'closed'));
      return closed;
    },
  };
}

async function shutDown({ platform, connections, transport }: Pipeline, ports: Ports): Promise<void> {
  await matchMaker.gracefullyShutdown();
  // A client that does not answer its close is cut after a second: see PlayerSocket.
  const quiet = [...connections].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)));
  for (const { socket } of connections) socket.end('SERVER_SHUTDOWN');
  await Promise.all(quiet);
  transport.shutdown();
  platform.sessions.close();
  const { sessions, revocations, directory, bus } = ports;
  await Promise.all([sessions.close(), revocations.close(), directory.close(), bus.close()]);
}

function listen({ server, transport }: Pipeline, { port, host }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    transport.listen(port, host, undefined, () => resolve());
  });
}
