// The clock of a function's code: Date, timers and performance on virtual time.

import type { Timer } from '../kernel/clock.ts';
import type { Sandbox } from './sandbox.ts';

type Callback = (...args: unknown[]) => void;

/**
 * `Date` whose "now" is virtual; everything that names an instant is the real thing, so
 * `instanceof` holds.
 */
export function virtualDate(sandbox: Pick<Sandbox, 'now'>): DateConstructor {
  const now = () => Math.trunc(sandbox.now());
  return new Proxy(Date, {
    construct(target, args, newTarget) {
      const given = args.length === 0 ? [now()] : args;
      return Reflect.construct(target, given, newTarget) as object;
    },
    apply: () => new Date(now()).toString(),
    get(target, key) {
      return key === 'now' ? now : (Reflect.get(target, key) as unknown);
    },
  });
}

/** What `setTimeout` returns in Node: an object that is also a number. */
class VirtualTimeout {
  readonly id: number;
  readonly #start: () => Timer;
  #timer: Timer;
  #referenced = true;

  constructor(id: number, start: () => Timer) {
    this.id = id;
    this.#start = start;
    this.#timer = start();
  }

  ref(): this {
    this.#referenced = true;
    return this;
  }

  unref(): this {
    this.#referenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.#referenced;
  }

  refresh(): this {
    this.#timer.cancel();
    this.#timer = this.#start();
    return this;
  }

  close(): this {
    this.#timer.cancel();
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Node takes a delay below 1 ms, above 2^31-1 ms, or not a number, as 1 ms. */
function nodeDelay(milliseconds: unknown): number {
  const delay = Number(milliseconds);
  return delay >= 1 && delay <= 2_147_483_647 ? Math.trunc(delay) : 1;
}

export interface VirtualTimers {
  setTimeout(run: Callback, milliseconds?: number, ...args: unknown[]): VirtualTimeout;
  setInterval(run: Callback, milliseconds?: number, ...args: unknown[]): VirtualTimeout;
  setImmediate(run: Callback, ...args: unknown[]): VirtualTimeout;
  clearTimeout(timer: unknown): void;
  clearInterval(timer: unknown): void;
  clearImmediate(timer: unknown): void;
}

/** Node's timers on the virtual clock; they end with the environment. */
export function virtualTimers({ clock, life }: Pick<Sandbox, 'clock' | 'life'>): VirtualTimers {
  const open = new Map<number, VirtualTimeout>();
  let lastId = 0;
  const add = (start: (forget: () => void) => Timer): VirtualTimeout => {
    const id = ++lastId;
    const timeout = new VirtualTimeout(id, () => start(() => open.delete(id)));
    open.set(id, timeout);
    return timeout;
  };
  const clear = (timer: unknown) => {
    const timeout = timer instanceof VirtualTimeout ? timer : open.get(Number(timer));
    timeout?.close();
    if (timeout) open.delete(timeout.id);
  };
  return {
    setTimeout: (run, milliseconds, ...args) =>
      add((forget) =>
        clock.after(nodeDelay(milliseconds), () => {
          forget();
          life.deliver(() => run(...args));
        }),
      ),
    setInterval(run, milliseconds, ...args) {
      const timeout: VirtualTimeout = add(() =>
        clock.after(nodeDelay(milliseconds), () => {
          // Rearmed on delivery: however long the environment is frozen, the interval fires once
          // afterwards.
          life.deliver(() => {
            timeout.refresh();
            run(...args);
          });
        }),
      );
      return timeout;
    },
    setImmediate: (run, ...args) =>
      add((forget) =>
        clock.after(0, () => {
          forget();
          life.deliver(() => run(...args));
        }),
      ),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  };
}

interface AbortOption {
  readonly signal?: AbortSignal;
}

/** `node:timers/promises` on the virtual clock. */
export function virtualTimersPromises(timers: VirtualTimers): Record<string, unknown> {
  const wait = <T>(
    start: (done: () => void) => unknown,
    value: T,
    { signal }: AbortOption = {},
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const timer = start(() => resolve(value));
      signal?.addEventListener('abort', () => {
        timers.clearTimeout(timer);
        reject(signal.reason as Error);
      });
    });
  const sleep = (milliseconds: number, value?: unknown, options?: AbortOption) =>
    wait((done) => timers.setTimeout(done, milliseconds), value, options);
  return {
    setTimeout: sleep,
    setImmediate: (value?: unknown, options?: AbortOption) =>
      wait((done) => timers.setImmediate(done), value, options),
    async *setInterval(milliseconds: number, value?: unknown, options?: AbortOption) {
      for (;;) yield await sleep(milliseconds, value, options);
    },
    scheduler: { wait: (milliseconds: number) => sleep(milliseconds), yield: () => sleep(0) },
  };
}

/** `AbortSignal` whose `timeout()` runs on the virtual clock. */
export function virtualAbortSignal(timers: VirtualTimers): typeof AbortSignal {
  const timeout = (milliseconds: number): AbortSignal => {
    const controller = new AbortController();
    timers.setTimeout(() => {
      const message = 'The operation was aborted due to timeout';
      controller.abort(new DOMException(message, 'TimeoutError'));
    }, milliseconds);
    return controller.signal;
  };
  return new Proxy(AbortSignal, {
    get: (target, key) => (key === 'timeout' ? timeout : (Reflect.get(target, key) as unknown)),
  });
}

/** `performance` that tells virtual time since the environment started. */
export function virtualPerformance(sandbox: Pick<Sandbox, 'now'>): Record<string, unknown> {
  const timeOrigin = sandbox.now();
  return { timeOrigin, now: () => sandbox.now() - timeOrigin, mark: () => {}, measure: () => {} };
}
