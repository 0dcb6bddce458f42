// What a Task hands to the service it calls, and how a refusal becomes an error of the state.

import type { AwsError } from '../../kernel/service.ts';
import type { Execution } from '../execution.ts';
import type { Runtime } from '../runtime.ts';
import type { Scope } from '../scope.ts';
import { StateError } from '../state-error.ts';

export interface TaskCall {
  readonly runtime: Runtime;
  readonly execution: Execution;
  /** Closes when the attempt is over; what comes later is ignored. */
  readonly scope: Scope;
  /** Evaluated Arguments. */
  readonly given: unknown;
}

/**
 * An API error as the optimised integrations report it.
 *
 * @param prefix Of the error name: `Lambda`, `StepFunctions`. Names always end in `Exception`.
 * @param service How the SDK for Java calls the service in its messages.
 */
export function apiError(
  call: TaskCall,
  error: AwsError,
  names: { readonly prefix: string; readonly service: string },
): StateError {
  const { code, status, message } = error;
  const suffix = code.endsWith('Exception') ? '' : 'Exception';
  const requestId = call.runtime.delays.uuid();
  return new StateError(
    `${names.prefix}.${code}${suffix}`,
    `${message} (Service: ${names.service}; Status Code: ${status}; Error Code: ${code}; ` +
      `Request ID: ${requestId}; Proxy: null)`,
  );
}
