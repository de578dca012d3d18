/** Version of the envelopes. A reader ignores every other. */
export const BUS_VERSION = 1;

/** Longest name of a user, a role, a room, a node or an event, and longest id, in an envelope. */
export const MAX_BUS_NAME = 256;
/** Longest message of an error. */
export const MAX_BUS_TEXT = 1_024;
/** How deep params, results and data may be nested: a decoder of a player's client recurses. */
export const MAX_BUS_DEPTH = 32;

/** True when no array or object of a JSON value is nested deeper than `depth`. Itself recurses no deeper. */
export function isShallow(value: unknown, depth = MAX_BUS_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  for (const inner of Object.values(value)) if (!isShallow(inner, depth - 1)) return false;
  return true;
}
