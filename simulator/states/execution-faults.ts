// Decides when a fault ends an execution: stopped as by a person, or out of time.

import type { Timer } from '../kernel/clock.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { AwsError } from '../kernel/service.ts';
import type { Ending, Execution, LoweredLimits } from './execution.ts';

/** How often a fault gets an occasion, for every execution that runs. */
const OCCASION_SECONDS = 5;

/** F29, unless the fault file says when. */
const REDRIVEN_AFTER_SECONDS = 600;

/** F28, unless the fault file says how low. */
const EVENTS_MAX = 60;
const BYTES_MAX = 300;

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

  /** F28: whether an execution that starts now has lower limits than AWS gives. */
  limitsFor(executionName: string): LoweredLimits {
    const { faults } = this.#kernel;
    const history = faults.strikes('history-limit-lowered', executionName);
    const payload = faults.strikes('payload-limit-lowered', executionName);
    return {
      ...(history ? { historyEventsMax: Number(history.parameters?.events ?? EVENTS_MAX) } : {}),
      ...(payload ? { payloadBytesMax: Number(payload.parameters?.bytes ?? BYTES_MAX) } : {}),
    };
  }

  /** F29: somebody redrives what ended without success, once. */
  closed(execution: Execution, redrive: () => void): void {
    if (execution.status === 'SUCCEEDED' || execution.redriveCount > 0) return;
    const spec = this.#kernel.faults.strikes('execution-redriven', execution.name);
    if (!spec) return;
    const seconds = Number(spec.parameters?.seconds ?? REDRIVEN_AFTER_SECONDS);
    this.#kernel.clock.after(seconds * 1000, () => this.#try(execution, redrive));
  }

  /** Step Functions refuses what has no room for more events, is too old, or runs again: then nothing comes of it. */
  #try(execution: Execution, redrive: () => void): void {
    try {
      redrive();
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { code } = error;
      this.#kernel.log.append('states', 'redrive-refused', execution.subject, { code });
    }
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
