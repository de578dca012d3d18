/** What was measured, in pieces: a neighbour of the machine spoils one, not all. */
import { median } from '../statistics.ts';
import type { Town } from './Town.ts';

export interface Slice<T> {
  readonly samples: T;
  /** Cores, on average. */
  readonly nodesBusy: readonly number[];
  readonly crowdBusy: number;
  readonly servicesBusy: number;
  readonly othersBusy: number;
  /** Patches that the crowd got. */
  readonly framesPerSecond: number;
}

/** Begins, asks so many times, and ends; resolves with the slices and what the end says. */
export async function inSlices<T, End>(town: Town, name: string, count: number): Promise<[Slice<T>[], End]> {
  await town.ask(`${name} begin`);
  const slices: Slice<T>[] = [];
  for (let i = 0; i < count; i++) slices.push(await town.slice<T>(name));
  return [slices, await town.ask<End>(`${name} end`)];
}

/** A sentence about the machine meanwhile: without it nobody can judge the numbers. */
export function conditionsOf(name: string, slices: ReadonlyArray<Slice<unknown>>): string {
  const percent = (of: (slice: Slice<unknown>) => number) => `${Math.round(median(slices.map(of)) * 100)} %`;
  const frames = Math.round(median(slices.map(({ framesPerSecond }) => framesPerSecond))).toLocaleString('en');
  return (
    `- ${name}: nodes busy ${percent(({ nodesBusy }) => nodesBusy[0] ?? 0)} and ` +
    `${percent(({ nodesBusy }) => nodesBusy[1] ?? 0)} of a core, Redis and NATS ${percent((s) => s.servicesBusy)}, ` +
    `the crowd ${percent((s) => s.crowdBusy)} with ${frames} frames/s, other processes ${percent((s) => s.othersBusy)}`
  );
}
