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

/** How an execution is known to have ended; `UNKNOWN` when there is no such execution. */
interface Dead {
  readonly status: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

function howDead({ status }: Dead): string {
  return status === 'UNKNOWN' ? 'is not known to Step Functions' : `ended ${status}`;
}

function whyIt({ error, cause }: Dead): string {
  const named = error === undefined || OWN_ERRORS.has(error) ? undefined : error;
  const why = [named, cause].filter(Boolean).join(': ');
  return why === '' ? '' : `: ${why}`;
}

/** Why the sweep closes a rollout, from how its execution ended. */
export function whyDead(execution: Dead): string {
  return `its execution ${howDead(execution)} and did not close it${whyIt(execution)}; closed by the sweep`;
}

/** Why the sweep ends a container instance, from how the execution that updated it ended. */
export function whyOrphaned(execution: Dead): string {
  return `the execution that updated it ${howDead(execution)} without an outcome${whyIt(execution)}; ended by the sweep`;
}
