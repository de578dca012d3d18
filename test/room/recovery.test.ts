import { type Client, ClientState } from '@colyseus/core';
import fc from 'fast-check';
import { unpack } from 'msgpackr';
import { expect, test } from 'vitest';
import { isAfter, type Sequence, sequenceOf } from '../../schema/index.ts';
import { Counters } from '../../src/ops/Counters.ts';
import { type Member, Recovery } from '../../src/room/Recovery.ts';
import { messageOf } from '../../src/rpc/message.ts';
import { FakeClock } from '../support/FakeClock.ts';

const parts = (journal = { entries: 1_000, bytes: 1e6, ageMs: 1e6 }, outboxBytes = 1e6) => ({
  config: { journal, outbox: { bytes: outboxBytes } as never },
  clock: new FakeClock(),
  counters: new Counters(),
});

/** What a player of the model saw. */
type Seen = { readonly kind: 'event'; readonly text: string } | { readonly kind: 'lost' };

/** A session, its client, and the road between: what was sent is on it until it arrives or the road breaks. */
class Player implements Member {
  readonly id: string;
  /** Names what it has seen, and drops what comes twice. */
  readonly names: boolean;
  acknowledged = 0;
  named: Sequence | undefined;
  connected = true;
  client: Client;
  /** Confirmed: what is sent goes onto the road. Before that it waits in `_enqueuedMessages`. */
  #road: Uint8Array[] = [];
  #last: Sequence | undefined;
  #onPong: (() => void) | undefined;
  readonly seen: Seen[] = [];
  /** Every event that was for it, since it came. */
  readonly meant: string[] = [];

  constructor(id: string, names: boolean) {
    this.id = id;
    this.names = names;
    this.client = this.#connect();
    this.confirm();
  }

  #connect(): Client {
    const client = { state: ClientState.JOINING as ClientState, _enqueuedMessages: [] as Uint8Array[] | undefined };
    const enqueueRaw = (message: Uint8Array) => {
      if (client.state === ClientState.JOINED) this.#road.push(message);
      else client._enqueuedMessages?.push(message);
    };
    return Object.assign(client, { enqueueRaw }) as unknown as Client;
  }

  confirm(): void {
    const client = this.client as unknown as { state: number; _enqueuedMessages: Uint8Array[] | undefined };
    this.#road.push(...(client._enqueuedMessages ?? []));
    client._enqueuedMessages = undefined;
    client.state = ClientState.JOINED;
  }

  drop(): void {
    this.connected = false;
    this.#road = [];
    this.#onPong = undefined;
  }

  /** `early`: sent to the new connection before the room hears of it. */
  comeBack(recovery: Recovery<Player>, early?: Uint8Array): void {
    this.client = this.#connect();
    if (early !== undefined) this.client.enqueueRaw(early);
    this.connected = true;
    if (this.names) this.named = this.#last;
    recovery.returned(this);
  }

  /** The ping is the last on the road; the model's road loses no order. */
  ping(recovery: Recovery<Player>): void {
    const position = recovery.positionOf(this, 0);
    if (position === undefined || this.#onPong !== undefined) return;
    this.#onPong = () => {
      this.acknowledged = Math.max(this.acknowledged, position);
    };
    this.#road.push(PING);
  }

  /** So many messages arrive. */
  receive(count = Number.POSITIVE_INFINITY): void {
    for (const message of this.#road.splice(0, count)) {
      if (message === PING) {
        this.#onPong?.();
        this.#onPong = undefined;
        continue;
      }
      const payload = unpack(message.subarray(5));
      if (payload.method === 'session.recovered') {
        if (payload.params.recovered) continue;
        this.seen.push({ kind: 'lost' });
        this.#last = payload.params.last;
        continue;
      }
      const seq = sequenceOf(payload)!;
      if (this.names && this.#last !== undefined && !isAfter(seq, this.#last)) continue;
      this.#last = seq;
      this.seen.push({ kind: 'event', text: payload.params.text });
    }
  }
}

const PING = new Uint8Array();

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('say' as const), to: fc.constantFrom('all', 'but 0', 'only 1', 'only 0') }),
  },
  {
    weight: 24,
    arbitrary: fc.record({
      do: fc.constantFrom('drop', 'return', 'confirm', 'ping', 'receive', 'receive all'),
      who: fc.nat(1),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('later' as const), ms: fc.constantFrom(1, 400) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const) }) },
);

