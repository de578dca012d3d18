/** A second game, written as a team would write its own: a schema, a table and a room; nothing of the platform. */
import { type Client, matchMaker } from '@colyseus/core';
import { type SchemaType, schema, t } from '@colyseus/schema';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineMethods } from '../../schema/index.ts';
import { fail, GameRoom, type Handlers } from '../../src/index.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { nextNotification, rpc } from '../support/rpc.ts';

const DiceState = schema(
  { total: t.uint32().default(0), last: t.uint8().default(0), seats: t.map('string') },
  'DiceState',
);
type DiceState = SchemaType<typeof DiceState>;

const diceMethods = defineMethods({
  'dice.roll': {
    summary: 'Rolls a die.',
    params: z.strictObject({ sides: z.int().min(2).max(100).default(6) }),
    result: z.strictObject({ value: z.int() }),
    errors: ['LIMIT_REACHED'],
  },
});
const diceEvents = defineMethods({
  'dice.rolled': {
    summary: 'Somebody rolled.',
    params: z.strictObject({ name: z.string(), value: z.int() }),
    result: z.null(),
  },
});

class DiceRoom extends GameRoom<DiceState, typeof diceMethods, typeof diceEvents> {
  static override methods = diceMethods;
  override state = new DiceState();
  override maxClients = 2;
  rolls = 0;

  override handlers: Handlers<typeof diceMethods> = {
    'dice.roll': ({ sides }, { session }) => {
      if (this.rolls++ >= 3) throw fail('LIMIT_REACHED');
      const value = 1 + Math.floor(this.platform.random.number() * sides);
      this.state.total += value;
      this.state.last = value;
      this.notifyAll('dice.rolled', { name: session.identity.name, value });
      return { value };
    },
  };

  override onJoin(client: Client): void {
    this.state.seats.set(client.sessionId, this.sessionOf(client).identity.name);
  }

  override onLeave(client: Client): void {
    this.state.seats.delete(client.sessionId);
  }
}

class BrokenRoom extends GameRoom {
  override onCreate(): void {
    this.setTimestep(() => {
      throw new Error('in the tick');
    }, 20);
  }

  override onJoin(_client: Client, { refuse }: { refuse?: boolean }): void {
    if (refuse) throw new Error('of the game, with a secret inside');
  }
}

const server = await startGatehouse({}, { rooms: { dice: DiceRoom, broken: BrokenRoom } });

test('GM1 a team that starts its own game writes rooms and schema, and touches nothing in src', async () => {
  const [ada, bob] = [await join(server.sdk('ada'), 'dice'), await join(server.sdk('bob'), 'dice')];
  const rolled = nextNotification(bob, 'dice.rolled');
  const { result } = await rpc(ada, 'dice.roll', { sides: 20 });
  expect(await rolled).toEqual({ name: 'ada', value: result.value });
  await expect.poll(() => bob.state.last).toBe(result.value);
  expect((await rpc(ada, 'rpc.discover', {})).result.methods.map(({ name }: { name: string }) => name)).toContain(
    'dice.roll',
  );
  expect(await rpc(ada, 'world.say', { text: 'hi' })).toMatchObject({ error: { message: 'Method not found' } });
  await rpc(ada, 'dice.roll', {});
  await rpc(ada, 'dice.roll', {});
  expect(await rpc(ada, 'dice.roll', {})).toMatchObject({ error: { code: -32015 } });
});

test('GM2 a full room is skipped by joinOrCreate and refused by id with ROOM_LOCKED', async () => {
  const [ada, bob] = [await join(server.sdk('ada'), 'dice'), await join(server.sdk('bob'), 'dice')];
  expect(bob.roomId).toBe(ada.roomId);
  await expect(server.sdk('cyd').joinById(ada.roomId)).rejects.toThrow('ROOM_LOCKED');
  expect((await join(server.sdk('cyd'), 'dice')).roomId).not.toBe(ada.roomId);
});

test('GM3 what a room throws on join or in its tick reaches nobody as text, is counted, and ends nothing else', async () => {
  const bystander = await join(server.sdk('bob'), 'dice');
  const inside = await join(server.sdk('ada'), 'broken');
  const refused = server.sdk('ada').joinOrCreate('broken', { refuse: true });
  await expect(refused).rejects.toThrow('INTERNAL_ERROR: Internal error');
  await expect.poll(() => server.platform.counters.get('room_errors', 'setTimestep')).toBeGreaterThan(2);
  expect(server.platform.counters.get('room_errors', 'onJoin')).toBeGreaterThan(0);
  for (const room of [bystander, inside])
    expect(await rpc(room, 'system.ping', {})).toMatchObject({ result: { at: expect.any(Number) } });
});

test('GM4 a room with a method but no handler, or a handler but no method, does not open', async () => {
  class Forgetful extends GameRoom<object, typeof diceMethods> {
    static override methods = diceMethods;
    override handlers = {} as Handlers<typeof diceMethods>;
  }
  matchMaker.defineRoomType('forgetful', Forgetful as never);
  await expect(server.sdk('ada').joinOrCreate('forgetful')).rejects.toThrow('INTERNAL_ERROR');
  expect(JSON.stringify(server.lines)).toContain('dice.roll has no handler');
});

test('GM5 a hook written as a class field is refused, as it would replace the platform in silence', () => {
  class Mistaken extends GameRoom {
    override onJoin = () => {};
  }
  expect(() => new Mistaken()).toThrow(TypeError);
});
