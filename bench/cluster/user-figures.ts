/** What the samples of two nodes full of users say, and what the issue promises of it. */
import type { Figure } from '../figure.ts';
import { quietOf } from '../neighbours.ts';
import { median, quantile, spread } from '../statistics.ts';
import type { PresenceSamples } from './LobbyWatch.ts';
import type { NotifySamples, NotifyTotals } from './notify-probe.ts';
import type { RelaySamples } from './relay-probe.ts';
import type { Slice } from './slices.ts';

export function presenceFigures(
  slices: ReadonlyArray<Slice<PresenceSamples>>,
  missed: number,
  load: string,
): readonly Figure[] {
  const { kept, remark } = quietOf(slices, 'slices');
  const status = kept.flatMap(({ samples }) => samples.status);
  const where = kept.flatMap(({ samples }) => samples.where);
  const all = [...status, ...where];
  const p99 = (samples: readonly number[]) => quantile(samples, 0.99).toFixed(0);
  const kinds = `status p99 ${p99(status)}, leaving and coming p99 ${p99(where)} ms`;
  return [
    {
      name: "presence change in the other node's lobby, p99",
      value: quantile(all, 0.99),
      unit: ' ms',
      digits: 0,
      limit: { atMost: 250 },
      promise:
        'a change of presence is in the lobby of another node within 250 ms (p99), with 2,000 users over two nodes',
      detail: `${spread(all)}; ${load}; ${kinds}`,
      remark,
    },
    {
      name: 'presence changes that a watcher has not seen',
      value: missed,
      unit: '',
      digits: 0,
      limit: { atMost: 0 },
      promise: 'each change of presence is seen in the lobby of another node',
      detail: 'of all slices',
    },
  ];
}

export function notifyFigures(
  slices: ReadonlyArray<Slice<NotifySamples>>,
  { published, lost }: NotifyTotals,
  load: string,
): readonly Figure[] {
  const { kept, remark } = quietOf(slices, 'slices');
  const latencies = kept.flatMap(({ samples }) => samples.latencies);
  return [
    {
      name: "notification by NATS to the player's socket, p99",
      value: quantile(latencies, 0.99),
      unit: ' ms',
      digits: 0,
      limit: { atMost: 50 },
      promise: 'a notification is at its player within 50 ms (p99), at 1,000 a second',
      detail: `${spread(latencies)}; ${load}`,
      remark,
    },
    {
      name: 'notifications lost',
      value: lost,
      unit: '',
      digits: 0,
      limit: { atMost: 0 },
      promise: 'no notification is lost while everything is up',
      detail: `of ${published.toLocaleString('en')}, of all slices`,
    },
  ];
}

export function relayFigures({ direct, relayed }: RelaySamples): readonly Figure[] {
  const difference = median(relayed.map((ms, i) => ms - direct[i]!)).toFixed(2);
  return [
    {
      name: 'relay, added to the median round trip',
      value: median(relayed) - median(direct),
      unit: ' ms',
      digits: 2,
      limit: { atMost: 1 },
      promise: 'a call over another node takes at most 1 ms longer at the median',
      detail: `direct ${spread(direct)}; relayed ${spread(relayed)}; median of the pairs' differences ${difference} ms`,
    },
  ];
}
