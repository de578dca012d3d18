/** The wire: everything that a client and the server must agree on. */
export * from './close-codes.ts';
export * from './errors.ts';
export * from './hash/slot.ts';
export * from './hash/state-hash.ts';
export * from './http/sessions.ts';
export * from './input/MoveInput.ts';
export * from './input/movement.ts';
export * from './rpc/client.ts';
export * from './rpc/envelope.ts';
export * from './rpc/index.ts';
export * from './rpc/method.ts';
export * from './rpc/presence.ts';
export * from './rpc/rpc.ts';
export * from './rpc/sequence.ts';
export * from './rpc/session.ts';
export * from './rpc/state.ts';
export * from './rpc/system.ts';
export * from './rpc/world.ts';
export * from './state/LobbyState.ts';
export * from './state/WorldState.ts';

/** Room message type that carries JSON-RPC, both ways. */
export const RPC_MESSAGE = 'rpc';
