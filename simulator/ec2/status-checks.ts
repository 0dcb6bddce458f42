// Says what the status check of one machine last saw; checks are a minute apart, so it can be old.
//
// Source: EC2 user guide "Status checks for your instances": checks run every minute and return
// pass or fail.

/** Values of the API, SummaryStatus, that this model gives. */
export type CheckStatus = 'ok' | 'impaired' | 'initializing' | 'insufficient-data';

const PERIOD_MILLISECONDS = 60_000;
/**
 * A new instance shows `initializing` until so many checks in a row have passed; a guess of the
 * usual 2 to 3 minutes.
 */
const FIRST_PASSES = 2;

interface Change {
  readonly at: number;
  readonly reachable: boolean;
}

export class StatusChecks {
  /** The checks happen at this many milliseconds after each minute. */
  readonly #phase: number;
  readonly #launchedAt: number | undefined;
  readonly #changes: Change[];

  /** @param launchedAt Undefined for a machine that has passed its checks long ago. */
  constructor(phase: number, launchedAt: number | undefined) {
    this.#phase = phase;
    this.#launchedAt = launchedAt;
    const first = launchedAt ?? Number.NEGATIVE_INFINITY;
    this.#changes = [{ at: first, reachable: launchedAt === undefined }];
  }

  /** Told when the operating system went away or came back. */
  changed(at: number, reachable: boolean): void {
    this.#changes.push({ at, reachable });
  }

  /**
   * Since when the check has failed, as seen by the checks until `now`; undefined when it passes.
   */
  impairedSince(now: number): number | undefined {
    const sample = this.#lastSample(now);
    if (this.#at(sample).reachable) return undefined;
    return this.#nextSample(this.#at(sample).at);
  }

  status(now: number): CheckStatus {
    const sample = this.#lastSample(now);
    const { at, reachable } = this.#at(sample);
    if (this.#launchedAt !== undefined) {
      const firstUp = this.#changes.find((change) => change.reachable)?.at;
      const passed = firstUp === undefined ? 0 : (sample - firstUp) / PERIOD_MILLISECONDS;
      if (passed < FIRST_PASSES - 1 || at === this.#launchedAt) return 'initializing';
    }
    return reachable ? 'ok' : 'impaired';
  }

  #lastSample(now: number): number {
    const periods = Math.floor((now - this.#phase) / PERIOD_MILLISECONDS);
    return periods * PERIOD_MILLISECONDS + this.#phase;
  }

  #nextSample(at: number): number {
    const periods = Math.ceil((at - this.#phase) / PERIOD_MILLISECONDS);
    return periods * PERIOD_MILLISECONDS + this.#phase;
  }

  /** The change that was in force at an instant. */
  #at(instant: number): Change {
    return this.#changes.findLast((change) => change.at <= instant) ?? this.#changes[0]!;
  }
}
