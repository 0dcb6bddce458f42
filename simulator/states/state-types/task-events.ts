// The history events of a Task: one set for integrations, one for a Lambda function's ARN.

import type { Resource } from '../integrations/resource.ts';
import type { StateError } from '../state-error.ts';
import type { Visit } from '../visit.ts';

export interface TaskEvents {
  scheduled(given: string, timeoutSeconds?: number, heartbeatSeconds?: number): void;
  started(): void;
  submitted(output: string): void;
  succeeded(output: string): void;
  /** Records the failure of the task; nothing when the task itself had succeeded. */
  failedOnce(error: StateError): void;
}

/** botocore HistoryEventType; a task has 3 to 5 events besides Entered and Exited. */
export function taskEvents(visit: Visit, resource: Resource): TaskEvents {
  const isFunction = resource.kind === 'lambda-function';
  const prefix = isFunction ? 'LambdaFunction' : 'Task';
  const { resourceType } = resource;
  const about = isFunction ? {} : { resourceType, resource: resource.resource };
  let done = false;
  return {
    scheduled(given, timeoutSeconds, heartbeatSeconds) {
      visit.record(`${prefix}Scheduled`, {
        ...(isFunction
          ? { resource: resource.resource, input: given }
          : { ...about, region: visit.runtime.kernel.region, parameters: given }),
        ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
        ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
      });
    },
    started: () => visit.record(`${prefix}Started`, isFunction ? undefined : about),
    submitted: (output) => visit.record(`${prefix}Submitted`, { ...about, output }),
    succeeded(output) {
      visit.record(`${prefix}Succeeded`, { ...about, output });
      done = true;
    },
    failedOnce(error) {
      if (done) return;
      done = true;
      const { runtime, execution, stateName: state } = visit;
      const { subject } = execution;
      runtime.kernel.log.append('states', 'task-failed', subject, {
        state,
        error: error.error ?? '',
      });
      visit.record(`${prefix}${error.timedOut ? 'TimedOut' : 'Failed'}`, {
        ...about,
        ...error.details,
      });
    },
  };
}
