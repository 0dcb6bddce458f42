// Decides what an error of a state is called and which Retry and Catch entries it matches.

/** Errors that no `States.ALL` matches (Developer Guide, "Handling errors in Step Functions"). */
const BEYOND_ALL: readonly string[] = ['States.DataLimitExceeded', 'States.Runtime'];

/** An error of a state, in the two members that Step Functions carries. */
export class StateError extends Error {
  /** Undefined when a Fail state or SendTaskFailure gave none. */
  readonly error: string | undefined;
  /** Undefined for timeouts, which AWS reports without a cause. */
  override readonly cause: string | undefined;
  /** The task ran out of time, as told by a timer and not by an answer. */
  readonly timedOut: boolean;
  /** A second name that ErrorEquals may use: a missed heartbeat is reported as States.Timeout. */
  readonly alias: string | undefined;

  constructor(
    error: string | undefined,
    cause?: string,
    { timedOut = false, alias }: { timedOut?: boolean; alias?: string } = {},
  ) {
    super(`${error ?? 'no error name'}: ${cause ?? ''}`);
    this.name = 'StateError';
    this.error = error;
    this.cause = cause;
    this.timedOut = timedOut;
    this.alias = alias;
  }

  /** `$states.errorOutput`, and the output of a Catch without an Output of its own. */
  get output(): { Error: string | null; Cause: string | null } {
    // A timeout reaches Catch with an empty cause; a failure without members reaches it with nulls.
    return { Error: this.error ?? null, Cause: this.cause ?? (this.error ? '' : null) };
  }

  /** The members of history events, without those that are absent. */
  get details(): Record<string, unknown> {
    return {
      ...(this.error === undefined ? {} : { error: this.error }),
      ...(this.cause === undefined ? {} : { cause: this.cause }),
    };
  }

  matches(errorEquals: readonly string[]): boolean {
    // "States.Runtime errors aren't retriable, and will always cause the execution to fail."
    if (this.error === 'States.Runtime') return false;
    return errorEquals.some((name) => this.#matchesName(name));
  }

  #matchesName(name: string): boolean {
    if (name === this.error || name === this.alias) return this.error !== undefined;
    const beyond = this.error !== undefined && BEYOND_ALL.includes(this.error);
    if (name === 'States.ALL') return !beyond;
    if (name === 'States.TaskFailed') return !beyond && this.error !== 'States.Timeout';
    return false;
  }
}

/** A task's TimeoutSeconds passed. */
export function timeout(): StateError {
  return new StateError('States.Timeout', undefined, { timedOut: true });
}

/** HeartbeatSeconds passed without SendTaskHeartbeat; the history calls it States.Timeout too. */
export function heartbeatTimeout(): StateError {
  return new StateError('States.Timeout', undefined, {
    timedOut: true,
    alias: 'States.HeartbeatTimeout',
  });
}

/** Something that Step Functions could not process; never caught. */
export function runtimeError(stateName: string, eventId: number, reason: string): StateError {
  return new StateError('States.Runtime', `${whileExecuting(stateName, eventId)} ${reason}`);
}

/** How causes of Step Functions' own errors begin. */
export function whileExecuting(stateName: string, eventId: number): string {
  return (
    `An error occurred while executing the state '${stateName}' ` +
    `(entered at the event id #${eventId}).`
  );
}
