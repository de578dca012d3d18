import type { Client } from '@colyseus/core';
import { type SchemaType, schema, t } from '@colyseus/schema';
import { GameRoom } from '../../src/index.ts';

const ShelterState = schema({ count: t.uint32().default(0), seats: t.map('string') }, 'ShelterState');
export type ShelterState = SchemaType<typeof ShelterState>;

/** Counts when it is told to, and does what rooms do that are hard to bring back. Every message is answered with `done`. */
class ShelterRoom extends GameRoom<ShelterState> {
  override state = new ShelterState();
  #ballast = '';

  override onCreate(): void {
    const tasks: Record<string, (value: number) => unknown> = {
      count: () => {
        this.state.count += 1;
      },
      lock: () => this.lock(),
      // Incompressible or not, it is as long.
      grow: (bytes) => {
        this.#ballast = 'x'.repeat(bytes);
      },
    };
    for (const [name, task] of Object.entries(tasks)) {
      this.onMessage(name, async (client: Client, value: number) => {
        await task(value);
        client.send('done', { epoch: this.epoch, count: this.state.count, locked: this.locked });
      });
    }
  }

  override onJoin(client: Client): void {
    this.state.seats.set(client.sessionId, this.sessionOf(client).userId);
  }

  override onLeave(client: Client): void {
    this.state.seats.delete(client.sessionId);
  }

  override onCacheRoom(): unknown {
    return { ballast: this.#ballast };
  }

  override onRestoreRoom(data: { ballast: string }): void {
    this.#ballast = data.ballast;
  }
}

/** Says twenty times a second that it goes on, and a moment after each call that it was made. */
class TalkingRoom extends ShelterRoom {
  override onCreate(): void {
    super.onCreate();
    const { log, clock } = this.platform;
    this.setSimulationInterval(() => log.info({ room: this.roomId }, 'tick'), 50);
    clock.every(50, () => log.info({ room: this.roomId }, 'beat'));
  }

  override onJoin(client: Client): void {
    super.onJoin(client);
    const { log, clock } = this.platform;
    log.info({ room: this.roomId }, 'comes');
    clock.after(50, () => log.info({ room: this.roomId }, 'came'));
  }
}

class SmallRoom extends ShelterRoom {
  override maxClients = 2;
}

class FragileRoom extends ShelterRoom {
  override onRestoreRoom(): void {
    throw new Error('cannot go on');
  }
}

export const rooms = { shelter: ShelterRoom, talking: TalkingRoom, small: SmallRoom, fragile: FragileRoom };
