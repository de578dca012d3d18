import { afterEach } from 'vitest';

/** Something to be tested, and how to end it. */
export interface Bench {
  end(): Promise<void>;
}

/** `make`, with each that was made in a test ended after it. */
export function endedAfterEach<B extends Bench, A extends unknown[]>(
  make: (...args: A) => Promise<B>,
): (...args: A) => Promise<B> {
  const made: B[] = [];
  afterEach(async () => {
    for (const bench of made.splice(0)) await bench.end();
  });
  return async (...args) => {
    const bench = await make(...args);
    made.push(bench);
    return bench;
  };
}
