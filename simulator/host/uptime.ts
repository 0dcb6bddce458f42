// One boot's life: whatever waits on it ends with it, as every process does when its host goes
// down.

import type { Timer, VirtualClock } from '../kernel/clock.ts';

/** Why a wait ended early. */
class HostDownError extends Error {
  override readonly name = 'HostDownError';
}

/** What runs when the region begins has run for a while. */
export const UP_BEFORE_SECONDS = 1_000_000;

export class Uptime {
  readonly #clock: VirtualClock;
  readonly #beganAt: number;
  readonly #pending = new Set<() => void>();
  #over = false;

  /** @param ageSeconds How long it has been up already. */
  constructor(clock: VirtualClock, ageSeconds = 0) {
    this.#clock = clock;
    this.#beganAt = clock.now() - ageSeconds * 1000;
  }

  get seconds(): number {
    return (this.#clock.now() - this.#beganAt) / 1000;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Runs `run` after so many seconds, unless the boot is over by then. */
  after(seconds: number, run: () => void): Timer {
    if (this.#over) return { at: this.#clock.now(), cancel: () => {} };
    const forget = () => this.#pending.delete(cancel);
    const timer = this.#clock.after(seconds * 1000, () => {
      forget();
      run();
    });
    const cancel = () => {
      forget();
      timer.cancel();
    };
    this.#pending.add(cancel);
    return { at: timer.at, cancel };
  }

  /** @throws {HostDownError} When the boot ends first. */
  sleep(seconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(new HostDownError('Host is down'));
      const end = () => {
        timer.cancel();
        this.#pending.delete(end);
        reject(new HostDownError('Host is down'));
      };
      const timer = this.#clock.after(seconds * 1000, () => {
        this.#pending.delete(end);
        resolve();
      });
      this.#pending.add(end);
    });
  }

  end(): void {
    this.#over = true;
    for (const cancel of [...this.#pending]) cancel();
    this.#pending.clear();
  }
}
