// Invokes a function as event sources do: queued, at least once, retried when it fails.
//
// Source: Lambda developer guide "How Lambda handles errors and retries with asynchronous
// invocation".

import type { InvokeResult, Kernel } from '../kernel/kernel.ts';
import { AwsError } from '../kernel/service.ts';

/** What became of an event that Lambda gave up. */
export interface DiscardedInvocation {
  readonly functionArn: string;
  readonly payload: unknown;
  readonly reason: 'RetriesExhausted' | 'EventAgeExceeded' | 'NotInvokable';
  readonly errorType: string;
  readonly attempts: number;
}

/**
 * "Lambda waits one minute between the first two attempts, and two minutes between the second and
 * third."
 */
const RETRY_SECONDS: readonly number[] = [60, 120];
/**
 * Throttled and failed deliveries are retried for up to 6 hours, from 1 second to 5 minutes apart.
 */
const EVENT_AGE_MAX_SECONDS = 6 * 3600;
const BACKOFF_MAX_SECONDS = 300;
/** Time in Lambda's internal queue, in milliseconds; a guess of the usual. */
const QUEUE_MILLISECONDS = { low: 15, high: 120 };
const THROTTLES = new Set(['TooManyRequestsException', 'ServiceException']);

interface Queued {
  readonly kernel: Kernel;
  readonly functionArn: string;
  readonly payload: unknown;
  readonly queuedAt: number;
  readonly onDiscarded: ((discarded: DiscardedInvocation) => void) | undefined;
}

/**
 * Queues one asynchronous invocation and returns at once, as Lambda answers 202.
 *
 * Faults (F20), asked once per invocation with the function's name as subject:
 * `async-invocation-lost`, `async-invocation-duplicated`.
 */
export function invokeAsynchronously(
  kernel: Kernel,
  functionArn: string,
  payload: unknown,
  onDiscarded?: (discarded: DiscardedInvocation) => void,
): void {
  const functionName = functionArn.split(':function:').at(-1) ?? functionArn;
  if (kernel.faults.strikes('async-invocation-lost', functionName)) {
    kernel.log.append('lambda', 'async-invocation-lost', functionName);
    return;
  }
  const queued = { kernel, functionArn, payload, queuedAt: kernel.clock.now(), onDiscarded };
  const copies = kernel.faults.strikes('async-invocation-duplicated', functionName) ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) {
    const { low, high } = QUEUE_MILLISECONDS;
    const wait = kernel.random.stream(`lambda.async-queue/${functionName}`).between(low, high);
    kernel.clock.after(wait, () => attempt(queued, { failures: 0, throttles: 0 }));
  }
}

interface Tried {
  readonly failures: number;
  readonly throttles: number;
}

async function invoke(queued: Queued): Promise<InvokeResult | { ok: false; error: AwsError }> {
  try {
    // The function gets it as text, at once: no copy is needed to keep what is sent again as it is.
    return await queued.kernel.invokeFunction(queued.functionArn, queued.payload);
  } catch (error) {
    if (error instanceof AwsError) return { ok: false, error };
    throw error;
  }
}

async function attempt(queued: Queued, tried: Tried): Promise<void> {
  const result = await invoke(queued);
  if (result.ok) return;
  const errorType = 'error' in result ? result.error.code : result.errorType;
  const isThrottle = THROTTLES.has(errorType);
  if ('error' in result && !isThrottle) return discard(queued, tried, 'NotInvokable', errorType);
  const next = isThrottle
    ? { ...tried, throttles: tried.throttles + 1 }
    : { ...tried, failures: tried.failures + 1 };
  const settings = queued.kernel.asynchronousInvocation?.(queued.functionArn);
  const retriesMax = settings?.maximumRetryAttempts ?? RETRY_SECONDS.length;
  const waitSeconds = isThrottle
    ? Math.min(BACKOFF_MAX_SECONDS, 2 ** tried.throttles)
    : RETRY_SECONDS.slice(0, retriesMax)[tried.failures];
  if (waitSeconds === undefined) return discard(queued, next, 'RetriesExhausted', errorType);
  const { clock, log } = queued.kernel;
  const ageSeconds = (clock.now() - queued.queuedAt) / 1000 + waitSeconds;
  if (ageSeconds > (settings?.maximumEventAgeSeconds ?? EVENT_AGE_MAX_SECONDS))
    return discard(queued, next, 'EventAgeExceeded', errorType);
  log.append('lambda', 'async-invocation-retried', queued.functionArn, { errorType, waitSeconds });
  clock.after(waitSeconds * 1000, () => attempt(queued, next));
}

function discard(
  queued: Queued,
  tried: Tried,
  reason: DiscardedInvocation['reason'],
  errorType: string,
): void {
  const { kernel, functionArn, payload } = queued;
  const attempts = tried.failures + tried.throttles;
  kernel.log.append('lambda', 'async-invocation-discarded', functionArn, { reason, errorType });
  queued.onDiscarded?.({ functionArn, payload, reason, errorType, attempts });
}
