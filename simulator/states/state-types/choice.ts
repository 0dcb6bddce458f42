// Choice: goes where the first true condition points.

import type { ChoiceState } from '../definition/schema.ts';
import type { StateResult } from '../runtime.ts';
import { StateError, whileExecuting } from '../state-error.ts';
import type { Visit } from '../visit.ts';

export async function performChoice(visit: Visit, state: ChoiceState): Promise<StateResult> {
  for (const [index, rule] of state.Choices.entries()) {
    const prefix = `Choices[${index}]/`;
    const holds = await visit.evaluateAs(rule.Condition, `${prefix}Condition`, 'boolean');
    if (holds) return visit.leave(rule, visit.input, {}, prefix);
  }
  if (state.Default === undefined) {
    const place = whileExecuting(visit.stateName, visit.enteredEventId);
    const reason = 'Failed to transition out of the state. No choice matched.';
    throw new StateError('States.NoChoiceMatched', `${place} ${reason}`);
  }
  return visit.leave({ ...state, Next: state.Default }, visit.input);
}