test('JR8 whatever is said, lost and taken up again: each sees their events once, in order, without a gap, or is told', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), fc.integer({ min: 1, max: 40 }), (steps, entries) => {
      const given = parts({ entries, bytes: 3_000, ageMs: 1_000 });
      let recovery = new Recovery<Player>(given);
      const players = [new Player('p0', true), new Player('p1', false)];
      for (const player of players) recovery.add(player);
      let said = 0;
      let epoch = 1;
      for (const now of steps) {
        if (now.do === 'later') given.clock.advance(now.ms);
        else if (now.do === 'move') {
          // Its owner changes while it stands still: nobody is connected then.
          const saved = structuredClone(recovery.journal.save());
          recovery = new Recovery<Player>(given);
          recovery.restore(saved, ++epoch);
          for (const player of players) {
            player.drop();
            recovery.add(player, { acknowledged: player.acknowledged });
          }
        } else if (now.do === 'say') {
          const text = `said ${said++}`;
          const only = now.to.startsWith('only') ? [`p${now.to.slice(5)}`] : undefined;
          const except = now.to === 'but 0' ? 'p0' : undefined;
          for (const player of players) {
            if (player.id !== except && (only === undefined || only.includes(player.id))) player.meant.push(text);
          }
          recovery.post('said', { text }, { only, except });
        } else {
          const player = players[now.who]!;
          if (now.do === 'drop') player.drop();
          if (now.do === 'return' && !player.connected) player.comeBack(recovery);
          if (now.do === 'confirm' && player.connected) player.confirm();
          if (now.do === 'ping' && player.connected) player.ping(recovery);
          if (now.do === 'receive') player.receive(now.count);
          if (now.do === 'receive all') player.receive();
        }
      }
      for (const player of players) {
        if (!player.connected) player.comeBack(recovery);
        player.confirm();
        player.receive();
        expectWhole(player);
      }
    }),
    { numRuns: 500 },
  );
});

/** Between two losses that it was told of, a player's events follow each other as they were said; at the end all are there. */
function expectWhole(player: Player): void {
  let at = 0;
  let mayJump = false;
  for (const one of player.seen) {
    if (one.kind === 'lost') {
      mayJump = true;
      continue;
    }
    const index = player.meant.indexOf(one.text);
    expect(index, 'an event that was for somebody else').toBeGreaterThanOrEqual(0);
    // One that names nothing may hear something twice, and then all that followed it.
    if (mayJump || !player.names) expect(index).toBeLessThanOrEqual(mayJump ? player.meant.length : at);
    else expect(index).toBe(at);
    if (mayJump && player.names) expect(index).toBeGreaterThanOrEqual(at);
    at = index + 1;
    mayJump = false;
  }
  if (!mayJump) expect(at).toBe(player.meant.length);
}

test('JR9 a return is told first whether it is whole, and how much follows', () => {
  const recovery = new Recovery<Player>(parts());
  const player = new Player('p0', true);
  recovery.add(player);
  player.drop();
  recovery.post('said', { text: 'meanwhile' }, {});
  const early = messageOf({ jsonrpc: '2.0', method: 'early', params: {} });
  expect(unpacked(player, recovery, early)).toEqual([
    {
      jsonrpc: '2.0',
      method: 'session.recovered',
      params: { recovered: true, replayed: 1, last: { epoch: 1, n: 1 } },
    },
    { jsonrpc: '2.0', method: 'said', params: { text: 'meanwhile' }, seq: { epoch: 1, n: 1 } },
    { jsonrpc: '2.0', method: 'early', params: {} },
  ]);
});

test('JR10 a number from the future, a journal that has forgotten, and more than may wait for a client are not recovered', () => {
  const cases: Array<[string, Recovery<Player>, Sequence | undefined]> = [
    ['future', new Recovery(parts()), { epoch: 1, n: 99 }],
    ['forgotten', new Recovery(parts({ entries: 0, bytes: 0, ageMs: 0 })), undefined],
    ['too much', new Recovery(parts(undefined, 100)), undefined],
  ];
  for (const [name, recovery, named] of cases) {
    const player = new Player('p0', false);
    recovery.add(player);
    player.drop();
    recovery.post('said', { text: 'meanwhile' }, {});
    player.named = named;
    const [told, ...rest] = unpacked(player, recovery);
    expect(told, name).toMatchObject({ params: { recovered: false, replayed: 0, last: { epoch: 1, n: 1 } } });
    expect(rest, name).toEqual([]);
  }
});

test('JR11 what could never wait for a slow client is refused, and takes no number', () => {
  const recovery = new Recovery<Player>(parts(undefined, 100));
  expect(() => recovery.post('said', { text: 'x'.repeat(100) }, {})).toThrow('PAYLOAD_TOO_LARGE');
  expect(recovery.journal.next.n).toBe(1);
});

// biome-ignore lint/suspicious/noExplicitAny: envelopes are looked at by the test
function unpacked(player: Player, recovery: Recovery<Player>, early?: Uint8Array): any[] {
  player.comeBack(recovery, early);
  const { _enqueuedMessages: waiting } = player.client as unknown as { _enqueuedMessages: Uint8Array[] };
  return waiting.map((message) => unpack(message.subarray(5)));
}
