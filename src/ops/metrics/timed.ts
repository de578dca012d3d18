import type { GameRoom } from '../../room/GameRoom.ts';

/** The step of a room, with the time that it takes, and that by which it comes late. */
export function timed<A extends unknown[]>(
  { platform, roomName }: Pick<GameRoom, 'platform' | 'roomName'>,
  step: (...args: A) => unknown,
  periodMs: number,
): (...args: A) => void {
  const { clock, counters } = platform;
  const took = counters.distribution('tick', roomName);
  const late = counters.distribution('tick_late', roomName);
  let before = Number.POSITIVE_INFINITY;
  return (...args) => {
    const began = clock.monotonic();
    late.observe(Math.max(0, began - before - periodMs) / 1_000);
    before = began;
    try {
      step(...args);
    } finally {
      took.observe((clock.monotonic() - began) / 1_000);
    }
  };
}
