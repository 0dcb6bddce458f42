// Token buckets: decides whether one more call of an operation is admitted now.

import type { VirtualClock } from '../kernel/clock.ts';
import type { AwsService } from '../kernel/service.ts';

interface Level {
  tokens: number;
  at: number;
}

/** The request rate limits of one account in one region, shared by every caller. */
export class Throttle {
  readonly #clock: VirtualClock;
  readonly #levels = new Map<string, Level>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** Takes one token of the operation's bucket; false when there is none. */
  admits(service: AwsService, operation: string): boolean {
    const bucket = service.throttle?.(operation);
    if (!bucket) return true;
    const key = `${service.id}/${bucket.name}`;
    const now = this.#clock.now();
    const level = this.#levels.get(key) ?? { tokens: bucket.burst, at: now };
    this.#levels.set(key, level);
    const refilled = ((now - level.at) / 1000) * bucket.refillPerSecond;
    level.tokens = Math.min(bucket.burst, level.tokens + refilled);
    level.at = now;
    if (level.tokens < 1) return false;
    level.tokens--;
    return true;
  }
}
