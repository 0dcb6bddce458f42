// Lets one script compute at a time while virtual time stands still, and lets time pass whenever
// all of them wait.

import type { VirtualClock } from '../kernel/clock.ts';

let turns = 0;
let usualLimit = Error.stackTraceLimit;

/**
 * The interpreter throws an error for every `return`, `break` and `exit` of a script, and makes one more at the end of
 * every command; nobody ever reads where in the interpreter that was, and to find out takes longer than most of its
 * commands. Only while a script computes: what a command of ours, or anybody else, throws has its stack. Turns of
 * several regions may overlap.
 *
 * @returns To be called once, at the end of the turn.
 */
function withoutStacks(): () => void {
  if (turns === 0) usualLimit = Error.stackTraceLimit;
  turns++;
  Error.stackTraceLimit = 0;
  return () => {
    turns--;
    if (turns === 0) Error.stackTraceLimit = usualLimit;
  };
}

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
    const sayWhereAgain = withoutStacks();
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      sayWhereAgain();
      this.#taken = false;
      this.#queue.shift()?.();
      release();
    };
  }
}
