import { type ClientMethods, type MethodTable, type ServerMethods, stateHash } from '@gatehouse/schema';
import type { Log } from './log.ts';
import type { RpcPeer } from './rpc-peer.ts';

/** The state that was held here was not the one that the server had sent. */
export interface StateMismatch {
  /** Hash of what the server says that there should be. */
  readonly expected: number;
  /** Hash of what there was. */
  readonly held: number;
}

export interface StateCheckParts<S extends MethodTable, C extends MethodTable> {
  readonly rpc: RpcPeer<S, C>;
  readonly state: () => object;
  readonly log: Log;
  readonly onMismatch: (mismatch: StateMismatch) => void;
}

/**
 * Compares the state with the hashes that the server sends, each right behind the patch that it is about. Where they
 * differ, asks for the whole state, which puts right what was wrong, in the objects that there are.
 */
export function keepStateChecked<S extends MethodTable, C extends MethodTable>(parts: StateCheckParts<S, C>): void {
  const { state, log, onMismatch } = parts;
  // Both methods belong to the platform, so they are there whatever tables a game adds.
  const rpc = parts.rpc as unknown as RpcPeer<ServerMethods, ClientMethods>;
  rpc.serve('state.check', ({ hash: expected }) => {
    const held = stateHash(state());
    if (held === expected) return;
    log({ level: 'warn', event: 'state.mismatch', expected, held });
    // A refusal says that it was asked for a moment ago: the next check asks again if that did not help.
    rpc.call('state.resync').catch((error) => log({ level: 'warn', event: 'state.resyncFailed', error }));
    onMismatch({ expected, held });
  });
}
