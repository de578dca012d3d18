import { type Logger, pino } from 'pino';
import type { Config } from '../config.ts';
import { LogOutput } from './LogOutput.ts';
import { withoutTokens } from './without-tokens.ts';

export type { Logger };

/**
 * JSON lines on standard output. Tokens and secrets do not reach it: nothing that
 * is one is passed, and what a text of others quotes of them is taken out.
 */
export function createLog(
  config: Pick<Config, 'logLevel'>,
  node: string,
  output: { write(line: string): void } = new LogOutput(process.stdout),
): Logger {
  return pino(
    {
      level: config.logLevel,
      base: { node },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: withoutTokens },
    },
    output,
  );
}
