/** What an update costs: `node test/interest/cost.ts`. 1,000 bodies that walk, each a viewer, about 50 of them in sight. Wall clock. */
import { Interest } from '../../src/interest/Interest.ts';

const COUNT = 1_000;
const ROUNDS = 400;
const SIZE = 4_000;
/** A walk of 280 units a second, at 60 updates a second. */
const STEP = 280 / 60;

interface Walker {
  x: number;
  y: number;
  angle: number;
}

function measure({ name, radius, cap, every, crowd = 1 }: Case): void {
  const interest = new Interest<Walker, number>({ enter: radius, leave: radius * 1.2, cap, every });
  const side = SIZE * crowd;
  const walkers = Array.from({ length: COUNT }, (): Walker => {
    return { x: Math.random() * side, y: Math.random() * side, angle: Math.random() * 7 };
  });
  for (const walker of walkers) interest.add(walker);
  for (const [index, walker] of walkers.entries()) interest.watch(index, walker);
  const times: number[] = [];
  let changes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const walker of walkers) {
      walker.x = Math.min(side, Math.max(0, walker.x + Math.cos(walker.angle) * STEP));
      walker.y = Math.min(side, Math.max(0, walker.y + Math.sin(walker.angle) * STEP));
      if (Math.random() < 0.02) walker.angle = Math.random() * 7;
    }
    const began = performance.now();
    for (const { entered, left } of interest.update()) changes += entered.length + left.length;
    if (round >= ROUNDS / 4) times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(2).padStart(7);
  const seen = walkers.reduce((sum, _, index) => sum + interest.seenBy(index).length, 0) / COUNT;
  console.log(
    `${name.padEnd(52)} p50${at(0.5)} ms  p99${at(0.99)} ms  ${seen.toFixed(0).padStart(3)} in sight, ${Math.round(changes / ROUNDS)} changes an update`,
  );
}

interface Case {
  readonly name: string;
  readonly radius: number;
  readonly cap: number;
  readonly every: number;
  readonly crowd?: number;
}

measure({ name: 'everybody looks, 50 are within the radius', radius: 490, cap: 100, every: 1 });
measure({ name: 'everybody looks, 200 are, the cap takes 50', radius: 1_000, cap: 50, every: 1 });
measure({ name: 'everybody looks, all are in one spot, 50 of 999', radius: 1_000, cap: 50, every: 1, crowd: 0.1 });
measure({ name: 'one in 6 looks, 50 are within the radius', radius: 490, cap: 100, every: 6 });
measure({ name: 'one in 6 looks, 200 are, the cap takes 50', radius: 1_000, cap: 50, every: 6 });
measure({ name: 'one in 6 looks, all are in one spot', radius: 1_000, cap: 50, every: 6, crowd: 0.1 });
