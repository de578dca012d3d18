/** Where a payload length stands in a WebSocket header (RFC 6455, 5.2): in 7 bits, in 16 or in 64. */
const MAX_7_BITS = 125;
const MAX_16_BITS = 0xffff;
const IN_16_BITS = 126;
const IN_64_BITS = 127;
/** A whole binary message, as servers send it: not masked. */
const FINAL_BINARY = 0x82;
/** Its payload is deflated (RFC 7692). */
const DEFLATED = 0x40;

/** The payload as one WebSocket frame, in bytes of its own. */
export function binaryFrame(payload: Uint8Array): Buffer {
  return frameOf(payload, FINAL_BINARY);
}

/** As `binaryFrame`, of a payload that was deflated. */
export function deflatedFrame(payload: Uint8Array): Buffer {
  return frameOf(payload, FINAL_BINARY | DEFLATED);
}

function frameOf(payload: Uint8Array, first: number): Buffer {
  const { byteLength } = payload;
  const head = byteLength <= MAX_7_BITS ? 2 : byteLength <= MAX_16_BITS ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + byteLength);
  frame[0] = first;
  if (head === 2) {
    frame[1] = byteLength;
  } else if (head === 4) {
    frame[1] = IN_16_BITS;
    frame.writeUInt16BE(byteLength, 2);
  } else {
    frame[1] = IN_64_BITS;
    frame.writeUInt32BE(Math.floor(byteLength / 2 ** 32), 2);
    frame.writeUInt32BE(byteLength >>> 0, 6);
  }
  frame.set(payload, head);
  return frame;
}

/** What a frame of `binaryFrame` carries. */
export function payloadOf(frame: Buffer): Buffer {
  const length = frame[1]!;
  return frame.subarray(length === IN_64_BITS ? 10 : length === IN_16_BITS ? 4 : 2);
}
