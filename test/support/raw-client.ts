import { decode, encode, type Iterator } from '@colyseus/schema';
import { pack, unpack } from 'msgpackr';
import { WebSocket } from 'ws';
import { RPC_MESSAGE, type RpcResponse } from '../../schema/index.ts';

/** First bytes of frames, as a client sees them. */
export const FRAME = {
  JOIN_ROOM: 10,
  ERROR: 11,
  LEAVE_ROOM: 12,
  ROOM_DATA: 13,
  ROOM_STATE: 14,
  ROOM_STATE_PATCH: 15,
  ROOM_DATA_BYTES: 17,
  PING: 18,
  ROOM_INPUT_RELIABLE: 19,
  ROOM_INPUT_UNRELIABLE: 20,
  ROOM_REQUEST: 21,
  ROOM_RESPONSE: 22,
} as const;

/** Low five bits say what a frame is; the rest decorate it. */
const KIND_MASK = 0x1f;

/** Set on an input frame that carries a time stamp. */
export const TIMED = 0x80;

export interface Seat {
  readonly name: string;
  readonly roomId: string;
  readonly processId: string;
  readonly sessionId: string;
}

/** What the server sent, decoded. State frames are only counted. */
export type Received =
  | { readonly kind: 'join'; readonly reconnectionToken: string }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  // biome-ignore lint/suspicious/noExplicitAny: payloads are looked at by the test
  | { readonly kind: 'message'; readonly type: string | number; readonly payload: any }
  | { readonly kind: 'response'; readonly id: number; readonly status: number; readonly payload: unknown }
  | { readonly kind: 'pong' }
  | { readonly kind: 'other'; readonly first: number };

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export interface ConnectOptions {
  readonly headers?: Record<string, string>;
  /** False: pings of the server stay unanswered, as when the peer is gone but its socket is not. */
  readonly autoPong?: boolean;
  /** Offers to inflate what it gets. Default true, as of browsers. */
  readonly perMessageDeflate?: boolean | { serverMaxWindowBits: number };
  /** False: a seat that is taken is never confirmed. */
  readonly confirm?: boolean;
}

export interface JoinOptions extends ConnectOptions {
  readonly room?: string;
  /** Appended to the URL of the socket. */
  readonly query?: string;
}

/** An upgrade that was answered with something else than a WebSocket. */
export class Refused extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`the upgrade was answered with ${status} ${body}`);
    this.status = status;
    this.body = body;
  }
}

/**
 * A client of its own making: speaks the handshake by hand, sends any bytes,
 * and says how the server ended it. For tests that an SDK would not let
 * misbehave.
 */
export class RawClient {
  readonly socket: WebSocket;
  /** Resolves when the socket is closed; never rejects. */
  readonly closed: Promise<Closed>;
  /** Everything received but state, in order. */
  readonly received: Received[] = [];
  statesReceived = 0;
  seat: Seat | undefined;
  /** Of the last JOIN_ROOM frame. */
  reconnectionToken: string | undefined;
  readonly #waiting = new Set<() => void>();
  readonly #confirms: boolean;
  #nextId = 1;

