// Decides whether anything may still reach the code of one execution environment: it runs, is
// frozen, or is gone.

/**
 * The only way in from the region to a function's code. Answers and timers that come while the
 * environment is frozen wait; those that come after its end are lost, as the process they were for
 * no longer exists.
 */
export class Life {
  #state: 'running' | 'frozen' | 'ended' = 'running';
  readonly #waiting: (() => void)[] = [];
  readonly #onCrash: (error: unknown) => void;

  /** @param onCrash Told what code threw outside of any promise: Node would end the process. */
  constructor(onCrash: (error: unknown) => void) {
    this.#onCrash = onCrash;
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** Runs `reaction` in the environment: now, when it thaws, or never. */
  deliver(reaction: () => void): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'frozen') {
      this.#waiting.push(reaction);
      return;
    }
    try {
      reaction();
    } catch (error) {
      this.#onCrash(error);
    }
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'running';
    for (const reaction of this.#waiting.splice(0)) this.deliver(reaction);
  }

  end(): void {
    this.#state = 'ended';
    this.#waiting.length = 0;
  }
}
