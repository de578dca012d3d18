import { type Client, ClientState } from '@colyseus/core';
import { Decoder } from '@colyseus/schema';
import { MapDots } from '../../../rooms/world/MapDots.ts';
import { Sight } from '../../../rooms/world/Sight.ts';
import { Player, WorldState } from '../../../schema/index.ts';
import { ViewSerializer } from '../../../src/state/ViewSerializer.ts';

/** First byte, and the two times that a room with inputs puts before each state. */
const HEAD_BYTES = 1 + 8;

/** One client of a small world: decodes what it is sent, as an SDK does. */
export class Watcher {
  readonly sessionId: string;
  readonly player: Player;
  readonly client: Client;
  readonly #decoder = new Decoder(new WorldState());
  /** Of each patch since the last look, without the head. */
  patches: number[] = [];

  constructor(sessionId: string, player: Player) {
    this.sessionId = sessionId;
    this.player = player;
    const raw = (frame: Uint8Array): void => {
      this.patches.push(frame.byteLength - HEAD_BYTES);
      this.#decoder.decode(frame, { offset: HEAD_BYTES });
    };
    this.client = { sessionId, state: ClientState.JOINED, raw } as unknown as Client;
  }

  get state(): WorldState {
    return this.#decoder.state;
  }

  /** A whole state, as after a join or a return. */
  take(frame: Uint8Array): void {
    this.#decoder.decodeResync(frame, { offset: HEAD_BYTES });
  }

  /** Session ids of the players in its state, sorted. */
  get sees(): string[] {
    return [...(this.state.players?.keys() ?? [])].sort();
  }
}

/** The parts of the world room with its serializer, without room and sockets; a tick when it is told. */
export class SmallWorld {
  readonly state = new WorldState();
  readonly #serializer = new ViewSerializer<WorldState>();
  readonly #sight = new Sight();
  readonly #map = new MapDots();
  readonly watchers = new Map<string, Watcher>();

  constructor() {
    this.#serializer.reset(this.state);
  }

  join(sessionId: string, x: number, y: number, name = sessionId): Watcher {
    const player = new Player({ userId: sessionId, name, x, y, yaw: 0, hue: 0, connected: true });
    this.state.players.set(sessionId, player);
    this.#map.add(this.state, sessionId, player);
    this.#sight.add(player);
    const watcher = new Watcher(sessionId, player);
    this.#sight.open(watcher.client, player);
    watcher.take(this.wholeState(watcher));
    this.watchers.set(sessionId, watcher);
    return watcher;
  }

  leave(watcher: Watcher): void {
    this.drop(watcher);
    this.#sight.remove(watcher.player);
    this.#map.remove(this.state, watcher.sessionId);
    this.state.players.delete(watcher.sessionId);
  }

  /** The connection is gone, the player is not. */
  drop(watcher: Watcher): void {
    this.#sight.close(watcher.client);
    this.watchers.delete(watcher.sessionId);
  }

  /** The player has a connection again. */
  back(watcher: Watcher): void {
    this.#sight.open(watcher.client, watcher.player);
    watcher.take(this.wholeState(watcher));
    this.watchers.set(watcher.sessionId, watcher);
  }

  wholeState(watcher: Watcher): Uint8Array {
    return this.#serializer.getFullState(watcher.client, { sNow: 0 });
  }

  /** Everything of a tick but its patch. */
  step(): void {
    this.#sight.update();
    this.#map.update();
    this.state.tick += 1;
  }

  /** Ticks, each with a patch. */
  tick(count = 1): void {
    for (let i = 0; i < count; i++) {
      this.step();
      this.#serializer.applyPatches(
        [...this.watchers.values()].map(({ client }) => client),
        this.state,
        { sNow: 0 },
      );
    }
  }
}
