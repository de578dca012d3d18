import { format } from 'node:util';
import { setLogger } from '@colyseus/core/Logger';
import { TokenBucket } from '../gate/token-bucket.ts';
import type { Clock } from '../ports/clock.ts';
import type { Counters } from './Counters.ts';
import type { Logger } from './log.ts';
import { withoutTokens } from './without-tokens.ts';

/** Lines of libraries at once, and each second: a client can make them complain with each of its frames. */
const LINES = { burst: 20, perSecond: 1 };
/** Characters of one complaint. */
const MAX_TEXT = 1_000;

const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];
/** What libraries talk to: the console, and what stands in for it. */
export type Talk = Record<Level, (...words: unknown[]) => void>;

/** Where a library finds our log in place of the console: one line each, a bounded number of them, without tokens. */
export function libraryTalk(parts: { library: string; log: Logger; counters: Counters; clock: Clock }): Talk {
  const { library, log, counters, clock } = parts;
  const lines = new TokenBucket(LINES, clock.monotonic());
  let unsaid = 0;
  const at = (level: Level) => {
    return (...words: unknown[]) => {
      if (!log.isLevelEnabled(level)) return;
      counters.count('library_lines', level);
      if (!lines.take(clock.monotonic())) {
        unsaid += 1;
        return;
      }
      const text = withoutTokens(format(...words)).slice(0, MAX_TEXT);
      log[level]({ library, text, ...(unsaid === 0 ? {} : { unsaid }) }, 'library');
      unsaid = 0;
    };
  };
  return Object.fromEntries(levels.map((level) => [level, at(level)])) as Talk;
}

/** Colyseus prints stack traces to the console otherwise, of whatever a client made it stumble over. */
export function listenToColyseus(parts: { log: Logger; counters: Counters; clock: Clock }): void {
  setLogger(libraryTalk({ library: 'colyseus', ...parts }));
}

/** For a whole process: libraries that know no logger complain by these two. What a game prints with `console.log` stays. */
export function listenToConsole(parts: { log: Logger; counters: Counters; clock: Clock }): void {
  const { warn, error } = libraryTalk({ library: 'console', ...parts });
  Object.assign(console, { warn, error });
}
