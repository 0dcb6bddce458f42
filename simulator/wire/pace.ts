// Makes virtual time follow the wall clock: the one place of the simulator that reads real time.

import type { VirtualClock } from '../kernel/clock.ts';
import type { Drive } from './drive.ts';

/** How often the region catches up with the wall clock, in real milliseconds. */
const TICK_MS = 20;

export class Pace {
  readonly #clock: VirtualClock;
  readonly #drive: Drive;
  #stop: (() => void) | undefined;

  constructor(clock: VirtualClock, drive: Drive) {
    this.#clock = clock;
    this.#drive = drive;
  }

  /**
   * Starts following the wall clock, from now.
   *
   * @param factor Virtual seconds per real second; above 0.
   * @param onBug Told of a bug of the simulator, after which time stands still.
   */
  start(factor: number, onBug: (error: unknown) => void): void {
    this.stop();
    this.#drive.setPaced(true);
    const virtualStart = this.#clock.now();
    const wallStart = performance.now();
    let isStopped = false;
    const tick = async () => {
      const target = virtualStart + (performance.now() - wallStart) * factor;
      await this.#drive.run(() => isStopped, target);
      if (!isStopped) timer = setTimeout(follow, TICK_MS);
    };
    const follow = () => void tick().catch(onBug);
    let timer = setTimeout(follow, 0);
    this.#stop = () => {
      isStopped = true;
      clearTimeout(timer);
      this.#drive.setPaced(false);
    };
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}
