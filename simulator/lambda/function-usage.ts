// What each function cost and suffered: the figures CloudWatch and the bill would show.

export interface FunctionUsage {
  invocations: number;
  coldStarts: number;
  /** Invocations that ended in an error of any kind, timeouts included. */
  errors: number;
  timeouts: number;
  /** Invocations refused for want of concurrency. */
  throttles: number;
  concurrentMax: number;
  /** Billed time; since August 2025 the cold start is billed too. */
  billedMilliseconds: number;
  gigabyteSeconds: number;
}

export function newUsage(): FunctionUsage {
  return {
    invocations: 0,
    coldStarts: 0,
    errors: 0,
    timeouts: 0,
    throttles: 0,
    concurrentMax: 0,
    billedMilliseconds: 0,
    gigabyteSeconds: 0,
  };
}
