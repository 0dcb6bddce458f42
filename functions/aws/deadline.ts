// Keeps a function that Lambda has given up from acting any more: frozen for minutes, it would go on where it was.

import { now } from './clock.ts';
import { type CallContext, rememberCall } from './failed-call.ts';

let deadlineAt = Number.POSITIVE_INFINITY;

/** Called first of all by every invocation; an environment has one at a time. */
export function setDeadline(remainingMilliseconds: number): void {
  deadlineAt = now() + remainingMilliseconds;
}

/** Until the invocation is over, whatever it does. */
export function millisecondsLeft(): number {
  return deadlineAt - now();
}

/** Where `stopWhenOver` belongs: before the call is built, and outside of the SDK's own retries. */
export const FIRST = { step: 'initialize', name: 'stopWhenOver', priority: 'high' } as const;

/** SDK middleware: no call to AWS once the time of its invocation is over. Somebody else has begun anew by then. */
export function stopWhenOver<A, R>(
  next: (args: A) => Promise<R>,
  context: CallContext,
): (args: A) => Promise<R> {
  return async (args) => {
    if (now() >= deadlineAt) {
      throw new Error('Cannot go on: the time of this invocation is over, another has begun anew');
    }
    return next(args).catch((error) => rememberCall(error, context));
  };
}
