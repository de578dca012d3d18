/** The client kit of Gatehouse: rooms that a player stays in. See client/README.md. */
export type {
  ChosenStatus,
  ClientMethods,
  CloseCodeEntry,
  CloseCodeName,
  ErrorName,
  MethodSpec,
  MethodTable,
  NextStep,
  ParamsOf,
  ParsedParamsOf,
  ResultOf,
  ServerMethods,
  Status,
  UserPresence,
} from '@gatehouse/schema';
export {
  clientMethods,
  closeCodes,
  defineMethods,
  errors,
  LobbyState,
  LobbyUser,
  Mark,
  MoveInput,
  nextStep,
  Player,
  platformMethods,
  RPC_MESSAGE,
  serverMethods,
  stepMovement,
  WORLD,
  WorldState,
} from '@gatehouse/schema';
export { type Clock, systemClock, type Timer } from './clock.ts';
export { ConnectionEnded, GatehouseError } from './errors.ts';
export { GatehouseClient, type JoinSettings } from './gatehouse-client.ts';
export type { KeptSession, SessionStorage } from './kept-sessions.ts';
export type { GatehouseClientOptions } from './kit-options.ts';
export type { Log, LogEntry } from './log.ts';
export { DEFAULT_RECONNECT, type ReconnectOptions } from './reconnect-policy.ts';
export {
  type ConnectionEvents,
  type KitTrouble,
  type Recovered,
  RoomConnection,
  type RoomMessage,
} from './room-connection.ts';
export type { Overflow, RpcPeer } from './rpc-peer.ts';
export type { CallOptions, NotifyOptions, RpcHandler } from './rpc-types.ts';
export type { RoomOf } from './sdk-room.ts';
export type { StateClass } from './seat.ts';
export type { StateMismatch } from './state-check.ts';
export type { ConnectionState, ConnectionStatus } from './status.ts';
export type { Token } from './token-source.ts';
