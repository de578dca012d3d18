/**
 * `node test/ops/cost.ts`: what metrics cost a node with 200 players. Prints the CPU of one reading, and of what is done
 * for each frame, step and call. Not a test: timings are none.
 */
import { pino } from 'pino';
import { rooms } from '../../rooms/index.ts';
import { memoryPorts } from '../../src/adapters/memory/index.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { readConfig } from '../../src/config.ts';
import { signToken } from '../../src/gate/dev-issuer.ts';
import { Counters } from '../../src/ops/Counters.ts';
import { timed } from '../../src/ops/metrics/timed.ts';
import { kindOf } from '../../src/outbox/batch.ts';
import { startServer } from '../../src/server.ts';
import { RawClient } from '../support/raw-client.ts';

const PLAYERS = 200;
const TURNS = 1_000_000;

/** Nanoseconds of one call; the best of five, as everything else on the machine only adds to it. */
function cost(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    for (let i = 0; i < TURNS; i++) work();
    best = Math.min(best, ((performance.now() - began) * 1e6) / TURNS);
  }
  return best;
}

const counters = new Counters();
const connection = { patchesOut: 0, patchBytesOut: 0 };
const frame = new Uint8Array(300).fill(15);
const perFrame = cost(() => {
  if (kindOf(frame) !== 'patch') return;
  connection.patchesOut += 1;
  connection.patchBytesOut += frame.byteLength;
});
const step = timed({ platform: { clock: systemClock, counters } as never, roomName: 'world' }, () => {}, 1_000 / 60);
const perStep = cost(() => step());
const seconds = counters.distribution('rpc', 'system.ping');
const perCall = cost(() => {
  const began = systemClock.monotonic();
  seconds.observe((systemClock.monotonic() - began) / 1_000);
});
console.log(`frame ${perFrame.toFixed(1)} ns, step ${perStep.toFixed(0)} ns, call ${perCall.toFixed(0)} ns`);

const server = await startServer({
  config: readConfig({
    PORT: '0',
    JOINS_PER_ADDRESS: '100000',
    MAX_CONNECTIONS_PER_ADDRESS: '1000',
    MESSAGES_PER_SECOND: '1000',
  }),
  ports: memoryPorts(),
  rooms,
  log: pino({ level: 'silent' }),
});
for (let i = 0; i < PLAYERS; i++) {
  await RawClient.join(server.url, signToken({ userId: `player-${i}`, tokenId: `t${i}` }));
}
await fetch(`${server.url}/metrics`);
/** Seconds of CPU of this process in so many of them, while somebody asks each second or nobody does. */
async function busy(ms: number, asks: boolean): Promise<number> {
  const before = process.cpuUsage();
  const until = performance.now() + ms;
  while (performance.now() < until) {
    if (asks) await (await fetch(`${server.url}/metrics`)).text();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 / (ms / 1_000);
}
for (let round = 0; round < 3; round++) {
  const [quiet, asked] = [await busy(5_000, false), await busy(5_000, true)];
  console.log(
    `CPU of a core: ${quiet.toFixed(3)} without, ${asked.toFixed(3)} with a reading a second (asked from the same process)`,
  );
}
process.exit(0);
