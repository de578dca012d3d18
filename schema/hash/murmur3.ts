/** MurmurHash3_x86_32 with seed 0, of words of 32 bits: the same as of their bytes, the lowest first. */
export class Murmur3 {
  #hash = 0;
  #bytes = 0;

  word(value: number): void {
    let k = Math.imul(value, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    const hash = this.#hash ^ k;
    this.#hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
    this.#bytes += 4;
  }

  /** The hash of the words since the last call, as a whole number from 0 to 2³² − 1. */
  end(): number {
    let hash = this.#hash ^ this.#bytes;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    this.#hash = 0;
    this.#bytes = 0;
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}
