// Speaks to EventBridge: `events:putEvents`, which fails as a whole when one entry is refused.

import type { JsonObject } from '../../kernel/service.ts';
import { StateError } from '../state-error.ts';
import type { TaskCall } from './task-call.ts';

interface Entry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: unknown;
  readonly EventBusName?: string;
  readonly Resources?: readonly string[];
}

/** @throws {StateError} EventBridge.FailedEntry, with the entries' answers as the cause. */
export function putEvents(call: TaskCall): JsonObject {
  const { Entries } = call.given as { Entries: readonly Entry[] };
  const answers = Entries.map((entry) => putEntry(call, entry));
  const failed = answers.filter((answer) => 'ErrorCode' in answer).length;
  const result = { Entries: answers, FailedEntryCount: failed };
  if (failed > 0) throw new StateError('EventBridge.FailedEntry', JSON.stringify(result));
  return result;
}

function putEntry({ runtime, execution }: TaskCall, entry: Entry): JsonObject {
  for (const name of ['Source', 'DetailType', 'Detail'] as const) {
    if (entry[name] === undefined) return missing(name);
  }
  const detail = parseDetail(entry.Detail);
  if (!detail) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  runtime.kernel.emit({
    source: entry.Source ?? '',
    detailType: entry.DetailType ?? '',
    // Step Functions adds the machine and the execution to the resources of every event.
    resources: [...(entry.Resources ?? []), execution.stateMachine.arn, execution.arn],
    detail,
    ...(entry.EventBusName === undefined ? {} : { eventBusName: entry.EventBusName }),
  });
  return { EventId: runtime.delays.uuid() };
}

function missing(name: string): JsonObject {
  const reason = `${name} is a required argument.`;
  return {
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${name} is not valid. Reason: ${reason}`,
  };
}

function parseDetail(detail: unknown): JsonObject | undefined {
  let value = detail;
  if (typeof detail === 'string') {
    try {
      value = JSON.parse(detail);
    } catch {
      return undefined;
    }
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : undefined;
}
