// Fail: ends the line with an error that the definition names.

import type { FailState } from '../definition/schema.ts';
import { StateError } from '../state-error.ts';
import type { Visit } from '../visit.ts';

export async function performFail(visit: Visit, state: FailState): Promise<never> {
  const text = async (template: string | undefined, field: string) =>
    template === undefined ? undefined : String(await visit.evaluateAs(template, field, 'string'));
  const error = await text(state.Error, 'Error');
  throw new StateError(error, await text(state.Cause, 'Cause'));
}
