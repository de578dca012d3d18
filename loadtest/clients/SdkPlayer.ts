import { Client, type Room } from '@colyseus/sdk';
import { GatehouseError, MoveInput, RPC_MESSAGE } from '../../client/src/index.ts';
import { CHECKS_OPTION, stateHash } from '../../schema/index.ts';
import { currentMeter } from './Meter.ts';
import { JOIN_MS, JoinRefused, LEAVE_MS, type Player, type PlayerEvents, type PlayerParts } from './Player.ts';

/** A player of the unmodified SDK. */
export class SdkPlayer implements Player {
  readonly #room: Room;
  #input: { data: { mx: number; my: number }; send(): void } | undefined;

  private constructor(room: Room) {
    this.#room = room;
  }

  static async join({ url, token, entrance, meter, events, checks }: PlayerParts): Promise<SdkPlayer> {
    const client = new Client(url);
    client.auth.token = token;
    const options = { [CHECKS_OPTION]: checks };
    const joining = currentMeter.run(meter, () => client[entrance.method](entrance.target, options));
    const room = await inTime(joining);
    room.onMessage('*', () => {});
    room.onMessage(RPC_MESSAGE, (payload) => {
      const hash = checkedHash(payload);
      if (hash === undefined) events.heard(payload);
      else events.checked(stateHash(room.state) === hash);
    });
    return SdkPlayer.watch(room, events);
  }

  /** A room that somebody else has joined: hears of its end and its drops, not of its messages. */
  static watch(room: Room, events: Omit<PlayerEvents, 'heard' | 'checked'>): SdkPlayer {
    // Else who is dropped in the first five seconds would not come back, whatever the server does.
    room.reconnection.minUptime = 0;
    room.onDrop((code) => events.dropped(code));
    room.onReconnect(() => events.returned());
    room.onLeave((code) => events.ended(code));
    return new SdkPlayer(room);
  }

  get roomId(): string {
    return this.#room.roomId;
  }

  get sessionId(): string {
    return this.#room.sessionId;
  }

  get state(): unknown {
    return this.#room.state;
  }

  send(payload: object): void {
    if (this.#room.connection.isOpen) this.#room.send(RPC_MESSAGE, payload);
  }

  input(mx: number, my: number): void {
    if (!this.#room.connection.isOpen) return;
    this.#input ??= this.#room.input<MoveInput>({ type: MoveInput });
    this.#input.data.mx = mx;
    this.#input.data.my = my;
    this.#input.send();
  }

  async leave(): Promise<void> {
    const { connection, reconnection } = this.#room;
    reconnection.enabled = false;
    if (!connection.isOpen) {
      // Nobody is there to be told.
      connection.close();
      return;
    }
    await Promise.race([this.#room.leave(), new Promise((resolve) => setTimeout(resolve, LEAVE_MS))]);
  }
}

/** The hash that a `state.check` says; undefined of anything else. */
export function checkedHash(payload: unknown): number | undefined {
  const { method, params } = (payload ?? {}) as { method?: unknown; params?: { hash?: unknown } };
  return method === 'state.check' && typeof params?.hash === 'number' ? params.hash : undefined;
}

async function inTime(joining: Promise<Room>): Promise<Room> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new JoinRefused(`no seat within ${JOIN_MS / 1_000} s`)), JOIN_MS);
  });
  try {
    return await Promise.race([joining, late]);
  } catch (error) {
    joining.then((room) => room.leave()).catch(() => {});
    throw error instanceof JoinRefused ? error : new JoinRefused(wordsOf(error));
  } finally {
    clearTimeout(timer);
  }
}

function wordsOf(error: unknown): string {
  const { name, code, message } = GatehouseError.fromMatchMake(error);
  return name === 'UNKNOWN' ? `${message} (${code})` : `${name}: ${message.replace(`${name}: `, '')}`;
}
