/** First bytes of Colyseus's frames. Not from the SDK: what is imported before it (`install-socket.ts`) needs them. */
export const Protocol = {
  JOIN_ROOM: 10,
  ERROR: 11,
  LEAVE_ROOM: 12,
  ROOM_DATA: 13,
  ROOM_STATE: 14,
  ROOM_STATE_PATCH: 15,
  ROOM_INPUT_RELIABLE: 19,
} as const;

/** Set when the room's clock and the last input that it used stand in front of the body. */
const TIMED = 0x80;
const TIMED_BYTES = 8;
/** The low five bits say what a frame is. */
const KIND = 0x1f;

export const kindOf = (frame: Uint8Array) => (frame[0] ?? 0) & KIND;
export const isTimed = (frame: Uint8Array) => ((frame[0] ?? 0) & TIMED) !== 0;

/** Where the body of a state or a patch begins. */
export const bodyOf = (frame: Uint8Array) => 1 + (isTimed(frame) ? TIMED_BYTES : 0);
