import type { Result } from './result.ts';

/** What brings about the same again. */
export function commandOf({ asked, verdicts }: Result): string {
  const { url, scenario, room, rooms, clients, client, network, joinsPerSecond, durationMs, workers, seed, settings } =
    asked;
  const parts = [
    `--url ${url}`,
    `--scenario ${scenario}`,
    `--room ${room}`,
    ...(rooms === null ? [] : [`--rooms ${rooms}`]),
    `--clients ${clients} --client ${client}`,
    `--ramp ${joinsPerSecond}/s --duration ${durationMs / 1_000}s`,
    ...(network === null ? [] : [`--network ${network}`]),
    ...Object.entries(settings).map(([name, value]) => `--set ${name}=${value}`),
    ...verdicts.map(({ gate }) => `--gate '${gate}'`),
    `--workers ${workers} --seed ${seed}`,
  ];
  return `npm run loadtest -- ${parts.join(' ')}`;
}
