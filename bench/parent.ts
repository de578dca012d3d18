/** The child's end of the channel to the bench. */

// However the bench ended, nothing of it may be left running, also when it ends
// while this process starts. A normal exit also writes the CPU profile.
process.on('disconnect', () => process.exit(0));

/** The arguments that the bench gave to this process. */
export function argsFromBench<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** By the name of the question. One that throws ends this process, and with it the bench. */
export type Answers = Readonly<Record<string, () => object | Promise<object>>>;

/** Says that this process is ready, then answers questions, and ends with the bench. */
export function serveBench(ready: object, answers: Answers): void {
  process.on('message', async (message: { bench?: string }) => {
    if (message.bench === 'end') process.exit(0);
    const answer = answers[message.bench ?? ''];
    if (answer !== undefined) process.send?.({ bench: await answer() });
  });
  process.send?.({ bench: ready });
}

/** CPU time of this process, all threads, user and system. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
