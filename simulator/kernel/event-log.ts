// The one ordered account of what happened in the region; its hash is what "same seed, same run" means.

import { createHash } from 'node:crypto';
import type { VirtualClock } from './clock.ts';

/** One thing that happened. `detail` holds plain JSON values only. */
export interface LogEntry {
  readonly at: number;
  /** Who says so: `ecs`, `ssm`, `host`, `states`, `wire`, … */
  readonly source: string;
  /** What happened, in kebab-case: `task-stopped`, `command-sent`, … */
  readonly name: string;
  /** The thing it happened to: an instance id, an ARN, an execution name. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An append-only log that is hashed as it grows; entries are kept only for whoever listens. */
export class EventLog {
  readonly #clock: VirtualClock;
  readonly #hash = createHash('sha256');
  readonly #listeners: ((entry: LogEntry) => void)[] = [];
  #length = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** Number of entries so far. */
  get length(): number {
    return this.#length;
  }

  append(
    source: string,
    name: string,
    subject: string,
    detail: Readonly<Record<string, unknown>> = {},
  ): void {
    const entry: LogEntry = { at: this.#clock.now(), source, name, subject, detail };
    this.#length++;
    this.#hash.update(`${entry.at} ${source} ${name} ${subject} ${JSON.stringify(detail)}\n`);
    for (const listener of this.#listeners) listener(entry);
  }

  /** Calls `listener` for every later entry, in order. Listeners must not change the region. */
  subscribe(listener: (entry: LogEntry) => void): void {
    this.#listeners.push(listener);
  }

  /** SHA-256 over all entries so far, as lower-case hexadecimal. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }
}
