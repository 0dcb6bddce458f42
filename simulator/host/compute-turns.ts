// Lets one script compute at a time while virtual time stands still, and lets time pass whenever
// all of them wait.

import type { VirtualClock } from '../kernel/clock.ts';

/**
 * The interpreter loads its commands lazily, so how its promises interleave with those of another
 * script depends on what ran before in this process. Two scripts that are due at one instant
 * therefore compute one after the other, in the order in which they became due: that makes a run
 * repeatable.
 */
export class ComputeTurns {
  readonly #clock: VirtualClock;
  readonly #queue: (() => void)[] = [];
  #taken = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /**
   * Holds the clock at once, and answers when it is this caller's turn; call the result to end the
   * turn.
   */
  async take(): Promise<() => void> {
    const release = this.#clock.acquire();
    if (this.#taken) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#taken = true;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.#taken = false;
      this.#queue.shift()?.();
      release();
    };
  }
}
