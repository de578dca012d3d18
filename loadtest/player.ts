import { GatehouseClient, MoveInput, WorldState } from '@gatehouse/client';
import type { Sample } from './sample.ts';

const INPUTS_PER_SECOND = 60;
const RPC_EVERY_MS = 500;
/** Bounds what is kept of a long run. */
const MAX_VALUES = 20_000;

/** One player: joins the world, walks about, asks for a ping twice a second, leaves at `end`. */
export async function play(url: string, token: string, end: number): Promise<Sample> {
  const sample: Sample = { joinMs: 0, rpcMs: [], patchGapsMs: [], drops: 0 };
  const began = performance.now();
  const world = await new GatehouseClient({ url, token }).join('world', {}, { stateClass: WorldState });
  sample.joinMs = performance.now() - began;
  const failed = new Promise<never>((_resolve, reject) => {
    world.on('status', (status) => {
      if (status.state === 'reconnecting' && status.attempt === 1) sample.drops += 1;
      if (status.state === 'failed') reject(status.error);
    });
  });

  let last = performance.now();
  world.room.onStateChange(() => {
    const now = performance.now();
    if (sample.patchGapsMs.length < MAX_VALUES) sample.patchGapsMs.push(now - last);
    last = now;
  });

  const input = world.room.input<MoveInput>({ type: MoveInput });
  let step = 0;
  const walk = setInterval(() => {
    if (world.status.state !== 'online') return;
    if (step++ % INPUTS_PER_SECOND === 0) {
      const angle = Math.random() * Math.PI * 2;
      input.data.mx = Math.round(Math.cos(angle) * 127);
      input.data.my = Math.round(Math.sin(angle) * 127);
    }
    input.send();
  }, 1_000 / INPUTS_PER_SECOND);

  try {
    while (Date.now() < end) {
      const asked = performance.now();
      await Promise.race([world.rpc.call('system.ping', {}), failed]);
      if (sample.rpcMs.length < MAX_VALUES) sample.rpcMs.push(performance.now() - asked);
      await Promise.race([new Promise((resolve) => setTimeout(resolve, RPC_EVERY_MS)), failed]);
    }
  } finally {
    clearInterval(walk);
    await world.leave();
  }
  return sample;
}
