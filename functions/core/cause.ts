// Turns what Step Functions says of an error, or of a dead execution, into a sentence for the person on call.

import * as z from 'zod';
import { ROUTED_ERRORS } from './errors.ts';

/** Lambda's integration puts a JSON object into `Cause`. */
const lambdaCause = z.object({ errorMessage: z.string() });

const OURS: ReadonlySet<string> = new Set(ROUTED_ERRORS);

/** What happened to the step, where the error comes from Step Functions, Lambda, AWS or a bug, and not from us. */
function happened(error: string, step: string): string {
  if (error === 'States.Timeout') return `${step} did not end within its time limit`;
  if (error === 'Sandbox.Timedout') return `the function of ${step} was stopped at its time limit`;
  return error === 'Error' ? `${step} failed` : `${step} failed with ${error}`;
}

/** @param step Name of the state that failed. */
export function causeOf(
  error: string,
  cause: string | undefined,
  step = 'the step',
): { readonly error: string; readonly reason: string } {
  let message = cause ?? '';
  try {
    const parsed = lambdaCause.safeParse(JSON.parse(message));
    if (parsed.success) message = parsed.data.errorMessage;
  } catch {
    // Not JSON: our own SendTaskFailure passes plain sentences.
  }
  if (OURS.has(error)) return { error, reason: message || error };
  const what = happened(error, step);
  return { error, reason: message === '' ? what : `${what}: ${message}` };
}

/** Errors of our own last states: their causes are whole sentences. */
const OWN_ERRORS: ReadonlySet<string> = new Set(['FailedClean', 'FailedDirty']);

/** Why the sweep closes a rollout, from how its execution ended; `UNKNOWN` when there is no such execution. */
export function whyDead(execution: {
  readonly status: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}): string {
  const { status, error, cause } = execution;
  const how = status === 'UNKNOWN' ? 'is not known to Step Functions' : `ended ${status}`;
  const named = error === undefined || OWN_ERRORS.has(error) ? undefined : error;
  const why = [named, cause].filter(Boolean).join(': ');
  return `its execution ${how} and did not close it${why === '' ? '' : `: ${why}`}; closed by the sweep`;
}
