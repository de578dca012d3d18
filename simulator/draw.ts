/**
 * A number that looks random, 0 ≤ number < 1, and is always the same for the
 * same seed (32 bits of it) and path. A path names a decision: which connection,
 * which way, which event. So nothing depends on who asked first, or when.
 */
export function draw(seed: number, ...path: readonly number[]): number {
  let state = seed >>> 0;
  for (const step of path) state = mixed(state ^ Math.imul(step + 1, 0x9e37_79b1));
  return mixed(state) / 0x1_0000_0000;
}

/** The last step of MurmurHash3: every bit of what goes in changes half of those that come out. */
function mixed(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
