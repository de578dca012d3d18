/** Loaded into the server of a soak before the server itself (`node --import`): says once a second what it takes. */
import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ProbeMessage } from './samples.ts';

const EVERY_MS = 1_000;
const OPEN_FILES = '/proc/self/fd';

/** Of the timer whose delay is watched; Node counts it in. */
const RESOLUTION_MS = 5;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();

const timer = setInterval(() => {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const sample = {
    at: Date.now(),
    rss,
    heapUsed,
    external,
    arrayBuffers,
    handles: process.getActiveResourcesInfo().length,
    files: openFiles(),
    cpuMicros: user + system,
    loopDelayMs: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS),
  };
  delay.reset();
  if (process.connected) process.send?.({ soak: sample } satisfies ProbeMessage);
}, EVERY_MS);
// Neither keeps the server from ending.
timer.unref();
process.channel?.unref();
process.on('disconnect', () => clearInterval(timer));

function openFiles(): number {
  try {
    return readdirSync(OPEN_FILES).length;
  } catch {
    return Number.NaN;
  }
}
