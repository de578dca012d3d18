const CHUNK_BYTES = 16_384;

/**
 * Memory of one connection for frames that wait. A frame that leaves at once is cut from a pool that all share: some two
 * hundred bytes that wait would keep eight thousand of the pool from being freed. Frames wait in order, so a chunk is
 * free soon after its first frame has left.
 */
export class FrameStore {
  #chunk = Buffer.alloc(0);
  #used = 0;

  /** The frame in bytes that no other connection has a part of. */
  keep(frame: Buffer): Buffer {
    const { byteLength } = frame;
    // As large as what it is cut from: it has that for itself, or shares it with others who wait for the same bytes.
    if (frame.buffer.byteLength < byteLength + CHUNK_BYTES / 4) return frame;
    if (this.#used + byteLength > this.#chunk.byteLength) {
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, byteLength));
      this.#used = 0;
    }
    const kept = this.#chunk.subarray(this.#used, this.#used + byteLength);
    this.#used += byteLength;
    kept.set(frame);
    return kept;
  }

  /** Nothing waits any more. */
  clear(): void {
    this.#chunk = Buffer.alloc(0);
    this.#used = 0;
  }
}
