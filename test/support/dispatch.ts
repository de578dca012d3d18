import type { MethodTable } from '../../schema/index.ts';
import { TokenBucket } from '../../src/gate/token-bucket.ts';
import { Counters } from '../../src/ops/Counters.ts';
import type { Session } from '../../src/room/Session.ts';
import { Answers } from '../../src/rpc/Answers.ts';
import { Calls } from '../../src/rpc/Calls.ts';
import { Dispatcher, type DispatcherParts, type Reply } from '../../src/rpc/Dispatcher.ts';
import { bindMethods, type Handlers } from '../../src/rpc/methods.ts';
import { FakeClock } from './FakeClock.ts';

export interface DispatchBench {
  readonly clock: FakeClock;
  readonly counters: Counters;
  readonly session: Session;
  readonly faults: Array<{ method: string; error: unknown }>;
  receive(payload: unknown): Reply | Promise<Reply>;
}

/** A dispatcher without sockets: only what it touches of a session is there. */
export function dispatchBench<T extends MethodTable>(
  table: T,
  handlers: Handlers<T>,
  {
    role = 'player',
    maxBatch = 50,
    checkResults = true,
    callsPerSecond = 1e9,
    journal,
  }: Partial<Pick<DispatcherParts, 'maxBatch' | 'checkResults' | 'journal'>> & {
    role?: string;
    callsPerSecond?: number;
  } = {},
): DispatchBench {
  const clock = new FakeClock();
  const counters = new Counters();
  const faults: DispatchBench['faults'] = [];
  const session = {
    identity: { role },
    methodRates: new Map(),
    work: new TokenBucket({ perSecond: callsPerSecond, burst: callsPerSecond * 2 }, clock.monotonic()),
    answers: new Answers(),
    calls: new Calls(clock),
    ended: new AbortController(),
    inFlight: 0,
  } as unknown as Session;
  const dispatcher = new Dispatcher({
    methods: bindMethods(table, handlers),
    maxBatch,
    checkResults,
    clock,
    counters,
    onFault: (method, error) => faults.push({ method, error }),
    ...(journal && { journal }),
  });
  return { clock, counters, session, faults, receive: (payload) => dispatcher.receive(payload, session) };
}
