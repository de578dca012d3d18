import { AsyncLocalStorage } from 'node:async_hooks';
import { Client, type Room } from '@colyseus/sdk';
import type { Actor } from '../actor/Actor.ts';
import type { Scenario } from '../actor/Scenario.ts';
import { currentMeter } from '../clients/Meter.ts';
import { JoinRefused } from '../clients/Player.ts';
import { SdkPlayer } from '../clients/SdkPlayer.ts';
import type { MainCallback } from './cli.ts';

/** Files see what the SDK threw; a scenario that ends with it has not failed itself. */
const refusals = new WeakSet<Error>();
const currentActor = new AsyncLocalStorage<Actor>();

/** The parts of the SDK's Client through which every join goes. */
interface Joining {
  auth: { token: string | undefined };
  createMatchMakeRequest(...args: unknown[]): Promise<Room>;
  consumeSeatReservation(...args: unknown[]): Promise<Room>;
}

/** A file for @colyseus/loadtest as a scenario: its `main` is called once for each player, and its rooms are watched. */
export function scenarioOf(main: MainCallback): Scenario {
  watchClients();
  return {
    summary: 'does what a file for @colyseus/loadtest says',
    room: 'world',
    async play(actor) {
      const { url, room, clients } = actor.stage;
      const options = {
        endpoint: url.replace(/^http/, 'ws'),
        roomName: room,
        roomId: undefined,
        numClients: clients,
        delay: 0,
        logLevel: 'all',
        reestablishAllDelay: 0,
        retryFailed: 0,
        output: undefined,
        clientId: actor.index,
      };
      try {
        await currentActor.run(actor, async () => main(options));
      } catch (error) {
        throw refusals.has(error as Error) ? new JoinRefused((error as Error).message) : error;
      }
      await actor.stay();
    },
  };
}

function watchClients(): void {
  const joining = Client.prototype as unknown as Joining;
  const { createMatchMakeRequest, consumeSeatReservation } = joining;

  joining.createMatchMakeRequest = async function (this: Joining, ...args) {
    const actor = currentActor.getStore();
    if (actor === undefined) return createMatchMakeRequest.apply(this, args);
    // Files for a server without sign-in bring none.
    this.auth.token ??= actor.token;
    try {
      return await createMatchMakeRequest.apply(this, args);
    } catch (error) {
      actor.stage.tally.count('refused');
      actor.stage.tally.problem(`a join was refused: ${(error as Error).message}`);
      refusals.add(error as Error);
      throw error;
    }
  };

  joining.consumeSeatReservation = async function (this: Joining, ...args) {
    const actor = currentActor.getStore();
    if (actor === undefined) return consumeSeatReservation.apply(this, args);
    const { stay, takes } = actor.begins();
    const room = await currentMeter.run(stay.meter, () => consumeSeatReservation.apply(this, args));
    // Not waited for: the file gets its room when the SDK says so.
    takes(SdkPlayer.watch(room, stay.events)).catch((error: Error) => {
      actor.stage.tally.count('refused');
      actor.stage.tally.problem(`a join was refused: ${error.message}`);
    });
    return room;
  };
}
