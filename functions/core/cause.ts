// Turns what Step Functions passes as an error into a sentence for the person on call.

import * as z from 'zod';

/** Lambda's integration puts a JSON object into `Cause`. */
const lambdaCause = z.object({ errorMessage: z.string() });

/** Sentences for the errors that come from Step Functions or Lambda themselves. */
const KNOWN: ReadonlyMap<string, string> = new Map([
  ['States.Timeout', 'the step did not end within its own time limit'],
  ['Sandbox.Timedout', 'the function of the step was stopped at its time limit'],
]);

export function causeOf(
  error: string,
  cause: string | undefined,
): { readonly error: string; readonly reason: string } {
  let message = cause ?? '';
  try {
    const parsed = lambdaCause.safeParse(JSON.parse(message));
    if (parsed.success) message = parsed.data.errorMessage;
  } catch {
    // Not JSON: our own SendTaskFailure passes plain sentences.
  }
  return { error, reason: message || (KNOWN.get(error) ?? error) };
}
