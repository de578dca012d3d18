import type { Client } from '@colyseus/core';
import { MoveInput, Player, WorldState, worldMethods } from '../schema/index.ts';
import { GameRoom, type Handlers } from '../src/index.ts';
import { MapDots } from './world/MapDots.ts';
import { Movement } from './world/Movement.ts';
import { moveMark, placeMark, removeMark } from './world/marks.ts';
import { Sight } from './world/Sight.ts';
import { startingPlace } from './world/starting-place.ts';

const TICKS_PER_SECOND = 60;

/** A place that people move in, see those around them, talk and leave marks. */
export class WorldRoom extends GameRoom<WorldState, typeof worldMethods> {
  static override methods = worldMethods;
  override state = new WorldState();
  override maxClients = 200;
  override patchRate = 1_000 / TICKS_PER_SECOND;
  override inputs = this.defineInput(MoveInput, { sanitize: { mx: [-127, 127], my: [-127, 127] } });
  readonly #movement = new Movement();
  readonly #sight = new Sight();
  readonly #map = new MapDots();

  override handlers: Handlers<typeof worldMethods> = {
    'world.say': ({ text }, { session }) => {
      const at = this.platform.clock.now();
      const { id: sessionId, userId, identity } = session;
      this.notifyAll('world.said', { sessionId, userId, name: identity.name, text, at }, { replay: true });
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
      this.#sight.update();
      this.#map.update();
      this.state.tick += 1;
    }, TICKS_PER_SECOND);
  }

  override onJoin(client: Client): void {
    const { userId, identity } = this.sessionOf(client);
    const place = startingPlace(this.platform.random);
    const player = new Player({ userId, name: identity.name, hue: hueOf(userId), connected: true, yaw: 0, ...place });
    this.state.players.set(client.sessionId, player);
    this.#map.add(this.state, client.sessionId, player);
    this.#sight.add(player);
    this.#sight.open(client, player);
  }

  /** Also called with the rooms of dead nodes: the state is there, and those who were in it are on their way back. */
  override onRestoreRoom(): void {
    for (const [sessionId, player] of this.state.players) {
      this.#map.restore(this.state, sessionId, player);
      this.#sight.add(player);
    }
  }

  override onDrop(client: Client): void {
    const player = this.state.players.get(client.sessionId);
    if (player === undefined) return;
    player.connected = false;
    this.#sight.close(client);
  }

  override onReconnect(client: Client): void {
    const player = this.state.players.get(client.sessionId);
    if (player === undefined) return;
    player.connected = true;
    this.#sight.open(client, player);
  }

  override onLeave(client: Client): void {
    const player = this.state.players.get(client.sessionId);
    if (player === undefined) return;
    this.#sight.close(client);
    this.#sight.remove(player);
    this.#map.remove(this.state, client.sessionId);
    this.state.players.delete(client.sessionId);
    this.#movement.forget(client.sessionId);
  }
}

/** The same user has the same colour everywhere. */
function hueOf(userId: string): number {
  let hash = 0;
  for (const char of userId) hash = (Math.imul(hash, 31) + char.codePointAt(0)!) >>> 0;
  // Spread, so that names that are alike do not look alike.
  return Math.floor((Math.imul(hash, 0x9e37_79b1) >>> 0) / (2 ** 32 / 360));
}
