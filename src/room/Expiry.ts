import type { Config } from '../config.ts';
import type { Clock } from '../ports/clock.ts';
import type { Session } from './Session.ts';

export interface ExpiryParts {
  readonly clock: Clock;
  readonly timing: Config['timing'];
  readonly sessions: () => Iterable<Session>;
  readonly end: (session: Session) => void;
  readonly tell: (session: Session, when: { expiresAt: number; closesAt: number }) => void;
}

/** Tells connected sessions that their tokens are about to end, and ends those whose tokens have. */
export class Expiry {
  readonly #parts: ExpiryParts;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
  }

  look(): void {
    const { clock, timing, sessions, end, tell } = this.#parts;
    const now = clock.now();
    for (const session of sessions()) {
      if (!session.connected) continue;
      const { expiresAt } = session.identity;
      const left = expiresAt - now;
      if (left <= -timing.expiryGraceMs) {
        end(session);
      } else if (left <= timing.expiryNoticeMs && !session.expiryNoticed) {
        session.expiryNoticed = true;
        tell(session, { expiresAt, closesAt: expiresAt + timing.expiryGraceMs });
      }
    }
  }
}
