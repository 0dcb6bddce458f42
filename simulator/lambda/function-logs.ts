// What functions print, per function, in virtual time; only the newest lines are kept.

/** One line (or one multi-line message) of a function's log group. */
export interface LogLine {
  readonly at: number;
  readonly functionName: string;
  readonly requestId: string;
  readonly text: string;
}

/** Enough to see the last invocations of a function when something went wrong. */
const KEPT_PER_FUNCTION = 500;

export class FunctionLogs {
  readonly #lines = new Map<string, LogLine[]>();
  readonly #listeners: ((line: LogLine) => void)[] = [];

  append(line: LogLine): void {
    const lines = this.#lines.get(line.functionName) ?? [];
    this.#lines.set(line.functionName, lines);
    lines.push(line);
    // Cut in halves, so that keeping the bound costs nothing per line.
    if (lines.length >= 2 * KEPT_PER_FUNCTION) lines.splice(0, KEPT_PER_FUNCTION);
    for (const listener of this.#listeners) listener(line);
  }

  /** The newest lines of one function, oldest first. */
  of(functionName: string): readonly LogLine[] {
    return (this.#lines.get(functionName) ?? []).slice(-KEPT_PER_FUNCTION);
  }

  /** Calls `listener` for every later line. */
  subscribe(listener: (line: LogLine) => void): void {
    this.#listeners.push(listener);
  }
}