  private constructor(socket: WebSocket, confirms: boolean) {
    this.socket = socket;
    this.#confirms = confirms;
    socket.on('error', () => {}); // Its close follows.
    socket.on('message', (data) => this.#take(data as Buffer));
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#wake();
      });
    });
  }

  /** Opens a socket at `path`, which goes out as it is. Rejects with `Refused` when the upgrade is answered otherwise. */
  static async connect(
    url: string,
    path: string,
    { headers = {}, autoPong = true, confirm = true, perMessageDeflate = true }: ConnectOptions = {},
  ): Promise<RawClient> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), {
      headers,
      autoPong,
      perMessageDeflate,
      finishRequest(request) {
        // Through the URL, the library would tidy it.
        request.path = path;
        request.end();
      },
    });
    const client = new RawClient(socket, confirm);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('unexpected-response', (request, response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => {
          request.destroy();
          reject(new Refused(response.statusCode ?? 0, body));
        });
      });
    });
    return client;
  }

  /** Reserves a seat, takes it and, unless told otherwise, confirms it. */
  static async join(url: string, token: string, options: JoinOptions = {}): Promise<RawClient> {
    const { status, body } = await matchmake(url, `joinOrCreate/${options.room ?? 'world'}`, { token });
    if (status !== 200) throw new Error(`no seat: ${status} ${JSON.stringify(body)}`);
    return RawClient.sit(url, body as unknown as Seat, options);
  }

  /** Takes a seat that was reserved before. */
  static async sit(url: string, seat: Seat, { query = '', ...options }: JoinOptions = {}): Promise<RawClient> {
    const client = await RawClient.connect(url, `${seatPath(seat)}${query}`, options);
    client.seat = seat;
    await client.until('join');
    return client;
  }

  /** Takes up the session of a client that is gone. */
  static async return(url: string, gone: RawClient, token: string, options: JoinOptions = {}): Promise<RawClient> {
    const query = `&reconnectionToken=${gone.reconnectionToken}&_authToken=${token}`;
    return RawClient.sit(url, gone.seat!, { ...options, query });
  }

  get open(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  get sessionId(): string {
    return this.seat!.sessionId;
  }

  /** A string goes out as a text frame. After the end it goes nowhere. */
  send(frame: Uint8Array | readonly number[] | string): void {
    if (!this.open) return;
    this.socket.send(typeof frame === 'string' ? frame : Uint8Array.from(frame));
  }

  /** One request; resolves with its response envelope. */
  async call(method: string, params?: unknown): Promise<RpcResponse> {
    const id = this.#nextId++;
    this.send(rpcFrame({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) }));
    return this.answer((payload) => payload?.id === id);
  }

  /** The next JSON-RPC payload that `matches`; it is taken out of `received`. */
  // biome-ignore lint/suspicious/noExplicitAny: payloads are looked at by the test
  async answer(matches: (payload: any) => boolean = () => true): Promise<any> {
    const message = await this.until('message', ({ type, payload }) => type === RPC_MESSAGE && matches(payload));
    return message.payload;
  }

  /** The first of a kind that matches, of those received or to come; it is taken out. Rejects when the socket closes first. */
  async until<K extends Received['kind']>(
    kind: K,
    matches: (frame: Extract<Received, { kind: K }>) => boolean = () => true,
  ): Promise<Extract<Received, { kind: K }>> {
    for (;;) {
      const index = this.received.findIndex((frame) => frame.kind === kind && matches(frame as never));
      if (index >= 0) return this.received.splice(index, 1)[0] as never;
      if (this.socket.readyState === WebSocket.CLOSED) {
        const { code, reason } = await this.closed;
        throw new Error(`closed with ${code} ${reason} before a ${kind} frame came`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves when all that was sent before has been handled: the server answers in order. */
  async settled(): Promise<void> {
    await this.call('system.ping');
  }

  /** Leaves in the ordinary way. */
  async leave(): Promise<Closed> {
    this.send([FRAME.LEAVE_ROOM]);
    return this.closed;
  }

  /** Lets the socket go without a word. */
  cut(): void {
    this.socket.terminate();
  }

  #take(frame: Buffer): void {
    const first = frame[0] ?? 0;
    const kind = first & KIND_MASK;
    if (kind === FRAME.ROOM_STATE || kind === FRAME.ROOM_STATE_PATCH) {
      this.statesReceived += 1;
      return;
    }
    const received = read(frame, kind, first);
    if (received.kind === 'join') {
      this.reconnectionToken = received.reconnectionToken;
      if (this.#confirms) this.send([FRAME.JOIN_ROOM]);
    }
    this.received.push(received);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function read(frame: Buffer, kind: number, first: number): Received {
  const it: Iterator = { offset: 1 };
  if (kind === FRAME.JOIN_ROOM) return { kind: 'join', reconnectionToken: frame.toString('utf8', 2, 2 + frame[1]!) };
  if (kind === FRAME.PING) return { kind: 'pong' };
  if (kind === FRAME.ERROR)
    return { kind: 'error', code: decode.number(frame, it)!, message: decode.string(frame, it) };
  if (kind === FRAME.ROOM_DATA) {
    const type = decode.stringCheck(frame, it) ? decode.string(frame, it) : decode.number(frame, it)!;
    return { kind: 'message', type, payload: payloadOf(frame, it) };
  }
  if (kind === FRAME.ROOM_RESPONSE) {
    const id = decode.number(frame, it)!;
    return { kind: 'response', id, status: decode.uint8(frame, it), payload: payloadOf(frame, it) };
  }
  return { kind: 'other', first };
}

function payloadOf(frame: Buffer, { offset }: Iterator): unknown {
  return frame.byteLength > offset ? unpack(frame.subarray(offset)) : undefined;
}

/** `/matchmake/{path}`, as an SDK calls it. */
export async function matchmake(
  url: string,
  path: string,
  { token, body = '{}', headers = {} }: { token?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(`${url}/matchmake/${path}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Record<string, unknown> };
}

/** Where a seat is taken. */
export function seatPath({ processId, roomId, sessionId }: Seat): string {
  return `/${processId}/${roomId}?sessionId=${sessionId}`;
}

/** Where a session is taken up again, with its secret and a token. */
export function returnPath(seat: Seat, reconnectionToken: string, token: string): string {
  return `${seatPath(seat)}&reconnectionToken=${reconnectionToken}&_authToken=${token}`;
}

/** A message of the room: `type`, then the payload's bytes as they are. */
export function dataFrame(type: string | number, payload: Uint8Array = new Uint8Array()): Uint8Array {
  return frameOf(FRAME.ROOM_DATA, undefined, type, payload);
}

/** A message that wants a reply. */
export function requestFrame(id: number, type: string | number, payload: Uint8Array = new Uint8Array()): Uint8Array {
  return frameOf(FRAME.ROOM_REQUEST, id, type, payload);
}

/** A room message of type `rpc` with any value in it. */
export function rpcFrame(value: unknown): Uint8Array {
  return dataFrame(RPC_MESSAGE, pack(value));
}

function frameOf(kind: number, id: number | undefined, type: string | number, payload: Uint8Array): Uint8Array {
  const length = typeof type === 'string' ? Buffer.byteLength(type) : 0;
  const frame = Buffer.alloc(1 + 9 + 5 + length + 9 + payload.byteLength);
  const it: Iterator = { offset: 1 };
  frame[0] = kind;
  if (id !== undefined) encode.number(frame, id, it);
  if (typeof type === 'string') encode.string(frame, type, it);
  else encode.number(frame, type, it);
  frame.set(payload, it.offset);
  return frame.subarray(0, it.offset + payload.byteLength);
}
