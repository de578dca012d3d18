/** How long the ticks of a room keep the event loop. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** In milliseconds. */
export interface Tick {
  readonly simulation: number;
  readonly encoding: number;
  readonly writing: number;
  /** CPU time of all of it, without what neighbours of the machine took. */
  readonly cpu: number;
}

export interface TickRecord {
  readonly ticks: readonly Tick[];
  /** How much later than due a timer comes, p99. */
  readonly loopDelay: number;
}

/** How often the loop is asked, in milliseconds: the histogram holds this much more than the delay. */
const RESOLUTION_MS = 1;

export class TickTimes {
  #simulated = 0;
  #simulatedCpu = 0;
  #ticks: Tick[] = [];
  #delay: ReturnType<typeof monitorEventLoopDelay> | undefined;

  begin(): object {
    this.#ticks = [];
    this.#simulated = 0;
    this.#simulatedCpu = 0;
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
    return {};
  }

  simulate(step: () => void): void {
    const [began, cpu] = [performance.now(), cpuMs()];
    step();
    this.#simulated += performance.now() - began;
    this.#simulatedCpu += cpuMs() - cpu;
  }

  /** A tick ends when its patches have been handed to the system: that is at the end of the turn. */
  patch<T>(broadcast: () => T): T {
    const [began, cpu] = [performance.now(), cpuMs()];
    const result = broadcast();
    const encoded = performance.now();
    process.nextTick(() => {
      const [writing, used] = [performance.now() - encoded, cpuMs() - cpu];
      const simulation = this.#simulated;
      this.#ticks.push({ simulation, encoding: encoded - began, writing, cpu: this.#simulatedCpu + used });
      this.#simulated = 0;
      this.#simulatedCpu = 0;
    });
    return result;
  }

  end(): TickRecord {
    this.#delay?.disable();
    const loopDelay = (this.#delay?.percentile(99) ?? Number.NaN) / 1_000_000 - RESOLUTION_MS;
    return { ticks: this.#ticks, loopDelay };
  }
}

/** Of this thread. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
