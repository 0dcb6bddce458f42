// Wait: lets virtual time pass, for a number of seconds or until an instant.

import { RFC3339 } from '../definition/check.ts';
import type { WaitState } from '../definition/schema.ts';
import type { StateResult } from '../runtime.ts';
import type { Visit } from '../visit.ts';

export async function performWait(visit: Visit, state: WaitState): Promise<StateResult> {
  const { clock } = visit.runtime.kernel;
  const seconds = await visit.evaluateSeconds(state.Seconds, 'Seconds');
  const milliseconds =
    seconds === undefined ? (await wakeAt(visit, state)) - clock.now() : seconds * 1000;
  // An instant in the past means no wait.
  await visit.frame.scope.sleep(clock, milliseconds);
  return visit.leave(state, visit.input);
}

async function wakeAt(visit: Visit, state: WaitState): Promise<number> {
  const text = String(await visit.evaluateAs(state.Timestamp, 'Timestamp', 'string'));
  const at = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  const format = 'ISO-8601 extended offset date-time format string';
  return visit.refuse('Timestamp', `The Timestamp field cannot be parsed as an ${format}: ${text}`);
}
