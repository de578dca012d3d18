/** Clients that decode the lobby, and how long each change takes to reach them. */
import { Client, type Room } from '@colyseus/sdk';
import type { LobbyState } from '../../schema/index.ts';
import { tokenOf } from '../tokens.ts';

export interface Change {
  readonly userId: string;
  readonly field: 'status' | 'where';
  readonly value: string;
}

export interface WatchOptions {
  readonly port: number;
  readonly roomId: string;
  readonly watchers: number;
}

/** Milliseconds from `expect` to the decoded state, one for each change and watcher. */
export type PresenceSamples = Record<Change['field'], number[]>;

interface Pending extends Change {
  readonly at: number;
  readonly unseenBy: Set<Room>;
}

export class LobbyWatch {
  #samples: PresenceSamples = { status: [], where: [] };
  readonly #rooms: Room<unknown, LobbyState>[] = [];
  readonly #pending = new Map<string, Pending>();
  #missed = 0;

  static async start({ port, roomId, watchers }: WatchOptions): Promise<LobbyWatch> {
    const watch = new LobbyWatch();
    for (let i = 0; i < watchers; i++) {
      const client = new Client(`http://127.0.0.1:${port}`);
      client.auth.token = tokenOf(`watcher-${i}`);
      const room = (await client.joinById(roomId)) as unknown as Room<unknown, LobbyState>;
      room.onMessage('*', () => {});
      const first = new Promise<void>((resolve) => room.onStateChange.once(() => resolve()));
      room.onStateChange(() => watch.#look(room));
      await first;
      watch.#rooms.push(room);
    }
    return watch;
  }

  /** Everybody whose change will be expected must be shown: a lobby shows a thousand, not all. */
  shows(userId: string): boolean {
    return this.#rooms.every((room) => room.state.users.get(userId) !== undefined);
  }

  /** From now on the change is on its way. */
  expect(change: Change): void {
    const before = this.#pending.get(change.userId);
    if (before !== undefined) this.#missed += before.unseenBy.size;
    this.#pending.set(change.userId, { ...change, at: performance.now(), unseenBy: new Set(this.#rooms) });
  }

  /** What was seen since the last time. */
  take(): PresenceSamples {
    const samples = this.#samples;
    this.#samples = { status: [], where: [] };
    return samples;
  }

  /** Changes that a watcher has not seen, those on their way among them. */
  get missed(): number {
    return [...this.#pending.values()].reduce((sum, { unseenBy }) => sum + unseenBy.size, this.#missed);
  }

  #look(room: Room<unknown, LobbyState>): void {
    const now = performance.now();
    for (const { userId, field, value, at, unseenBy } of this.#pending.values()) {
      if (room.state.users.get(userId)?.[field] !== value || !unseenBy.delete(room)) continue;
      this.#samples[field].push(now - at);
      if (unseenBy.size === 0) this.#pending.delete(userId);
    }
  }
}
