import type { ConnectionOptions } from 'node:tls';
import { Redis } from 'ioredis';
import { ConfigError } from '../../config.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { reviver } from './reviver.ts';

/** How long a command may take, in milliseconds: less than the 2 seconds within which the ports settle. */
export const COMMAND_MS = 1_500;
/** How often a link is asked whether it still answers, in milliseconds. */
const BEAT_MS = 1_000;
/** Pauses between attempts to connect, in milliseconds: doubled from the first to the last, less up to a half by chance. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 2_000;

/** One socket to Redis that is kept open for ever and is known to answer. */
export interface Link {
  readonly client: Redis;
  isUp(): boolean;
  close(): void;
}

export interface LinkParts {
  readonly url: string;
  readonly tls: ConnectionOptions | undefined;
  /** As `CLIENT LIST` shows it. */
  readonly name: string;
  /** A subscriber cannot be asked for INFO, which is how ioredis learns that Redis is still loading. */
  readonly readyCheck: boolean;
  readonly clock: Clock;
  readonly random: Random;
  /** What a new socket needs before it counts as up; when Redis answers with an error, tried again each second. */
  prepare(client: Redis): Promise<unknown>;
  /** Rejects when Redis no longer answers. */
  beat(client: Redis): Promise<unknown>;
  onChange(): void;
  onError(error: unknown, what: string): void;
}

export function openLink(parts: LinkParts): Link {
  const { url, tls, name, readyCheck, clock, random } = parts;
  const client = new Redis(url, {
    ...(tls === undefined ? {} : { tls }),
    connectionName: name,
    enableReadyCheck: readyCheck,
    commandTimeout: COMMAND_MS,
    connectTimeout: COMMAND_MS,
    disconnectTimeout: 250,
    // A call fails when it cannot be sent, or when its socket is lost: nothing waits, nothing is sent twice.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // ioredis does not catch the errors of its own resubscribing; `prepare` subscribes.
    autoResubscribe: false,
    retryStrategy: () => Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts++) * (1 - random.number() / 2),
    // After a failover the old primary is a replica: connect anew, to whom the name points now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  // Not ioredis's count, which begins anew with every socket, also with one that proves useless.
  let attempts = 0;
  let up = false;
  let busy = false;
  let socket = 0;

  function become(next: boolean): void {
    if (up === next) return;
    up = next;
    if (up) attempts = 0;
    parts.onChange();
  }

  async function check(): Promise<void> {
    if (busy || client.status !== 'ready') return;
    const mine = socket;
    busy = true;
    try {
      await (up ? parts.beat(client) : parts.prepare(client));
      if (mine === socket) become(true);
    } catch (error) {
      // Of a socket that is ended already the reason was told.
      if (mine !== socket || !client.stream.writable) return;
      parts.onError(error, name);
      become(false);
      // A paused Redis or a dead line keeps the socket open: only silence tells. An answer, though it be a no, is none.
      if (!isAnswer(error)) client.disconnect(true);
    } finally {
      busy = false;
    }
  }

  client.on('ready', check);
  client.on('close', () => {
    socket++;
    become(false);
  });
  client.on('error', (error) => parts.onError(error, name));
  const revive = reviver(client);
  const beats = clock.every(BEAT_MS, () => {
    revive();
    return check();
  });

  return {
    client,
    isUp: () => up,
    close() {
      beats.stop();
      client.disconnect();
      become(false);
    },
  };
}

function isAnswer(error: unknown): boolean {
  return error instanceof ConfigError || (error instanceof Error && error.name === 'ReplyError');
}
