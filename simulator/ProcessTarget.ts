import type { ChildProcess } from 'node:child_process';
import type { Fault, FaultKind, Target } from './faults.ts';

/**
 * A child process that may be killed, told to end, or stopped for a while. By
 * its handle, which knows whether it still runs: a pid could be another's by now.
 */
export class ProcessTarget implements Target {
  readonly kinds: readonly FaultKind[] = ['kill', 'terminate', 'pause'];
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  get runs(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** SIGKILL. */
  kill(): boolean {
    return this.#signal('SIGKILL');
  }

  /** SIGTERM. One that is paused hears it when it goes on. */
  terminate(): boolean {
    return this.#signal('SIGTERM');
  }

  /** SIGSTOP: its sockets stay, and nobody answers. */
  pause(): boolean {
    return this.#signal('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): boolean {
    return this.#signal('SIGCONT');
  }

  begin(fault: Fault): boolean {
    if (fault.kind === 'kill') return this.kill();
    if (fault.kind === 'terminate') return this.terminate();
    return this.pause();
  }

  heal(): void {
    this.resume();
  }

  #signal(signal: NodeJS.Signals): boolean {
    return this.runs && this.#child.kill(signal);
  }
}
