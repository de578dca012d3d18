import type { Client } from '@colyseus/core';
import { StateView } from '@colyseus/schema';
import type { Player } from '../../schema/index.ts';
import { Interest, type Sighting } from '../../src/index.ts';

/**
 * Radii in world units, about pixels at zoom 1: a page shows some 500 around its player, 1,100 in a corner of the
 * world. `every`: each player looks around ten times a second, in which two that run towards each other come 56 units
 * nearer. `cap`: a patch has some 18 bytes for each player in sight who moves, so 900 at most.
 */
const SIGHT = { enter: 1_000, leave: 1_200, cap: 50, every: 6 };

/** Who sees whom: gives each client the part of `state.players` that its player has around it. */
export class Sight {
  readonly #interest = new Interest<Player, StateView>(SIGHT);
  /** By session id: a session that returns has another client. */
  readonly #views = new Map<string, StateView>();

  /** From now on others see the player, who must be in the state. */
  add(player: Player): void {
    this.#interest.add(player);
  }

  /** Nobody sees the player any more. Before it is taken out of the state. */
  remove(player: Player): void {
    this.#interest.remove(player);
  }

  /** The client sees its own player, and now and from now on whoever is around it. Also for a client that has returned. */
  open(client: Client, player: Player): void {
    this.close(client);
    const view = new StateView();
    this.#views.set(client.sessionId, view);
    client.view = view;
    view.add(player);
    show(this.#interest.watch(view, player));
  }

  /** Nobody looks with these eyes any more: the player has left, or is away. */
  close(client: Client): void {
    client.view = undefined;
    const view = this.#views.get(client.sessionId);
    if (view === undefined) return;
    this.#views.delete(client.sessionId);
    this.#interest.unwatch(view);
    // Its number goes to the next view, which must not see what this one saw.
    view.dispose();
  }

  /** One tick: players have moved. */
  update(): void {
    for (const sighting of this.#interest.update()) show(sighting);
  }
}

function show({ viewer, entered, left }: Sighting<Player, StateView>): void {
  for (const player of left) viewer.remove(player);
  for (const player of entered) viewer.add(player);
}
