// Slack's rate limits: one message per second and channel, and so many calls of a method per minute.
//
// Source: docs.slack.dev/apis/web-api/rate-limits.

import type { VirtualClock } from '../kernel/clock.ts';

/** "Posting messages: 1 per second. Short bursts >1 allowed." How short is not said: a guess. */
const BURST = 3;
const POSTS_PER_SECOND = 1;
/** Tier 3, chat.update: "50+ per minute". */
const UPDATES_PER_MINUTE = 50;

interface Bucket {
  tokens: number;
  filledAt: number;
}

export class SlackPace {
  readonly #clock: VirtualClock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** @returns Seconds for `Retry-After`, or undefined when the call may go on. */
  post(channel: string): number | undefined {
    return this.#take(`post ${channel}`, BURST, POSTS_PER_SECOND);
  }

  /** @returns Seconds for `Retry-After`, or undefined when the call may go on. */
  update(token: string): number | undefined {
    return this.#take(`update ${token}`, UPDATES_PER_MINUTE, UPDATES_PER_MINUTE / 60);
  }

  #take(name: string, burst: number, perSecond: number): number | undefined {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(name) ?? { tokens: burst, filledAt: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * perSecond);
    bucket.filledAt = now;
    this.#buckets.set(name, bucket);
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / perSecond);
    bucket.tokens--;
    return undefined;
  }
}
