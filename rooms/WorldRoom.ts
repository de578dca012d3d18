import type { Client } from '@colyseus/core';
import { isFree, MoveInput, Player, WORLD, WorldState, worldMethods } from '../schema/index.ts';
import { GameRoom, type Handlers } from '../src/index.ts';
import { Movement } from './world/Movement.ts';
import { moveMark, placeMark, removeMark } from './world/marks.ts';

const TICKS_PER_SECOND = 60;

/** A place that people move in, talk and leave marks. */
export class WorldRoom extends GameRoom<WorldState, typeof worldMethods> {
  static override methods = worldMethods;
  override state = new WorldState();
  override maxClients = 200;
  override patchRate = 1_000 / TICKS_PER_SECOND;
  override inputs = this.defineInput(MoveInput, { sanitize: { mx: [-127, 127], my: [-127, 127] } });
  readonly #movement = new Movement();

  override handlers: Handlers<typeof worldMethods> = {
    'world.say': ({ text }, { session }) => {
      const at = this.platform.clock.now();
      const { id: sessionId, userId, identity } = session;
      this.notifyAll('world.said', { sessionId, userId, name: identity.name, text, at });
      return { at };
    },
    'world.placeMark': ({ x, y, label }, { session }) => {
      const hue = this.state.players.get(session.id)?.hue ?? 0;
      return placeMark(this.state, this.platform.random.id(), { x, y, label, hue, by: session.userId });
    },
    'world.moveMark': (edit) => moveMark(this.state, edit),
    'world.removeMark': (edit) => removeMark(this.state, edit),
  };

  override onCreate(): void {
    this.setFixedTimestep(({ dt }) => {
      for (const [sessionId, player] of this.state.players) {
        this.#movement.step(player, sessionId, this.inputs.get(sessionId), dt);
      }
      this.state.tick += 1;
    }, TICKS_PER_SECOND);
  }

  override onJoin(client: Client): void {
    const { userId, identity } = this.sessionOf(client);
    const spot = this.#freeSpot();
    this.state.players.set(
      client.sessionId,
      new Player({ userId, name: identity.name, hue: hueOf(userId), connected: true, yaw: 0, ...spot }),
    );
  }

  override onDrop(client: Client): void {
    const player = this.state.players.get(client.sessionId);
    if (player !== undefined) player.connected = false;
  }

  override onReconnect(client: Client): void {
    const player = this.state.players.get(client.sessionId);
    if (player !== undefined) player.connected = true;
  }

  override onLeave(client: Client): void {
    this.state.players.delete(client.sessionId);
    this.#movement.forget(client.sessionId);
  }

  #freeSpot(): { x: number; y: number } {
    const { random } = this.platform;
    for (let attempt = 0; attempt < 32; attempt++) {
      const x = Math.fround(WORLD.width * (0.1 + 0.8 * random.number()));
      const y = Math.fround(WORLD.height * (0.1 + 0.8 * random.number()));
      if (isFree(x, y)) return { x, y };
    }
    return { x: WORLD.playerRadius * 2, y: WORLD.playerRadius * 2 };
  }
}

/** The same user has the same colour everywhere. */
function hueOf(userId: string): number {
  let hash = 0;
  for (const char of userId) hash = (Math.imul(hash, 31) + char.codePointAt(0)!) >>> 0;
  // Spread, so that names that are alike do not look alike.
  return Math.floor((Math.imul(hash, 0x9e37_79b1) >>> 0) / (2 ** 32 / 360));
}
