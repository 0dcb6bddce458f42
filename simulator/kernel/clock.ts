// Virtual time: runs what is due, in order, and moves on only when nothing real is still in flight.

/** Something due at an instant; `cancel()` makes it never happen. */
export interface Timer {
  readonly at: number;
  cancel(): void;
}

interface Entry {
  readonly at: number;
  readonly seq: number;
  run: (() => unknown) | undefined;
}

/**
 * A discrete-event clock.
 *
 * The rule that makes a run repeatable: one entry runs at a time, and the next one is taken only after every
 * promise reaction it caused has run (one turn of the event loop) and every `hold()` has settled. Code may
 * therefore `await` freely; only `sleep()` lets virtual time pass.
 */
export class VirtualClock {
  readonly #heap: Entry[] = [];
  #now: number;
  #seq = 0;
  #held = 0;
  #released: (() => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param startAt Epoch milliseconds of the first instant. */
  constructor(startAt: number) {
    this.#now = startAt;
  }

  /** Epoch milliseconds of virtual time. */
  now(): number {
    return this.#now;
  }

  /** ISO 8601 UTC of virtual time, with milliseconds. */
  isoNow(): string {
    return new Date(this.#now).toISOString();
  }

  /** Runs `run` at `time` (epoch milliseconds); a time in the past means now, after what is already due. */
  at(time: number, run: () => unknown): Timer {
    const entry: Entry = { at: Math.max(time, this.#now), seq: this.#seq++, run };
    this.#push(entry);
    return {
      at: entry.at,
      cancel: () => {
        entry.run = undefined;
      },
    };
  }

  /** Runs `run` after `milliseconds` of virtual time. */
  after(milliseconds: number, run: () => unknown): Timer {
    return this.at(this.#now + Math.max(0, milliseconds), run);
  }

  /** Suspends the caller for `milliseconds` of virtual time. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** Keeps virtual time still until `work`, which does real input or output, has settled. */
  async hold<T>(work: Promise<T>): Promise<T> {
    const release = this.acquire();
    try {
      return await work;
    } finally {
      release();
    }
  }

  /** Keeps virtual time still until the returned function is called (once or more). */
  acquire(): () => void {
    this.#held++;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.#held--;
      if (this.#held === 0) this.#released?.();
    };
  }

  /** Instant of the next entry, or undefined when nothing is due. */
  nextAt(): number | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (!top) return undefined;
      if (top.run) return top.at;
      this.#pop();
    }
  }

  /**
   * Runs entries in order until `done()` is true (asked after each entry), nothing is due, or the next entry lies
   * beyond `until`.
   *
   * @returns Why it stopped. With `until`, virtual time then stands at `until` unless `done`.
   * @throws Whatever an entry threw: a bug in the simulator, never hidden.
   */
  async run(
    done: () => boolean,
    until = Number.POSITIVE_INFINITY,
  ): Promise<'done' | 'idle' | 'until'> {
    await this.settle();
    while (!done()) {
      const next = this.nextAt();
      if (next === undefined || next > until) {
        if (Number.isFinite(until)) this.#now = Math.max(this.#now, until);
        return next === undefined ? 'idle' : 'until';
      }
      await this.step();
    }
    return 'done';
  }

  /** Lets virtual time pass up to `time` (epoch milliseconds), running all that is due until then. */
  async advanceTo(time: number): Promise<void> {
    await this.run(() => false, time);
  }

  /** Runs the next entry and waits until its consequences at this instant have settled. */
  async step(): Promise<void> {
    const entry = this.#pop();
    if (!entry) return;
    this.#now = Math.max(this.#now, entry.at);
    try {
      const result = entry.run?.();
      if (result instanceof Promise) result.catch((error) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
    await this.settle();
  }

  /** Moves virtual time without running anything; for the paced mode, which follows the wall clock. */
  moveTo(time: number): void {
    const next = this.nextAt();
    this.#now = Math.max(this.#now, next === undefined ? time : Math.min(time, next));
  }

  /** Waits until no promise reaction and no held input or output is left at this instant. */
  async settle(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#held === 0) break;
      await new Promise<void>((resolve) => {
        this.#released = resolve;
      });
      this.#released = undefined;
      // Another turn: the reactions to what was released must have run too.
    }
    if (this.#failure) {
      const { error } = this.#failure;
      this.#failure = undefined;
      throw error;
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  #before(a: Entry, b: Entry): boolean {
    return a.at !== b.at ? a.at < b.at : a.seq < b.seq;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}
