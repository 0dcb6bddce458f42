// One execution: what it was given, what happened in it, and how it ended.

import type { VirtualClock } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/service.ts';
import type { Machine } from './definition/schema.ts';
import { History } from './history.ts';
import type { Payload } from './payload.ts';
import { Scope } from './scope.ts';
import type { StateMachine } from './state-machines.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** How an execution ends; `error` and `cause` are absent where AWS has none. */
export type Ending =
  | { readonly status: 'SUCCEEDED'; readonly output: string }
  | {
      readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
      readonly error?: string | undefined;
      readonly cause?: string | undefined;
    };

/** Quotas that a fault has lowered for one execution. */
export interface LoweredLimits {
  readonly historyEventsMax?: number;
  readonly payloadBytesMax?: number;
}

/** A state with what it was given. */
export interface Reached {
  readonly name: string;
  readonly input: Payload;
  readonly variables: Readonly<Record<string, unknown>>;
}

const END_EVENTS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;

export class Execution {
  readonly arn: string;
  readonly name: string;
  /** Position in the order of starts. */
  readonly serial: number;
  readonly stateMachine: StateMachine;
  /** The definition at the start: an update does not change a running execution. */
  readonly machine: Machine;
  readonly input: Payload;
  readonly startAt: number;
  readonly history: History;
  /** Names of the states entered, in order. */
  readonly path: string[] = [];
  /** A fault's limit for what a state may return, in bytes; none unless it struck. */
  readonly payloadBytesMax: number | undefined;
  scope = new Scope();
  redriveCount = 0;
  /** Where a redrive goes on: the last state entered outside of branches and iterations. */
  reached: Reached | undefined;
  readonly #clock: VirtualClock;
  readonly #onClosed: (() => void)[] = [];
  #ending: Ending | undefined;
  #stopAt: number | undefined;

  constructor(
    clock: VirtualClock,
    start: Pick<Execution, 'arn' | 'name' | 'serial' | 'stateMachine' | 'input'>,
    lowered: LoweredLimits = {},
  ) {
    this.#clock = clock;
    this.arn = start.arn;
    this.name = start.name;
    this.serial = start.serial;
    this.stateMachine = start.stateMachine;
    this.machine = start.stateMachine.machine;
    this.input = start.input;
    this.startAt = Math.floor(clock.now());
    this.payloadBytesMax = lowered.payloadBytesMax;
    this.history = new History(clock, lowered.historyEventsMax);
    this.history.append('ExecutionStarted', 0, {
      input: this.input.text,
      roleArn: this.stateMachine.roleArn,
    });
  }

  /** `machine:name`, how the event log calls it. */
  get subject(): string {
    return `${this.stateMachine.name}:${this.name}`;
  }

  get status(): ExecutionStatus {
    return this.#ending?.status ?? 'RUNNING';
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Undefined while it runs. */
  get stopAt(): number | undefined {
    return this.#stopAt;
  }

  /**
   * Ends the execution and everything that runs in it.
   *
   * @param previousEventId 0 when the end comes from outside, as AWS has it for an abort.
   */
  close(ending: Ending, previousEventId: number): void {
    if (this.#ending) return;
    this.#ending = ending;
    this.#stopAt = Math.floor(this.#clock.now());
    const { status, ...details } = ending;
    const present = Object.entries(details).filter(([, value]) => value !== undefined);
    // Seen in AWS: the event of a timeout names it, DescribeExecution does not (floci#2965).
    const named = status === 'TIMED_OUT' ? { error: 'States.Timeout' } : {};
    const eventDetails = { ...named, ...Object.fromEntries(present) };
    this.history.end(END_EVENTS[status], previousEventId, eventDetails);
    this.scope.close();
    for (const listener of this.#onClosed.splice(0)) listener();
  }

  /** Runs again, in the state that it reached; what it was closed with is forgotten. */
  reopen(): void {
    this.#ending = undefined;
    this.#stopAt = undefined;
    this.scope = new Scope();
    this.redriveCount++;
    this.history.append('ExecutionRedriven', 0, { redriveCount: this.redriveCount });
  }

  /** Calls `listener` once when the execution has ended, at once if it already has. */
  onClosed(listener: () => void): void {
    if (this.#ending) listener();
    else this.#onClosed.push(listener);
  }

  /**
   * The members of DescribeExecution, dates in epoch milliseconds.
   *
   * @param closed False to show it as it was while it ran.
   */
  describe(closed = this.#ending !== undefined): JsonObject {
    const status = closed ? this.status : 'RUNNING';
    const ended = closed && this.#ending ? { ...this.#ending } : {};
    const present = Object.entries(ended).filter(([, value]) => value !== undefined);
    return {
      executionArn: this.arn,
      stateMachineArn: this.stateMachine.arn,
      name: this.name,
      status,
      startDate: this.startAt,
      ...(closed ? { stopDate: this.#stopAt } : {}),
      input: this.input.text,
      inputDetails: { included: true },
      ...Object.fromEntries(present),
      ...(status === 'SUCCEEDED' ? { outputDetails: { included: true } } : {}),
      ...redriveMembers(status, this.redriveCount),
    };
  }
}

export function redriveMembers(status: ExecutionStatus, redriveCount: number): JsonObject {
  const redrivable = status !== 'RUNNING' && status !== 'SUCCEEDED';
  if (redrivable) return { redriveCount, redriveStatus: 'REDRIVABLE' };
  return {
    redriveCount,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: `Execution is ${status} and cannot be redriven`,
  };
}
