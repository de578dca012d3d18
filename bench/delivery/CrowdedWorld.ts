/** The world with a thousand players in place of two hundred; all else is as players have it. */
import type { Client } from '@colyseus/core';
import { WorldRoom } from '../../rooms/WorldRoom.ts';
import { isFree, WORLD } from '../../schema/index.ts';
import { heldInputs } from './held-inputs.ts';
import { TickTimes } from './TickTimes.ts';

/** One player begins in each field of 120 × 120 units: 218 are within the radius of sight, of whom the nearest 50 are seen. */
const FIELD = 120;
const COLUMNS = WORLD.width / FIELD;
const ROWS = WORLD.height / FIELD;

/** Of the one world of this process. */
export const tickTimes = new TickTimes();
export let crowdedWorld: CrowdedWorld | undefined;

export class CrowdedWorld extends WorldRoom {
  override maxClients = COLUMNS * ROWS;
  override patchRate = 1_000 / 30;
  #joined = 0;

  constructor() {
    super();
    this.inputs = heldInputs(this.inputs);
    crowdedWorld = this;
  }

  override setFixedTimestep(...[step, ...rest]: Parameters<WorldRoom['setFixedTimestep']>): void {
    super.setFixedTimestep((context) => tickTimes.time('simulation', () => step(context)), ...rest);
  }

  override broadcastPatch(): boolean {
    return tickTimes.time('encoding', () => super.broadcastPatch());
  }

  override onJoin(client: Client): void {
    super.onJoin(client);
    const field = this.#joined++ % (COLUMNS * ROWS);
    Object.assign(this.state.players.get(client.sessionId)!, placeIn(field % COLUMNS, Math.floor(field / COLUMNS)));
  }
}

/** A free place in a field; somewhere near its middle, where there is a wall. */
function placeIn(column: number, row: number): { x: number; y: number } {
  for (let attempt = 0; attempt < 100; attempt++) {
    const x = Math.fround((column + Math.random()) * FIELD);
    const y = Math.fround((row + Math.random()) * FIELD);
    if (isFree(x, y)) return { x, y };
  }
  return { x: WORLD.start.x, y: WORLD.start.y };
}
