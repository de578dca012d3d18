/** What `<gatehouse-connection>` shows, as plain data: no element, no clock. */
import type { ConnectionStatus } from '../status.ts';

/** The light: colour by class, and a sign that says the same without colour. */
export type Tone = 'good' | 'warn' | 'bad' | 'idle';

export const signs: Record<Tone, string> = { good: '✓', warn: '⋯', bad: '!', idle: '–' };

export interface ConnectionView {
  readonly tone: Tone;
  /** Spoken by a screen reader when it changes; so nothing in it counts seconds. */
  readonly word: string;
  /** Changes often and is not spoken; empty when there is nothing to add. */
  readonly detail: string;
  /** Why, for a player; empty when all is well. */
  readonly sentence: string;
  /** What the button does; null when there is no button. */
  readonly action: 'reconnect' | 'rejoin' | null;
}

/** `now` in milliseconds since 1970. Without a status there is no connection at all. */
export function viewConnection(status: ConnectionStatus | undefined, now: number): ConnectionView {
  switch (status?.state) {
    case undefined:
    case 'idle':
      return { tone: 'idle', word: 'Offline', detail: '', sentence: '', action: null };
    case 'connecting': {
      const detail = status.attempt > 1 ? `attempt ${status.attempt}` : '';
      return { tone: 'warn', word: 'Connecting…', detail, sentence: '', action: null };
    }
    case 'online': {
      const detail = status.roundTripMs === null ? '' : `${Math.round(status.roundTripMs)} ms`;
      return { tone: 'good', word: 'Online', detail, sentence: '', action: null };
    }
    case 'reconnecting':
      return {
        tone: 'warn',
        word: 'Reconnecting',
        detail: `attempt ${status.attempt}, ${whenText(status.retryAt - now)}`,
        sentence: status.reason.sentence,
        action: 'reconnect',
      };
    case 'failed':
      return { tone: 'bad', word: 'Failed', detail: '', sentence: status.error.sentence, action: 'rejoin' };
  }
}

/** How long until an attempt, `ms` from now: counted in whole seconds, and `now` while it is under way. */
function whenText(ms: number): string {
  return ms <= 0 ? 'now' : `in ${Math.ceil(ms / 1_000)} s`;
}
