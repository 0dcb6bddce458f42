// Counts every API call per operation and per caller: what cost, throttling and chattiness are
// judged by.

import type { Caller } from '../kernel/service.ts';

export interface CallCount {
  calls: number;
  /** Calls answered with any error, throttled ones included. */
  refused: number;
  throttled: number;
}

/** Counters of one region since its start; operations are named `ecs:ListTasks`. */
export class CallCounts {
  readonly byOperation = new Map<string, CallCount>();
  /** Caller (`function/drain-container-instance`) to operation to number of calls. */
  readonly byCaller = new Map<string, Map<string, number>>();
  /** Operations asked for that the simulator does not have. */
  readonly unknown = new Set<string>();

  get total(): number {
    let total = 0;
    for (const { calls } of this.byOperation.values()) total += calls;
    return total;
  }

  /** Calls of one operation so far. */
  of(operation: string): number {
    return this.byOperation.get(operation)?.calls ?? 0;
  }

  record(operation: string, caller: Caller, outcome: 'ok' | 'refused' | 'throttled'): void {
    const count = this.byOperation.get(operation) ?? { calls: 0, refused: 0, throttled: 0 };
    this.byOperation.set(operation, count);
    count.calls++;
    if (outcome !== 'ok') count.refused++;
    if (outcome === 'throttled') count.throttled++;
    const key = `${caller.kind}/${caller.name}`;
    const ofCaller = this.byCaller.get(key) ?? new Map<string, number>();
    this.byCaller.set(key, ofCaller);
    ofCaller.set(operation, (ofCaller.get(operation) ?? 0) + 1);
  }
}
