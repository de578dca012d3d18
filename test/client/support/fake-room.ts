import type { CloseLike, SdkConnection, SdkConnectionEvents, SdkRoom } from '../../../client/src/sdk-room.ts';
import type { FakeClock } from './fake-clock.ts';

/** Of the SDK's Connection and WebSocketTransport: what the kit touches, behaving as theirs do. */
export class FakeConnection implements SdkConnection {
  url: string | undefined = 'ws://gate.test/node1/room1?sessionId=s1&_authToken=first';
  transport = { isOpen: true };
  events: SdkConnectionEvents = {};
  /** The address of each socket that was opened to come back. */
  dialed: string[] = [];
  closedWith: (number | undefined)[] = [];
  #deaf = false;

  get isOpen(): boolean {
    return this.transport.isOpen;
  }

  reconnect(query: { reconnectionToken: string; skipHandshake?: boolean }): void {
    const url = new URL(this.url ?? '');
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
    this.transport.isOpen = false;
    this.#deaf = false;
    this.dialed.push(url.toString());
  }

  close(code?: number): void {
    this.closedWith.push(code);
    this.transport.isOpen = false;
    // WebSocketTransport.close: 4010 is heard at once, and the socket itself not any more.
    if (code !== 4010) return;
    this.#deaf = true;
    this.events.onclose?.({ code });
  }

  /** The socket opens. */
  opens(): void {
    this.transport.isOpen = true;
    this.events.onopen?.({});
  }

  /** The socket closes, or fails to open. */
  closes(code?: number, reason?: string): void {
    this.transport.isOpen = false;
    if (this.#deaf) return;
    const event: CloseLike = { code, reason };
    this.events.onclose?.(event);
  }

  fails(): void {
    this.events.onerror?.({});
  }
}

/** Of the SDK's Room: its close and reconnect logic, line by line, on the test's clock. */
export class FakeRoom implements SdkRoom {
  readonly roomId = 'room1';
  readonly sessionId = 's1';
  readonly name = 'world';
  readonly state = {};
  reconnectionToken = 'room1:token1';
  readonly connection = new FakeConnection();
  readonly reconnection = {
    maxRetries: 15,
    minDelay: 100,
    maxDelay: 5000,
    minUptime: 5000,
    backoff: (attempt: number, delay: number) => 2 ** attempt * delay,
    isReconnecting: false,
  };
  readonly sent: { type: string; payload: unknown }[] = [];
  readonly drops: number[] = [];
  readonly leaves: number[] = [];
  onDrop: () => void = () => {};
  /** What the server does with a leave message. */
  onLeaveMessage: () => void = () => this.connection.closes(4000);
  readonly onLeave = {
    invoke: (code: number): void => {
      this.leaves.push(code);
    },
  };
  #handlers = new Map<string, ((...args: never[]) => void)[]>();
  #pong: ((ms: number) => void) | null = null;
  #frame: () => void = () => {};
  pings = 0;
  /** Inputs are counted anew after this. */
  inputResets = 0;

  constructor(clock: FakeClock) {
    this.connection.events.onmessage = () => this.#frame();
    this.connection.events.onclose = ({ code = 1006 }) => {
      if (![1001, 1005, 1006, 4010].includes(code)) {
        this.onLeave.invoke(code);
        return;
      }
      this.drops.push(code);
      this.onDrop();
      if (!this.reconnection.isReconnecting) {
        this.reconnection.isReconnecting = true;
        this.inputResets += 1;
      }
      const { minDelay, maxDelay, backoff } = this.reconnection;
      const delay = Math.min(maxDelay, Math.max(minDelay, backoff(1, 100)));
      clock.after(delay, () => this.connection.reconnect({ reconnectionToken: 'from-the-sdk' }));
    };
  }

  onMessage(type: string, callback: (...args: never[]) => void): () => void {
    this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), callback]);
    return () => {};
  }

  send(type: string, payload?: unknown): void {
    if (!this.connection.isOpen) throw new Error('sent without a seat');
    this.sent.push({ type, payload: structuredClone(payload) });
  }

  ping(callback: (ms: number) => void): void {
    if (!this.connection.isOpen) return;
    this.pings += 1;
    this.#pong = callback;
  }

  async leave(): Promise<number> {
    this.onLeaveMessage();
    return 4000;
  }

  /** Runs `effect` as the SDK runs what is in a frame: inside `onmessage`. */
  receives(effect: () => void = () => {}): void {
    this.#frame = effect;
    this.connection.events.onmessage?.({});
    this.#frame = () => {};
  }

  message(type: string, payload: unknown): void {
    this.receives(() => {
      const own = this.#handlers.get(type);
      for (const handler of own ?? []) handler(payload as never);
      if (own === undefined)
        for (const handler of this.#handlers.get('*') ?? []) handler(type as never, payload as never);
    });
  }

  pong(ms: number): void {
    this.receives(() => {
      this.#pong?.(ms);
      this.#pong = null;
    });
  }

  /** The server takes the client back: JOIN_ROOM, with a new reconnection token. */
  takesBack(token = 'token2'): void {
    this.connection.opens();
    this.receives(() => {
      this.reconnection.isReconnecting = false;
      this.reconnectionToken = `room1:${token}`;
    });
  }

  /** Rpc envelopes that were sent. */
  get envelopes(): Record<string, unknown>[] {
    return this.sent.filter(({ type }) => type === 'rpc').map(({ payload }) => payload as Record<string, unknown>);
  }
}
