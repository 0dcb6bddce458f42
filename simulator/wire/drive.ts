// Runs the clock for everyone who waits outside of virtual time: one run at a time, whoever asks.

import type { VirtualClock } from '../kernel/clock.ts';

type Why = 'done' | 'idle' | 'until';

interface Waiter {
  readonly done: () => boolean;
  readonly until: number;
  readonly resolve: (why: Why) => void;
  readonly reject: (error: unknown) => void;
}

/** The work can never finish: nothing is due any more. */
export class StandstillError extends Error {
  constructor() {
    super('Cannot go on: nothing is due in the region, and the work still waits');
    this.name = 'StandstillError';
  }
}

/**
 * Shares one clock between tests, SDK clients and servers. A clock must not be run twice at once,
 * and those outside do not know of each other.
 */
export class Drive {
  readonly #clock: VirtualClock;
  readonly #waiters = new Set<Waiter>();
  #isRunning = false;
  #isPaced = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** While paced, waiting does not make time pass: the wall clock does. */
  setPaced(isPaced: boolean): void {
    this.#isPaced = isPaced;
  }

  /**
   * Runs the region until `done()`, or nothing is due, or virtual time reaches `until`.
   *
   * @throws Whatever the simulator got wrong meanwhile.
   */
  run(done: () => boolean, until = Number.POSITIVE_INFINITY): Promise<Why> {
    return new Promise((resolve, reject) => {
      this.#waiters.add({ done, until, resolve, reject });
      if (!this.#isRunning) void this.#loop();
    });
  }

  /**
   * Runs the region until `work` has settled and answers what it answered.
   *
   * @throws {StandstillError} When nothing in the region can settle it any more.
   */
  async finish<T>(work: Promise<T>): Promise<T> {
    if (this.#isPaced) return work;
    let settled = false;
    const settle = () => {
      settled = true;
    };
    work.then(settle, settle);
    const why = await this.run(() => settled);
    if (why !== 'done') throw new StandstillError();
    return work;
  }

  async #loop(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#waiters.size > 0) {
        const known = new Set(this.#waiters);
        const until = Math.min(...[...known].map((waiter) => waiter.until));
        const hasNews = () =>
          this.#waiters.size !== known.size || [...known].some((waiter) => waiter.done());
        const why = await this.#clock.run(hasNews, until);
        this.#release(known, why);
      }
    } catch (error) {
      for (const waiter of this.#waiters) waiter.reject(error);
      this.#waiters.clear();
    } finally {
      this.#isRunning = false;
    }
  }

  #release(known: ReadonlySet<Waiter>, why: Why): void {
    for (const waiter of known) {
      const answer = waiter.done() ? 'done' : this.#whyOver(waiter, why);
      if (!answer) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(answer);
    }
  }

  #whyOver(waiter: Waiter, why: Why): Why | undefined {
    if (why === 'idle') return 'idle';
    return why === 'until' && waiter.until <= this.#clock.now() ? 'until' : undefined;
  }
}
