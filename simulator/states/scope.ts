// Decides what still runs: a tree of work, where closing a part stops all below it at once.

import type { VirtualClock } from '../kernel/clock.ts';

/** Thrown into work whose scope has closed; no Retry or Catch ever sees it. */
export class Stopped extends Error {
  constructor() {
    super('the scope of this work has closed');
    this.name = 'Stopped';
  }
}

/**
 * One part of an execution: the execution itself, a branch, an iteration, or one attempt at a task.
 *
 * Every suspension goes through `suspend()`, so that an aborted execution leaves no timer behind.
 */
export class Scope {
  readonly #onClose = new Set<() => void>();
  #open = true;

  get open(): boolean {
    return this.#open;
  }

  /** @throws {Stopped} If the scope has closed. */
  check(): void {
    if (!this.#open) throw new Stopped();
  }

  /** A scope that closes with this one, or earlier. */
  child(): Scope {
    this.check();
    const child = new Scope();
    const close = () => child.close();
    this.#onClose.add(close);
    child.#onClose.add(() => this.#onClose.delete(close));
    return child;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const listener of [...this.#onClose]) listener();
    this.#onClose.clear();
  }

  /**
   * Waits for something that may be cut short.
   *
   * @param begin Starts it; the function it returns is called only when the scope closes first.
   * @throws {Stopped} If the scope closes first.
   */
  suspend<T>(
    begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
  ): Promise<T> {
    this.check();
    return new Promise<T>((resolve, reject) => {
      let cancel = () => {};
      const onClose = () => {
        cancel();
        reject(new Stopped());
      };
      const settled = () => this.#onClose.delete(onClose);
      this.#onClose.add(onClose);
      cancel = begin(
        (value) => {
          settled();
          resolve(value);
        },
        (error) => {
          settled();
          reject(error);
        },
      );
    });
  }

  /** Lets `milliseconds` of virtual time pass. */
  sleep(clock: VirtualClock, milliseconds: number): Promise<void> {
    return this.suspend((resolve) => {
      const timer = clock.after(milliseconds, () => resolve(undefined));
      return () => timer.cancel();
    });
  }

  /**
   * Runs `work` in a scope of its own that closes when the work settles or the time is up.
   *
   * @param milliseconds Undefined for no limit.
   * @param late Makes the error thrown when the time is up.
   */
  async limit<T>(
    clock: VirtualClock,
    milliseconds: number | undefined,
    late: () => Error,
    work: (scope: Scope) => Promise<T>,
  ): Promise<T> {
    const inner = this.child();
    try {
      return await this.suspend((resolve, reject) => {
        const timer =
          milliseconds === undefined
            ? undefined
            : clock.after(milliseconds, () => {
                reject(late());
                inner.close();
              });
        const settle = () => timer?.cancel();
        work(inner).then(
          (value) => {
            settle();
            resolve(value);
          },
          (error) => {
            settle();
            reject(error);
          },
        );
        return settle;
      });
    } finally {
      inner.close();
    }
  }
}
