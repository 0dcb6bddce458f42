// The SSM agent of one host: takes commands, runs them, reports them, and remembers them over a
// reboot.

import type { Host } from '../host/host.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { RandomStream } from '../kernel/random.ts';
import { type Invocation, isTerminal } from './command.ts';
import type { CommandBook } from './command-book.ts';
import { Execution, type ExecutionEnd } from './execution.ts';
import {
  drawOutcome,
  forcedOutcome,
  type RebootOutcome,
  WORKER_LOST,
  WORKER_LOST_SECONDS,
} from './reboot-outcome.ts';

/** Between the end of a script and its result at the API: not measured anywhere. */
const REPORT_SECONDS = { low: 0.1, high: 0.8 };

/** A restarted agent looks through the documents it had in progress. */
const RESUME_SECONDS = { low: 1, high: 5 };

/** `CommandRetryLimit` (amazon-ssm-agent agent/appconfig/constants.go). */
const RUNS_MAX = 15;

/** With a fault that spoils the report of a reboot, the report waits so long for that reboot. */
const HELD_REPORT_SECONDS = 60;

const REBOOTS = /\breboot\b|\bshutdown\b/;

interface Held {
  readonly execution: Execution;
  readonly outcome: RebootOutcome;
}

export class SsmAgent {
  readonly #kernel: Kernel;
  readonly #host: Host;
  readonly #book: CommandBook;
  readonly #random: RandomStream;
  readonly #executions = new Set<Execution>();
  /** What the next start of the agent finds, and how that will end. */
  readonly #afterBoot: Held[] = [];
  readonly #runs = new Map<Invocation, number>();
  readonly #forced = new Map<Execution, RebootOutcome>();

  constructor(kernel: Kernel, host: Host, book: CommandBook) {
    this.#kernel = kernel;
    this.#host = host;
    this.#book = book;
    this.#random = kernel.random.stream(`ssm.agent/${host.ec2InstanceId}`);
  }

  get up(): boolean {
    return this.#host.ssmAgentUp;
  }

  execute(invocation: Invocation): void {
    this.#book.change(invocation, 'InProgress', 'InProgress');
    this.#runs.set(invocation, (this.#runs.get(invocation) ?? 0) + 1);
    const execution = new Execution(this.#kernel, this.#host, invocation);
    this.#executions.add(execution);
    const { clock } = this.#kernel;
    // An error here is a bug of the simulator: the clock must throw it.
    execution.run().then(
      (end) => this.#finished(execution, end),
      (error) =>
        clock.after(0, () => {
          throw error;
        }),
    );
  }

  cancel(invocation: Invocation): void {
    for (const execution of this.#executions) {
      if (execution.invocation === invocation) execution.cancel();
    }
  }

  /** The host's containers stop: whatever is not reported by now ends in one of four ways. */
  stopped(): void {
    for (const execution of this.#executions) {
      const forced =
        this.#forced.get(execution) ?? forcedOutcome(this.#kernel.faults, this.#host.ec2InstanceId);
      const ended = execution.ended !== undefined && execution.ended !== 'Interrupted';
      const outcome = forced ?? drawOutcome(ended, this.#random);
      const subject = execution.invocation.instanceId;
      const { commandId } = execution.invocation.command;
      this.#kernel.log.append('ssm', 'invocation-outlived', subject, { commandId, outcome });
      this.#afterBoot.push({ execution, outcome });
    }
    this.#executions.clear();
    this.#forced.clear();
  }

  started(): void {
    for (const held of this.#afterBoot.splice(0)) {
      const seconds = this.#random.between(RESUME_SECONDS.low, RESUME_SECONDS.high);
      if (held.outcome === 'failed') this.#resume(held, seconds + WORKER_LOST_SECONDS);
      else if (held.outcome !== 'stuck') this.#resume(held, seconds);
    }
  }

  #resume(held: Held, seconds: number): void {
    const { bootId } = this.#host;
    this.#kernel.clock.after(seconds * 1000, () => {
      const { execution, outcome } = held;
      if (isTerminal(execution.invocation.status) || this.#host.state === 'terminated') return;
      // Another reboot came in between: the next start finds the same.
      if (this.#host.bootId !== bootId || !this.up) {
        this.#afterBoot.push(held);
        return;
      }
      if (outcome === 'rerun' && (this.#runs.get(execution.invocation) ?? 0) < RUNS_MAX) {
        this.#kernel.log.append('ssm', 'script-run-again', execution.invocation.instanceId);
        this.execute(execution.invocation);
      } else if (outcome === 'delivered-late' && execution.ended) {
        this.#report(execution, execution.ended);
      } else {
        this.#reportLost(execution.invocation);
      }
    });
  }

  #finished(execution: Execution, end: ExecutionEnd): void {
    if (end === 'Interrupted' || !this.#executions.has(execution)) return;
    if (end === 'RebootAsked') {
      this.#rebootAsked(execution);
      return;
    }
    const seconds = this.#random.between(REPORT_SECONDS.low, REPORT_SECONDS.high);
    const held = this.#holdForFault(execution) ? HELD_REPORT_SECONDS : 0;
    this.#kernel.clock.after((seconds + held) * 1000, () => {
      if (!this.#executions.delete(execution)) return;
      this.#forced.delete(execution);
      this.#report(execution, end);
    });
  }

  /**
   * A fault that spoils the report of a reboot can only strike when the report has not gone out
   * before.
   */
  #holdForFault(execution: Execution): boolean {
    const { steps } = execution.invocation.command;
    if (!steps.some(({ script }) => REBOOTS.test(script))) return false;
    const outcome = forcedOutcome(this.#kernel.faults, this.#host.ec2InstanceId);
    if (outcome) this.#forced.set(execution, outcome);
    return outcome !== undefined;
  }

  /**
   * Exit code 194: the agent reboots the machine and runs the script again. On Bottlerocket it runs
   * `shutdown` inside the control container, which reboots nothing, and goes on waiting (a
   * conclusion from rebooter_unix.go, not an observation).
   */
  #rebootAsked(execution: Execution): void {
    if (this.#host.bottlerocket) return;
    this.#forced.set(execution, 'rerun');
    this.#host.reboot('host');
  }

  #report(execution: Execution, end: ExecutionEnd): void {
    const { invocation } = execution;
    if (isTerminal(invocation.status)) return;
    execution.record();
    if (end === 'TimedOut') this.#book.change(invocation, 'TimedOut', 'Execution Timed Out');
    else if (end === 'Cancelled') this.#book.change(invocation, 'Cancelled', 'Cancelled');
    else if (end === 'Success') this.#book.change(invocation, 'Success', 'Success');
    else this.#book.change(invocation, 'Failed', 'Failed');
  }

  #reportLost(invocation: Invocation): void {
    if (isTerminal(invocation.status)) return;
    for (const plugin of invocation.plugins) {
      plugin.status = 'Failed';
      plugin.statusDetails = 'Failed';
      // The agent leaves the code of the result at its zero value (`generateUnexpectedFailResult`).
      plugin.responseCode = 0;
      plugin.finishedAt = this.#kernel.clock.now();
      plugin.agentOutput = WORKER_LOST;
    }
    this.#book.change(invocation, 'Failed', 'Failed');
  }
}
