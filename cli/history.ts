// Reads what the states of an execution were given and answered, from its history.

import type { Region } from '../simulator/region.ts';

interface HistoryEvent {
  readonly type: string;
  readonly taskSucceededEventDetails?: { readonly output?: string };
  readonly taskScheduledEventDetails?: { readonly parameters?: string };
}

type Json = Readonly<Record<string, unknown>>;

/** More than any one state leaves behind on the good path, retries included. */
const EVENTS_MAX = 60;

/** Newest first; none once the history was dropped. The call is not counted, and takes no time. */
function latestEvents(region: Region, executionArn: string): readonly HistoryEvent[] {
  const asked = { executionArn, reverseOrder: true, maxResults: EVENTS_MAX };
  try {
    const { events } = region.services.states.call('GetExecutionHistory', asked);
    return events as readonly HistoryEvent[];
  } catch {
    return [];
  }
}

function parsed(text: string | undefined): Json {
  try {
    return (JSON.parse(text ?? '{}') ?? {}) as Json;
  } catch {
    return {};
  }
}

/** What the function of the last task answered. */
export function lastAnswer(region: Region, executionArn: string): Json {
  const last = latestEvents(region, executionArn).find(({ type }) => type === 'TaskSucceeded');
  const { Payload = {} } = parsed(last?.taskSucceededEventDetails?.output);
  return Payload as Json;
}
