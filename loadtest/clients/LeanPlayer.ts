import type { Decoder, Schema } from '@colyseus/schema';
import { CHECKS_OPTION, closeCodes, keepsSession, stateHash } from '../../schema/index.ts';
import { decodePatch, decodeState, inputFrame, readHandshake, refusalIn, rpcFrame, rpcIn } from './lean-frames.ts';
import { currentMeter } from './Meter.ts';
import { MeteredSocket } from './MeteredSocket.ts';
import { JOIN_MS, JoinRefused, LEAVE_MS, type Player, type PlayerParts } from './Player.ts';
import { kindOf, Protocol } from './protocol.ts';
import { checkedHash } from './SdkPlayer.ts';

interface Seat {
  readonly sessionId: string;
  readonly processId: string;
  readonly roomId: string;
  readonly publicAddress?: string;
}

/** As the SDK returns: 100 ms, then twice as long each time, up to 5 s, 15 times. */
const RETURN = { firstMs: 100, mostMs: 5_000, attempts: 15 };

/**
 * A player without an SDK: joins, counts frames and returns, and decodes only JSON-RPC, so that a process can have
 * hundreds. One that `checks` decodes every state and patch as well, and compares it with the server's hash.
 */
export class LeanPlayer implements Player {
  readonly #parts: PlayerParts;
  readonly #seat: Seat;
  #socket: MeteredSocket | undefined;
  #reconnectionToken = '';
  #decoder: Decoder<Schema> | undefined;
  #left = false;
  /** Undefined while it has its seat. */
  #attempts: number | undefined = 0;
  #retry: NodeJS.Timeout | undefined;

  private constructor(parts: PlayerParts, seat: Seat) {
    this.#parts = parts;
    this.#seat = seat;
  }

  static async join(parts: PlayerParts): Promise<LeanPlayer> {
    const player = new LeanPlayer(parts, await reserve(parts));
    await new Promise<void>((resolve, reject) => player.#dial({}, resolve, reject));
    return player;
  }

  get roomId(): string {
    return this.#seat.roomId;
  }

  get sessionId(): string {
    return this.#seat.sessionId;
  }

  send(payload: object): void {
    if (this.#attempts === undefined) this.#socket?.send(rpcFrame(payload));
  }

  input(mx: number, my: number): void {
    if (this.#attempts === undefined) this.#socket?.send(inputFrame(mx, my));
  }

  async leave(): Promise<void> {
    this.#left = true;
    clearTimeout(this.#retry);
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === socket.CLOSED) return;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const cut = setTimeout(() => socket.terminate(), LEAVE_MS);
    if (socket.readyState === socket.OPEN) socket.send(Buffer.of(Protocol.LEAVE_ROOM));
    else socket.terminate();
    await closed;
    clearTimeout(cut);
  }

  #dial(query: Readonly<Record<string, string>>, seated: () => void, refused: (error: JoinRefused) => void): void {
    const { url, token, meter } = this.#parts;
    const { processId, roomId, sessionId, publicAddress } = this.#seat;
    const base = publicAddress === undefined ? url : `${url.split('//')[0]}//${publicAddress}`;
    const address = new URL(`${base.replace(/^http/, 'ws')}/${processId}/${roomId}`);
    address.search = new URLSearchParams({ sessionId, _authToken: token, ...query }).toString();
    const options = { perMessageDeflate: false, allowSynchronousEvents: true };
    const socket = currentMeter.run(meter, () => new MeteredSocket(address, options));
    this.#socket = socket;
    let problem = '';
    const late = setTimeout(() => {
      problem = `no seat within ${JOIN_MS / 1_000} s`;
      socket.terminate();
    }, JOIN_MS);
    socket.on('error', ({ message }) => {
      if (problem === '') problem = message;
    });
    socket.on('message', (frame: Buffer) => {
      const kind = kindOf(frame);
      if (kind === Protocol.ROOM_STATE_PATCH && this.#decoder === undefined) return;
      if (kind === Protocol.ERROR) problem = refusalIn(frame);
      else if (kind === Protocol.JOIN_ROOM) {
        clearTimeout(late);
        this.#takeSeat(frame);
        seated();
      } else this.#take(kind, frame);
    });
    socket.on('close', (code) => {
      clearTimeout(late);
      if (this.#attempts === undefined) this.#lost(code);
      else refused(new JoinRefused(problem === '' ? `the socket was closed with ${code}` : problem));
    });
  }

  #takeSeat(frame: Buffer): void {
    const { reconnectionToken, decoder } = readHandshake(frame, this.#parts.checks);
    this.#reconnectionToken = reconnectionToken;
    this.#decoder ??= decoder;
    this.#attempts = undefined;
    this.#socket?.send(Buffer.of(Protocol.JOIN_ROOM));
  }

  #take(kind: number, frame: Buffer): void {
    const { events } = this.#parts;
    if (kind === Protocol.ROOM_DATA) {
      const payload = rpcIn(frame);
      const hash = checkedHash(payload);
      if (hash !== undefined && this.#decoder !== undefined) events.checked(stateHash(this.#decoder.state) === hash);
      else if (payload !== undefined) events.heard(payload);
    } else if (this.#decoder === undefined) return;
    else if (kind === Protocol.ROOM_STATE) decodeState(this.#decoder, frame);
    else if (kind === Protocol.ROOM_STATE_PATCH) decodePatch(this.#decoder, frame);
  }

  #lost(code: number): void {
    const { events } = this.#parts;
    this.#attempts = 0;
    if (this.#left || !keepsSession(code)) return void events.ended(code);
    events.dropped(code);
    this.#return(code);
  }

  #return(code: number): void {
    const attempt = (this.#attempts ?? 0) + 1;
    if (this.#left) return;
    if (attempt > RETURN.attempts) return void this.#parts.events.ended(code);
    this.#attempts = attempt;
    const pause = Math.min(RETURN.firstMs * 2 ** (attempt - 1), RETURN.mostMs);
    this.#retry = setTimeout(() => {
      const query = { reconnectionToken: this.#reconnectionToken, skipHandshake: 'true' };
      this.#dial(
        query,
        () => this.#parts.events.returned(),
        ({ message }) => {
          // What the server says is final; what the road says is not.
          const gone = /SEAT_EXPIRED|\b(4003|410)\b/.test(message);
          if (gone && !this.#left) this.#parts.events.ended(closeCodes.SEAT_GONE.code);
          else this.#return(code);
        },
      );
    }, pause);
  }
}

async function reserve({ url, token, entrance, checks }: PlayerParts): Promise<Seat> {
  const response = await fetch(`${url}/matchmake/${entrance.method}/${encodeURIComponent(entrance.target)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ [CHECKS_OPTION]: checks }),
    signal: AbortSignal.timeout(JOIN_MS),
  }).catch((error: Error) => {
    throw new JoinRefused(String((error.cause as Error | undefined)?.message ?? error.message));
  });
  const body = (await response.json().catch(() => ({}))) as Partial<Seat> & { error?: unknown };
  if (!response.ok || body.error !== undefined)
    throw new JoinRefused(typeof body.error === 'string' ? body.error : `HTTP ${response.status}`);
  if (typeof body.sessionId !== 'string' || typeof body.roomId !== 'string' || typeof body.processId !== 'string')
    throw new JoinRefused('the answer is not a seat');
  return body as Seat;
}
