import { format } from 'node:util';
import type { Tally } from '../measure/Tally.ts';

/** What libraries say of their own doings; it is counted elsewhere. */
const CHATTER = /^\[Colyseus reconnection\]|^Room connection was closed unexpectedly|onMessage\(\) not registered/;
/** The decoder does not throw when something refers to what it does not know. */
const DECODING = /refId|@colyseus\/schema/;

/** What is written to the console by libraries and scenarios becomes part of the report: the terminal is the view's. */
export function hearConsole(tally: Tally): void {
  for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) {
    console[level] = (...args: unknown[]) => {
      const text = format(...args).trim();
      if (CHATTER.test(text)) return;
      if (DECODING.test(text) && level !== 'log') {
        tally.count('faults');
        tally.problem(`the decoder complained: ${text}`);
      } else if (level === 'warn' || level === 'error') tally.problem(`a scenario wrote: ${text}`);
    };
  }
}
