// Decides how long a Retry waits and when it gives up.

import type { RandomStream } from '../kernel/random.ts';
import type { Retrier } from './definition/schema.ts';
import type { StateError } from './state-error.ts';

/** Counts the attempts of one visit to one state, per Retry entry. */
export class Retries {
  readonly #retriers: readonly Retrier[];
  readonly #attempts: number[];
  readonly #random: RandomStream;
  /** `$states.context.State.RetryCount`. */
  count = 0;

  constructor(retriers: readonly Retrier[], random: RandomStream) {
    this.#retriers = retriers;
    this.#attempts = retriers.map(() => 0);
    this.#random = random;
  }

  /** Seconds until the next attempt, or undefined when the first matching entry has none left. */
  nextDelaySeconds(error: StateError): number | undefined {
    const index = this.#retriers.findIndex((retrier) => error.matches(retrier.ErrorEquals));
    const retrier = this.#retriers[index];
    const attempts = this.#attempts[index];
    if (!retrier || attempts === undefined) return undefined;
    if (attempts >= (retrier.MaxAttempts ?? 3)) return undefined;
    this.#attempts[index] = attempts + 1;
    this.count++;
    const grown = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** attempts;
    const delaySeconds = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
    // FULL: "a random value between 0 and the calculated delay interval".
    return retrier.JitterStrategy === 'FULL' ? this.#random.between(0, delaySeconds) : delaySeconds;
  }
}
