import { Protocol } from '@colyseus/core';
import type { CloseCodeName } from '../../schema/index.ts';
import type { Config } from '../config.ts';
import { TokenBucket } from '../gate/token-bucket.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Clock } from '../ports/clock.ts';
import type { FrameGuard } from './PlayerSocket.ts';

/** Low five bits of the first byte: the kind of a frame. The rest are modifiers. */
const KIND_MASK = 0x1f;

const FROM_CLIENT = new Set<number>([
  Protocol.JOIN_ROOM,
  Protocol.LEAVE_ROOM,
  Protocol.ROOM_DATA,
  Protocol.ROOM_DATA_BYTES,
  Protocol.PING,
  Protocol.ROOM_INPUT_RELIABLE,
  Protocol.ROOM_INPUT_UNRELIABLE,
  Protocol.ROOM_REQUEST,
]);

/** Bounds what one connection may send and refuses what is no protocol. */
export function frameGuard(parts: {
  limits: Config['limits'];
  clock: Clock;
  counters: Counters;
  onFailure: (error: unknown) => void;
}): FrameGuard {
  const { limits, clock, counters, onFailure } = parts;
  const now = clock.monotonic();
  // Twice and four times: a client that comes back from a stall sends what it has saved up at once.
  const messages = new TokenBucket({ perSecond: limits.messagesPerSecond, burst: limits.messagesPerSecond * 2 }, now);
  const bytes = new TokenBucket({ perSecond: limits.bytesPerSecond, burst: limits.bytesPerSecond * 4 }, now);

  return {
    inspect(frame): CloseCodeName | undefined {
      const at = clock.monotonic();
      if (!messages.take(at) || !bytes.take(at, frame.byteLength)) {
        counters.count('frames_refused', 'flooding');
        return 'FLOODING';
      }
      if (frame.byteLength === 0 || !FROM_CLIENT.has(frame[0]! & KIND_MASK)) {
        counters.count('frames_refused', 'protocol');
        return 'PROTOCOL_ERROR';
      }
      return undefined;
    },
    failed(error) {
      counters.count('frames_refused', 'undecodable');
      onFailure(error);
    },
  };
}
