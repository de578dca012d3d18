import { type InputHandle, Predict, type Reconciler } from '@colyseus/sdk';
import {
  type Mark,
  MoveInput,
  type Player,
  type RoomConnection,
  stepMovement,
  type WorldState,
} from '@gatehouse/client';
import type { MapDot } from '@gatehouse/schema';
import type { Point } from './Camera.ts';

/** How far in the past others are drawn, in milliseconds: three patches, so that one may be late. */
const DELAY_MS = 60;
/** Dots of the map move twice a second, a step at a time; so far behind they glide, in milliseconds. */
const DOT_GLIDES_MS = 300;
/** A jump of more units than this between two patches is a new place, not a walk. */
const TELEPORT = 200;

export interface Pose extends Point {
  readonly yaw: number;
}

/**
 * Where everybody is drawn: the own player where the keys have just taken it
 * (predicted, and corrected by the server), the others between two patches.
 * A return of the connection changes nothing here: Room and state stay the same
 * objects, and the SDK starts the own prediction anew from what the server says.
 */
export class Motion {
  readonly #world: RoomConnection<WorldState>;
  readonly #predict: Predict<WorldState>;
  readonly #input: InputHandle<MoveInput>;
  #me: Player | undefined;
  #self: Reconciler<Player> | undefined;
  #moving = false;

  constructor(world: RoomConnection<WorldState>) {
    this.#world = world;
    this.#predict = Predict.get(world.room, { mode: 'lerp', delay: DELAY_MS }) as Predict<WorldState>;
    this.#predict.attachAll('players', { fields: ['x', 'y'], mode: 'lerp', snap: TELEPORT });
    this.#predict.attachAll('players', { yaw: { mode: 'lerp', delay: DELAY_MS, angle: true } });
    // Marks move ten times a second while somebody drags them.
    this.#predict.attachAll('marks', { fields: ['x', 'y'], mode: 'damped', smoothMs: 50, snap: TELEPORT });
    this.#predict.attachAll('map', { fields: ['x', 'y'], mode: 'damped', smoothMs: DOT_GLIDES_MS, snap: 2 * TELEPORT });
    this.#input = world.room.input<MoveInput>({ type: MoveInput, mode: 'reliable' });
  }

  /** The own player, once the server has said where it is. */
  get me(): Player | undefined {
    return this.#me;
  }

  /** One frame at `now` of requestAnimationFrame: sends what the stick did since the last. */
  frame(now: number, stick: { readonly mx: number; readonly my: number }): void {
    this.#findMe();
    const steps = this.#predict.tick(now);
    const moves = stick.mx !== 0 || stick.my !== 0;
    // Who stands still sends nothing, but for the one step that says so.
    if (!moves && !this.#moving) {
      this.#rest();
      return;
    }
    for (let step = 0; step < steps; step++) {
      this.#input.data.mx = stick.mx;
      this.#input.data.my = stick.my;
      this.#input.send();
      this.#moving = moves;
    }
  }

  pose(player: Player): Pose {
    const predict = this.#predict;
    return { x: predict.value(player, 'x'), y: predict.value(player, 'y'), yaw: predict.value(player, 'yaw') };
  }

  place(mark: Mark): Point {
    return { x: this.#predict.value(mark, 'x'), y: this.#predict.value(mark, 'y') };
  }

  coarse(dot: MapDot): Point {
    return { x: this.#predict.value(dot, 'x'), y: this.#predict.value(dot, 'y') };
  }

  dispose(): void {
    this.#self?.dispose();
    this.#predict.dispose();
  }

  /** The SDK compares itself with the server when an input is acknowledged; nobody who rests sends one. */
  #rest(): void {
    const [me, self] = [this.#me, this.#self];
    if (me === undefined || self === undefined || this.#input.pendingCount > 0) return;
    if (Math.hypot(me.x - self.state.x, me.y - self.state.y) > 1) self.reset();
  }

  #findMe(): void {
    const me = this.#world.state.players?.get(this.#world.sessionId);
    if (me === this.#me) return;
    this.#self?.dispose();
    this.#me = me;
    this.#self =
      me &&
      this.#predict.reconciler(me, {
        input: this.#input,
        fields: ['x', 'y', 'yaw'],
        step: (context, body, input) => stepMovement(body, input, context.dt),
        snap: TELEPORT,
      });
  }
}
