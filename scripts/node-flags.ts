/**
 * What Node is started with wherever Gatehouse is (DP12). V8 tunes itself to programs that make something and then
 * rest; a server makes garbage sixty times a second, for days (measured in docs/performance.md):
 *
 * - The space for what is garbage at once stays as it is. V8 keeps it small, gives it back and takes it again all the time.
 * - No collections of all memory because little happens: they come again and again, and slow down what runs meanwhile.
 * - Nothing is taken for long-lived by where it is made. While nobody plays, what clients send lives long; V8 remembers
 *   that, and keeps each of their messages until it collects all memory.
 */
export const nodeFlags = [
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
  '--no-memory-reducer',
  '--no-allocation-site-pretenuring',
];
