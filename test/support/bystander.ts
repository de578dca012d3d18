import { Client, type Room } from '@colyseus/sdk';
import { afterAll, expect } from 'vitest';
import { eventually } from './eventually.ts';
import { rpc } from './rpc.ts';

/** Where a server is and how to come in; the in-process server and a child are such. */
export interface Door {
  readonly url: string;
  token(userId: string): string;
}

/**
 * A well-behaved player with an unmodified SDK, beside whom others misbehave.
 * It must notice nothing.
 */
export class Bystander {
  readonly room: Room;
  /** Everything that it should never see: drops, errors, the end. */
  readonly noticed: string[] = [];
  readonly #sessionId: string;
  #pings = 0;

  private constructor(room: Room) {
    this.room = room;
    this.#sessionId = room.sessionId;
    room.onMessage('*', () => {});
    room.onDrop((code) => this.noticed.push(`dropped with ${code}`));
    room.onReconnect(() => this.noticed.push('came back'));
    room.onLeave((code) => this.noticed.push(`ended with ${code}`));
    room.onError((code, message) => this.noticed.push(`error ${code} ${message}`));
  }

  /** Joins the world. `atEnd` is the hook of vitest that makes it leave: of the file, or of one test. */
  static async join(door: Door, userId = 'bystander', atEnd: (end: () => void) => void = afterAll): Promise<Bystander> {
    const client = new Client(door.url);
    client.auth.token = door.token(userId);
    const bystander = new Bystander(await client.joinOrCreate('world'));
    atEnd(() => {
      bystander.room.reconnection.enabled = false;
      bystander.room.connection.close();
    });
    await bystander.isWell();
    return bystander;
  }

  /** Asserts that it is connected, in its session, answered and shown the world. */
  async isWell(): Promise<void> {
    const echo = `ping-${++this.#pings}`;
    expect(await rpc(this.room, 'system.ping', { echo })).toMatchObject({ result: { echo } });
    expect(await rpc(this.room, 'session.get', {})).toMatchObject({ result: { id: this.#sessionId, state: 'online' } });
    const tick = this.room.state.tick;
    await eventually(() => expect(this.room.state.tick).toBeGreaterThan(tick));
    expect(this.room.state.players.get(this.#sessionId)).toMatchObject({ connected: true });
    expect(this.noticed).toEqual([]);
  }

  /** The session as others see it, or undefined. */
  sees(sessionId: string): { connected: boolean } | undefined {
    return this.room.state.players.get(sessionId);
  }
}

/** What would have ended the process, or should have: kept from now on. */
export function watchProcess(): string[] {
  const faults: string[] = [];
  const keep = (error: unknown) => faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.on('uncaughtException', keep);
  process.on('unhandledRejection', keep);
  afterAll(() => {
    process.off('uncaughtException', keep);
    process.off('unhandledRejection', keep);
  });
  return faults;
}

/** Counts that grew since, without those that did not. */
export function growth(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
  const grown = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, count]) => count > 0));
}
