// Succeed: ends the line with its output.

import type { SucceedState } from '../definition/schema.ts';
import type { StateResult } from '../runtime.ts';
import type { Visit } from '../visit.ts';

export function performSucceed(visit: Visit, state: SucceedState): Promise<StateResult> {
  return visit.leave({ Output: state.Output }, visit.input);
}
