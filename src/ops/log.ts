import { type Logger, pino } from 'pino';
import type { Config } from '../config.ts';

export type { Logger };

/** JSON lines on standard output. Tokens and secrets never reach it: nothing that may hold one is passed. */
export function createLog(config: Pick<Config, 'logLevel'>, node: string): Logger {
  return pino({
    level: config.logLevel,
    base: { node },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
