// Speaks to Lambda: the function's answer, or its error under the error's own name.

import type { InvokeResult } from '../../kernel/kernel.ts';
import { AwsError } from '../../kernel/service.ts';
import { StateError } from '../state-error.ts';
import { apiError, type TaskCall } from './task-call.ts';

/** `arn:aws:states:::lambda:invoke`, with or without a task token. */
export async function invokeLambda(call: TaskCall): Promise<unknown> {
  const { FunctionName: name, Payload: payload } = call.given as {
    FunctionName: string;
    Payload?: unknown;
  };
  const answer = await invoke(call, name, payload ?? {});
  // AWS adds SdkHttpMetadata and SdkResponseMetadata; nothing should read them.
  return { ExecutedVersion: '$LATEST', Payload: answer, StatusCode: 200 };
}

/** A function's ARN as the Resource: Arguments are its payload, its answer is the result. */
export function invokeFunctionArn(call: TaskCall, functionArn: string): Promise<unknown> {
  return invoke(call, functionArn, call.given);
}

async function invoke(call: TaskCall, name: string, payload: unknown): Promise<unknown> {
  let result: InvokeResult;
  try {
    result = await call.runtime.kernel.invokeFunction(name, payload);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw apiError(call, error, { prefix: 'Lambda', service: 'AWSLambda' });
  }
  if (result.ok) return result.payload ?? null;
  throw functionError(result.errorType, result.errorMessage);
}

function functionError(errorType: string, errorMessage: string): StateError {
  // Errors of the service itself (`Lambda.TooManyRequestsException`) carry plain text.
  if (errorType.startsWith('Lambda.')) return new StateError(errorType, errorMessage);
  const cause = { errorType, errorMessage, trace: [`${errorType}: ${errorMessage}`] };
  return new StateError(errorType, JSON.stringify(cause));
}
