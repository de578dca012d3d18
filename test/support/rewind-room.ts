import type { Client } from '@colyseus/core';
import { StateView } from '@colyseus/schema';
import { MoveInput, Player, WorldState } from '../../schema/index.ts';
import { GameRoom } from '../../src/index.ts';

/** A world that looks back in time both ways, so that its inputs carry two series of stamps. Nothing moves, and each sees itself. */
class RewindRoom extends GameRoom<WorldState> {
  override state = new WorldState();
  override inputs = this.defineInput(MoveInput);
  readonly rewind = this.allowRewindState();

  override onCreate(): void {
    this.rewind.attachAll(this.state.players, { fields: ['x', 'y'] });
    this.rewind.attachAll(this.state.marks, { fields: ['x', 'y'], mode: 'reckon' });
    this.setFixedTimestep(() => {
      this.state.tick += 1;
    }, 60);
  }

  override onJoin(client: Client): void {
    const player = new Player({ userId: this.sessionOf(client).userId });
    this.state.players.set(client.sessionId, player);
    client.view = new StateView();
    client.view.add(player);
  }
}

export const rooms = { world: RewindRoom };
