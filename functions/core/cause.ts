// Turns what Step Functions passes as an error into a sentence for the person on call.

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
