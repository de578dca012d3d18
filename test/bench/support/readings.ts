/** Readings for tests of what is made of them. */
import type { Reading } from '../../../bench/reading.ts';

/** So much CPU of a core, 12,000 frames and as many answers a second. */
export function reading(cpuShare: number): Reading {
  return {
    cpuMicrosPerSecond: cpuShare * 1_000_000,
    loadCpuMicrosPerSecond: 200_000,
    framesPerSecond: 12_000,
    bytesPerFrame: 831,
    inputsPerSecond: 0,
    repliesPerSecond: 12_000,
    memoryBytes: 2 ** 27,
    othersBusy: 0,
  };
}
