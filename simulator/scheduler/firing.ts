// Fires schedules at their times: flexible windows, retries, dead letters, completion.

import type { Timer } from '../kernel/clock.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { AwsError } from '../kernel/service.ts';
import type { Schedule } from './schedules.ts';
import { callTarget, type Invocation } from './target.ts';

/** An invocation that Scheduler gave up. */
export interface ScheduleDeadLetter {
  readonly at: number;
  readonly scheduleArn: string;
  readonly targetArn: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly attempts: number;
  /** Where AWS would have sent it; absent: dropped. */
  readonly queueArn?: string;
}

/**
 * "If you set your schedule to run at 1:00, it will invoke the target API between 1:00:00 and
 * 1:00:59." Every schedule keeps its own second of the minute, plus this much at random; the split
 * is a guess.
 */
const PRECISION_SECONDS = 58;
const JITTER_SECONDS = 1;
const BACKOFF_MAX_SECONDS = 300;
/** How late a schedule fires when the fault file does not say. */
const LATE_DEFAULT_SECONDS = 900;

/** Errors that pass by themselves; the rest is not repeated. */
function isPassing(error: AwsError): boolean {
  return error.status >= 500 || /Throttl|TooManyRequests|LimitExceeded/.test(error.code);
}

export class ScheduleFiring {
  readonly deadLetters: ScheduleDeadLetter[] = [];
  readonly #kernel: Kernel;
  readonly #onCompleted: (schedule: Schedule) => void;
  readonly #timers = new Map<Schedule, Timer>();

  /**
   * @param onCompleted Told when a schedule will never fire again and its last invocation has
   * begun.
   */
  constructor(kernel: Kernel, onCompleted: (schedule: Schedule) => void) {
    this.#kernel = kernel;
    this.#onCompleted = onCompleted;
  }

  /** Plans the next firing anew, after the schedule was made or changed. */
  arm(schedule: Schedule): void {
    this.disarm(schedule);
    if (schedule.definition.State === 'ENABLED')
      this.#planNext(schedule, this.#kernel.clock.now() - 1);
  }

  disarm(schedule: Schedule): void {
    this.#timers.get(schedule)?.cancel();
    this.#timers.delete(schedule);
  }

  /** The next time the expression says, or undefined when the schedule is over. */
  #nextOf(schedule: Schedule, after: number): number | undefined {
    const { StartDate, EndDate } = schedule.definition;
    // "EventBridge Scheduler ignores StartDate [and EndDate] for one-time schedules" (API
    // reference).
    if (schedule.expression.kind === 'at') return schedule.expression.next(after, 0);
    const start = StartDate === undefined ? schedule.modifiedAt : StartDate * 1000;
    const next = schedule.expression.next(Math.max(after, start - 1), start);
    const isOver = next === undefined || (EndDate !== undefined && next >= EndDate * 1000);
    return isOver ? undefined : next;
  }

  #planNext(schedule: Schedule, after: number): boolean {
    const next = this.#nextOf(schedule, after);
    if (next === undefined) return false;
    const timer = this.#kernel.clock.at(next + this.#delay(schedule), () => {
      const goesOn = this.#planNext(schedule, next);
      this.#fire(schedule, next);
      if (!goesOn) this.#kernel.clock.after(0, () => this.#onCompleted(schedule));
    });
    this.#timers.set(schedule, timer);
    return true;
  }

  #delay(schedule: Schedule): number {
    const { random } = this.#kernel;
    const { Mode, MaximumWindowInMinutes = 0 } = schedule.definition.FlexibleTimeWindow;
    if (Mode === 'FLEXIBLE')
      return random.stream('scheduler.window').between(0, MaximumWindowInMinutes * 60_000);
    // A stream of its own per draw keeps a schedule's second the same for the whole run.
    const phase = this.#phaseOf(schedule);
    return (phase + random.stream('scheduler.jitter').between(0, JITTER_SECONDS)) * 1000;
  }

  readonly #phases = new Map<string, number>();

  #phaseOf(schedule: Schedule): number {
    let phase = this.#phases.get(schedule.arn);
    if (phase === undefined) {
      const stream = this.#kernel.random.stream(`scheduler.precision/${schedule.arn}`);
      phase = stream.between(0, PRECISION_SECONDS);
      this.#phases.set(schedule.arn, phase);
    }
    return phase;
  }

  /**
   * Faults, asked once per firing with the schedule's name as subject: `schedule-missed` (F17),
   * `schedule-late` (F18; `seconds`), `schedule-fires-twice` (F19).
   */
  #fire(schedule: Schedule, scheduledAt: number): void {
    const { clock, faults, log } = this.#kernel;
    if (faults.strikes('schedule-missed', schedule.name)) {
      log.append('scheduler', 'schedule-missed', schedule.name);
      return;
    }
    const late = faults.strikes('schedule-late', schedule.name);
    const lateSeconds = late ? Number(late.parameters?.seconds ?? LATE_DEFAULT_SECONDS) : 0;
    const copies = faults.strikes('schedule-fires-twice', schedule.name) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++)
      clock.after(lateSeconds * 1000, () => this.#attempt(schedule, scheduledAt, 1));
  }

  async #attempt(schedule: Schedule, scheduledAt: number, attemptNumber: number): Promise<void> {
    const executionId = this.#kernel.random.stream('scheduler.execution-id').hex(16);
    const invocation: Invocation = { schedule, scheduledAt, executionId, attemptNumber };
    const detail = { scheduledAt: new Date(scheduledAt).toISOString(), attemptNumber };
    this.#kernel.log.append('scheduler', 'schedule-fired', schedule.name, detail);
    try {
      await callTarget(this.#kernel, invocation);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.#retry(invocation, error);
    }
  }

  #retry(invocation: Invocation, error: AwsError): void {
    const { schedule, scheduledAt, attemptNumber } = invocation;
    const { clock, random } = this.#kernel;
    const policy = schedule.definition.Target.RetryPolicy;
    const backoff = Math.min(BACKOFF_MAX_SECONDS, 2 ** attemptNumber);
    const waitSeconds = random.stream('scheduler.retry').between(backoff / 2, backoff);
    const ageSeconds = (clock.now() - scheduledAt) / 1000 + waitSeconds;
    const mayRetry =
      isPassing(error) &&
      attemptNumber <= (policy?.MaximumRetryAttempts ?? 0) &&
      ageSeconds <= (policy?.MaximumEventAgeInSeconds ?? 0);
    if (mayRetry)
      clock.after(waitSeconds * 1000, () =>
        this.#attempt(schedule, scheduledAt, attemptNumber + 1),
      );
    else this.#bury(invocation, error);
  }

  #bury(invocation: Invocation, error: AwsError): void {
    const { schedule, attemptNumber } = invocation;
    const { Target } = schedule.definition;
    const queueArn = Target.DeadLetterConfig?.Arn;
    this.deadLetters.push({
      at: this.#kernel.clock.now(),
      scheduleArn: schedule.arn,
      targetArn: Target.Arn,
      errorCode: error.code,
      errorMessage: error.message,
      attempts: attemptNumber,
      ...(queueArn === undefined ? {} : { queueArn }),
    });
    const detail = { target: Target.Arn, errorCode: error.code, queueArn: queueArn ?? null };
    this.#kernel.log.append('scheduler', 'schedule-undeliverable', schedule.name, detail);
  }
}
