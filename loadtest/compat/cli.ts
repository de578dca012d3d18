/**
 * Stands in for the package `@colyseus/loadtest`, so that files written for it run as they are. What it exports as types
 * is there as values, too: such files often import types without saying so, and Node does not take those away.
 */

export interface Options {
  endpoint: string;
  roomName: string;
  roomId: string | undefined;
  numClients: number;
  delay: number;
  logLevel: string;
  reestablishAllDelay: number;
  retryFailed: number;
  output: string | undefined;
  requestJoinOptions?: { requestNumber?: number };
  clientId: number;
}
export type MainCallback = (options: Options) => Promise<unknown> | unknown;
export const Options = undefined;
export const MainCallback = undefined;
export const RequestJoinOperations = undefined;

let registered: MainCallback | undefined;

export function cli(main: MainCallback): void {
  if (typeof main !== 'function') throw new TypeError('cli() takes a function');
  registered = main;
}

/** What the file gave to `cli`. */
export function takeMain(): MainCallback | undefined {
  return registered;
}
