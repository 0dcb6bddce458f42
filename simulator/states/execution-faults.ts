// Decides when a fault ends an execution: stopped as by a person, or out of time.

import type { Timer } from '../kernel/clock.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Ending, Execution } from './execution.ts';

/** How often a fault gets an occasion, for every execution that runs. */
const OCCASION_SECONDS = 5;

/** Fault names, and how an execution ends that they strike. Neither end runs a Catch. */
const ENDS: Readonly<Record<string, 'ABORTED' | 'TIMED_OUT'>> = {
  'execution-aborted': 'ABORTED',
  'execution-times-out': 'TIMED_OUT',
};

export class ExecutionFaults {
  readonly #kernel: Kernel;
  readonly #running: () => Iterable<Execution>;
  readonly #end: (execution: Execution, ending: Ending) => void;
  #timer: Timer | undefined;

  constructor(
    kernel: Kernel,
    running: () => Iterable<Execution>,
    end: (execution: Execution, ending: Ending) => void,
  ) {
    this.#kernel = kernel;
    this.#running = running;
    this.#end = end;
  }

  /** Starts looking while executions run; does nothing when no fault can strike. */
  watch(): void {
    if (this.#timer) return;
    if (!Object.keys(ENDS).some((name) => this.#kernel.faults.mayStrike(name))) return;
    this.#timer = this.#kernel.clock.after(OCCASION_SECONDS * 1000, () => this.#look());
  }

  /**
   * A state was entered: the occasion of `execution-aborted-in-state`, whose subject is
   * `<execution name>/<state name>`; its `afterSeconds` (0 unless said) runs from there.
   */
  entered(execution: Execution, stateName: string): void {
    const subject = `${execution.name}/${stateName}`;
    const spec = this.#kernel.faults.strikes('execution-aborted-in-state', subject);
    if (!spec) return;
    const afterSeconds = Number(spec.parameters?.afterSeconds ?? 0);
    this.#kernel.clock.after(afterSeconds * 1000, () =>
      this.#end(execution, { status: 'ABORTED' }),
    );
  }

  #look(): void {
    this.#timer = undefined;
    for (const execution of [...this.#running()]) {
      for (const [name, status] of Object.entries(ENDS)) {
        if (execution.status !== 'RUNNING') break;
        if (this.#kernel.faults.strikes(name, execution.name)) this.#end(execution, { status });
      }
    }
    if ([...this.#running()].length > 0) this.watch();
  }
}
