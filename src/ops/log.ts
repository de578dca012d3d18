import { createHash } from 'node:crypto';
import { type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from '../config.ts';
import { LogOutput } from './LogOutput.ts';
import { Repeats } from './Repeats.ts';
import { currentTrace } from './tracing.ts';
import { withoutTokens } from './without-tokens.ts';

export type { Logger };

export interface LogOptions {
  readonly output?: { write(line: string): void };
  /** Called for each line that is left out, as it says again what was said often. */
  readonly onRepeat?: () => void;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
}

const WARN = pino.levels.values.warn!;

/**
 * JSON lines on standard output, with the same names in all of them: `node`,
 * `room`, `roomName`, `session`, `user`, `connection`, `code` (a close code),
 * `error`, `trace`. Tokens and secrets do not reach it: nothing that is one is passed, and
 * what a text of others quotes of them is taken out. Warnings and errors that
 * say the same again and again are left out, and `unsaid` says how many.
 *
 * `node`: asked for each line, as a node is given its name while it starts.
 */
export function createLog(
  { logLevel, logUsers }: Pick<Config, 'logLevel'> & Partial<Pick<Config, 'logUsers'>>,
  node: string | (() => string),
  { output = new LogOutput(process.stdout), onRepeat = () => {}, now = () => performance.now() }: LogOptions = {},
): Logger {
  const repeats = new Repeats();
  const options: LoggerOptions = {
    level: logLevel,
    base: null,
    mixin: () => ({ node: typeof node === 'string' ? node : node(), trace: currentTrace() }),
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      log: logUsers === 'hashed' ? hashedUser : (fields) => fields,
    },
    hooks: {
      streamWrite: withoutTokens,
      logMethod(args, method, level) {
        const unsaid = level < WARN ? 0 : repeats.take(kindOf(args), now());
        if (unsaid === undefined) onRepeat();
        else method.apply(this, unsaid === 0 ? args : withUnsaid(args, unsaid));
      },
    },
  };
  return pino(options, output);
}

/** What a line is about: its text, and where something happened. */
function kindOf([first, text]: readonly unknown[]): string {
  const where = (first as { where?: unknown } | null)?.where;
  return `${typeof first === 'string' ? first : String(text)} ${typeof where === 'string' ? where : ''}`;
}

function withUnsaid(args: readonly unknown[], unsaid: number): Parameters<Logger['warn']> {
  const [first, ...rest] = args;
  const said = typeof first === 'string' ? [{ unsaid }, first, ...rest] : [{ ...(first as object), unsaid }, ...rest];
  return said as unknown as Parameters<Logger['warn']>;
}

const USER_FIELDS = ['user', 'targetUser'];

/** The same user has the same hash on every node. Who knows the ids of users can compute it. */
function hashedUser(fields: Record<string, unknown>): Record<string, unknown> {
  const hashed: Record<string, unknown> = {};
  for (const name of USER_FIELDS) {
    const user = fields[name];
    if (typeof user === 'string') hashed[name] = createHash('sha256').update(user).digest('base64url').slice(0, 16);
  }
  return { ...fields, ...hashed };
}
