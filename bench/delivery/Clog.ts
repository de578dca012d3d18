/** Fills what the system holds for those who do not read, so that what is sent to them has to wait at once. */
import { setTimeout as pause } from 'node:timers/promises';
import { getMessageBytes, Protocol } from '@colyseus/core';
import type { Gatehouse } from '../../src/server.ts';
import type { Connection } from '../../src/socket/Connection.ts';

/** User ids of those who may stop to read begin with it. */
export const SLOW = 'slow-';

const PIECE = getMessageBytes.raw(Protocol.ROOM_DATA, 'ballast', Buffer.alloc(64 * 1_024));
/** A piece to each in so many milliseconds is 85 MB/s: a node may send 125. */
const EVERY_MS = 75;
/** It takes no more when nothing has left for so long. */
const FULL_AFTER = 4;
const GIVE_UP_AFTER = 100;

/** What waits in the server for those who do not read. */
export interface Waiting {
  readonly connections: number;
  readonly bytes: number;
  /** Of the whole process, and of it what V8 has taken for objects and for buffers. */
  readonly memoryBytes: number;
  readonly heapBytes: number;
  readonly bufferBytes: number;
}

export class Clog {
  readonly #server: Gatehouse;

  constructor(server: Gatehouse) {
    this.#server = server;
  }

  /** Resolves when each of the slow has something that waits, and for a while had. */
  async fill(): Promise<{ sentBytes: number }> {
    const slow = this.#slow;
    let sentBytes = 0;
    let fullFor = 0;
    for (let turn = 0; fullFor < FULL_AFTER && turn < GIVE_UP_AFTER; turn++) {
      const open = slow.filter(({ socket }) => socket.writer?.waitingBytes === 0);
      for (const { socket } of open) socket.deliver(PIECE, {});
      sentBytes += open.length * PIECE.byteLength;
      fullFor = open.length === 0 ? fullFor + 1 : 0;
      await pause(EVERY_MS);
    }
    return { sentBytes };
  }

  waiting(): Waiting {
    const all = this.#slow.map(({ socket }) => socket.writer?.waitingBytes ?? 0);
    const { rss, heapTotal, arrayBuffers } = process.memoryUsage();
    return {
      connections: all.filter((bytes) => bytes > 0).length,
      bytes: all.reduce((sum, bytes) => sum + bytes, 0),
      memoryBytes: rss,
      heapBytes: heapTotal,
      bufferBytes: arrayBuffers,
    };
  }

  get #slow(): Connection[] {
    const { connections, platform } = this.#server;
    return [...connections].filter(({ sessionId }) => platform.sessions.get(sessionId ?? '')?.userId.startsWith(SLOW));
  }
}
