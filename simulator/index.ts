/** A network that is slow, loses and breaks, and processes that die, all by a seed. See docs/simulator.md. */
export type { Connection, Way } from './Connection.ts';
export { draw } from './draw.ts';
export type { Blow, Fault, FaultKind, Schedule, Spell, Target } from './faults.ts';
export { decisionsOf, Line, type LineConditions } from './Line.ts';
export type { Link } from './Link.ts';
export { type LinkTo, Network, type NetworkOptions } from './Network.ts';
export { ProcessTarget } from './ProcessTarget.ts';
export { type Deed, type Play, type PlayOptions, play } from './play.ts';
export { type Conditions, conditionsOf, isProfile, type ProfileName, profiles } from './profiles.ts';
export { type ScheduleOptions, scheduleOf } from './schedule.ts';
