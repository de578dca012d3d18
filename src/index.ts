/** What rooms may import from the platform. */
export { fail, GatehouseError } from './fail.ts';
export { Interest, type InterestOptions, type Sighting } from './interest/Interest.ts';
export type { Delivery, Priority } from './outbox/delivery.ts';
export { type Audience, GameRoom } from './room/GameRoom.ts';
export type { Listing } from './room/Listings.ts';
export type { Session } from './room/Session.ts';
export type { CallContext, Handlers } from './rpc/methods.ts';
export { assertVersion, type EditOptions, Edits, type Meeting, type Merge, type Versioned } from './state/versions.ts';
