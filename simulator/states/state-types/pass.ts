// Pass: shapes data and goes on.

import type { PassState } from '../definition/schema.ts';
import type { StateResult } from '../runtime.ts';
import type { Visit } from '../visit.ts';

export function performPass(visit: Visit, state: PassState): Promise<StateResult> {
  return visit.leave(state, visit.input);
}
