/** The child's end of the channel to the bench. */

/** The arguments that the bench gave to this process. */
export function argsFromBench<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** Says that this process is ready, then answers questions by their name, and ends with the bench. */
export function serveBench(ready: object, answers: Readonly<Record<string, () => object>>): void {
  // However the bench ended, nothing of it may be left running. A normal exit also writes the CPU profile.
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: { bench?: string }) => {
    if (message.bench === 'end') process.exit(0);
    const answer = answers[message.bench ?? ''];
    if (answer !== undefined) process.send?.({ bench: answer() });
  });
  process.send?.({ bench: ready });
}

/** CPU time of this process, all threads, user and system. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
