/** Two thousand users over two nodes: how soon presence and notifications arrive, and what the relay costs. */
import type { Figure } from '../figure.ts';
import type { PresenceSamples } from './LobbyWatch.ts';
import type { NotifySamples, NotifyTotals } from './notify-probe.ts';
import type { RelaySamples } from './relay-probe.ts';
import { conditionsOf, inSlices } from './slices.ts';
import type { StageOptions } from './stage.ts';
import { Town } from './Town.ts';
import { notifyFigures, presenceFigures, relayFigures } from './user-figures.ts';

const USERS_PER_NODE = 1_000;
const FULL = { presence: { slices: 6, seconds: 4 }, notify: { slices: 6, seconds: 2.5 }, relayCalls: 5_000 };
const QUICK = { presence: { slices: 2, seconds: 1.5 }, notify: { slices: 2, seconds: 1 }, relayCalls: 1_000 };

export interface Measured {
  readonly figures: readonly Figure[];
  /** Lines about the machine meanwhile. */
  readonly conditions: readonly string[];
}

export async function measureUsers(options: StageOptions): Promise<Measured> {
  const { quick, tell } = options;
  const { presence, notify, relayCalls } = quick ? QUICK : FULL;
  const probe = {
    residents: 100,
    watchers: 4,
    presence: { perSecond: 50, seconds: presence.seconds },
    notify: { perSecond: 1_000, seconds: notify.seconds },
    relayCalls,
  };
  await using town = await Town.start({ ...options, users: USERS_PER_NODE, probe });
  tell(`${(2 * USERS_PER_NODE).toLocaleString('en')} users are in two lobbies`);

  const [changes, { missed }] = await inSlices<PresenceSamples, { missed: number }>(town, 'presence', presence.slices);
  tell(`presence: ${changes.length} slices`);
  const [notices, totals] = await inSlices<NotifySamples, NotifyTotals>(town, 'notify', notify.slices);
  tell(`notify: ${notices.length} slices`);
  const calls = await town.slice<RelaySamples>('relay');
  tell('relay: done');
  return {
    figures: [
      ...presenceFigures(changes, missed, `${probe.presence.perSecond} changes/s, ${probe.watchers} watchers`),
      ...notifyFigures(notices, totals, `1,000/s to ${2 * probe.residents} users on both nodes`),
      ...relayFigures(calls.samples),
    ],
    conditions: [conditionsOf('presence', changes), conditionsOf('notify', notices), conditionsOf('relay', [calls])],
  };
}
