// Lines of states side by side in a Map or Parallel state, and what one failure does to the rest.

import type { Payload } from '../payload.ts';
import type { Frame } from '../runtime.ts';
import { type Scope, Stopped } from '../scope.ts';
import { StateError } from '../state-error.ts';
import type { Visit } from '../visit.ts';

/** States that can be under way when their line is aborted (botocore HistoryEventType). */
const ABORTABLE: readonly string[] = ['Task', 'Wait', 'Map', 'Parallel'];

export interface Line {
  readonly index: number;
  readonly frame: Frame;
}

/** What differs between iterations and branches: a Map writes events about its iterations. */
export interface LineEvents {
  succeeded?(line: Line): void;
  failed?(line: Line): void;
  aborted?(line: Line): void;
}

/** Runs lines inside one state; the first uncaught error stops all of them. */
export class Lines {
  readonly #visit: Visit;
  readonly #events: LineEvents;
  readonly #scope: Scope;
  readonly #running = new Map<number, Line>();

  constructor(visit: Visit, events: LineEvents) {
    this.#visit = visit;
    this.#events = events;
    this.#scope = visit.frame.scope.child();
  }

  /** @param start Runs the line in the frame that belongs to it. */
  async run(
    index: number,
    mapItem: Frame['mapItem'],
    start: (frame: Frame) => Promise<Payload>,
  ): Promise<Payload> {
    const { variables, lastEventId } = this.#visit.frame;
    const frame: Frame = {
      scope: this.#scope.child(),
      variables: { ...variables },
      lastEventId,
      ...(mapItem === undefined ? {} : { mapItem }),
    };
    const line = { index, frame };
    this.#running.set(index, line);
    try {
      const output = await start(frame);
      this.#running.delete(index);
      this.#visit.frame.lastEventId = frame.lastEventId;
      this.#events.succeeded?.(line);
      return output;
    } catch (error) {
      if (error instanceof StateError && this.#scope.open) this.#fail(line);
      throw error;
    }
  }

  /** Waits for all lines; throws the error of the one that failed, not of those it stopped. */
  async all<T>(lines: readonly Promise<T>[]): Promise<T[]> {
    const settled = await Promise.allSettled(lines);
    this.#scope.close();
    const reasons = settled.flatMap((it) => (it.status === 'rejected' ? [it.reason] : []));
    const own = reasons.filter((reason) => !(reason instanceof Stopped));
    if (own.length > 0) throw own[0];
    if (reasons.length > 0) throw reasons[0];
    return settled.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
  }

  /** All these events follow the event that failed, as AWS writes them. */
  #fail(failed: Line): void {
    this.#visit.frame.lastEventId = failed.frame.lastEventId;
    this.#running.delete(failed.index);
    try {
      this.#events.failed?.(failed);
      if (failed.frame.stateType === 'Task') this.#visit.recordAside('TaskStateAborted');
      for (const line of this.#running.values()) this.#abort(line);
    } finally {
      this.#scope.close();
    }
  }

  #abort(line: Line): void {
    this.#events.aborted?.(line);
    const { stateType } = line.frame;
    if (stateType && ABORTABLE.includes(stateType)) {
      this.#visit.recordAside(`${stateType}StateAborted`);
    }
  }
}
