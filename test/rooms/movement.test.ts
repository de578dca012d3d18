import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Movement } from '../../rooms/world/Movement.ts';
import { isFree, MoveInput, Player, stepMovement, WORLD } from '../../schema/index.ts';

const DT = 1 / 60;
const stick = fc.integer({ min: -127, max: 127 });
const start = fc
  .record({
    x: fc.float({ min: 0, max: WORLD.width, noNaN: true }),
    y: fc.float({ min: 0, max: WORLD.height, noNaN: true }),
  })
  .filter(({ x, y }) => isFree(x, y));

test('WD1 however a player steers, they stay inside the border and outside of walls', () => {
  fc.assert(
    fc.property(start, fc.array(fc.record({ mx: stick, my: stick }), { maxLength: 200 }), (from, inputs) => {
      const body = { ...from, yaw: 0 };
      for (const input of inputs) {
        stepMovement(body, input, DT);
        // Touching is allowed: a hair more than nothing is what float32 leaves.
        expect(isFree(body.x, body.y) || touches(body)).toBe(true);
      }
    }),
  );
});

function touches({ x, y }: { x: number; y: number }): boolean {
  const e = 0.001;
  return [-e, 0, e].some((dx) => [-e, 0, e].some((dy) => isFree(x + dx, y + dy)));
}

test('WD2 no step is longer than the speed allows, in any direction', () => {
  fc.assert(
    fc.property(start, stick, stick, (from, mx, my) => {
      const body = { ...from, yaw: 0 };
      stepMovement(body, { mx, my }, DT);
      expect(Math.hypot(body.x - from.x, body.y - from.y)).toBeLessThanOrEqual(WORLD.speed * DT + 0.001);
    }),
  );
});

test('WD3 a step gives the very number that travels: prediction and server agree to the bit', () => {
  fc.assert(
    fc.property(start, fc.array(fc.record({ mx: stick, my: stick }), { maxLength: 50 }), (from, inputs) => {
      const body = { x: Math.fround(from.x), y: Math.fround(from.y), yaw: 0 };
      for (const input of inputs) stepMovement(body, input, DT);
      expect([body.x, body.y, body.yaw]).toEqual([body.x, body.y, body.yaw].map(Math.fround));
    }),
  );
});

test('WD4 sending inputs faster moves nobody faster; what a stall held back is caught up', () => {
  const movement = new Movement();
  const player = new Player({ x: 2400, y: 1400, yaw: 0 });
  const queue: MoveInput[] = [];
  const inputs = { next: () => queue.shift() };
  const right = () => new MoveInput({ mx: 127, my: 0 });
  const tick = () => movement.step(player, 'p', inputs as never, DT);
  const steps = () => Math.round((player.x - 2400) / (WORLD.speed * DT));

  // Idle for a second: a third of a second of time is saved up, no more.
  for (let i = 0; i < 60; i++) tick();
  for (let i = 0; i < 30; i++) queue.push(right());
  tick();
  expect(steps()).toBe(20);

  // Five times too fast from here on: one step a tick.
  queue.length = 0;
  const before = steps();
  for (let i = 0; i < 10; i++) {
    queue.push(right(), right(), right(), right(), right());
    tick();
  }
  expect(steps() - before).toBe(10);
});
