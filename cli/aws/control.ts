// Asks control-rollout for what a person wants of a rollout.

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { functionName } from '../../infra/names.ts';
import { UsageError } from '../usage-error.ts';
import { RegionError } from './region-error.ts';

const lambda = new LambdaClient({ maxAttempts: 5 });

/** What a function that threw leaves in its payload. */
function thrownBy(text: string): Error {
  try {
    const { errorType, errorMessage } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const message = typeof errorMessage === 'string' ? errorMessage : text;
    return errorType === 'BadInput' ? new UsageError(message) : new RegionError(message);
  } catch {
    return new RegionError(text);
  }
}

/**
 * @returns The reason it gives.
 * @throws {UsageError} In the function's own words when what is asked can have no effect.
 * @throws {RegionError} In its own words when it failed.
 */
export async function askControl(request: Readonly<Record<string, string>>): Promise<string> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: functionName('control-rollout'),
      Payload: new TextEncoder().encode(JSON.stringify(request)),
    }),
  );
  const text = Payload === undefined ? '' : new TextDecoder().decode(Payload);
  if (FunctionError !== undefined) throw thrownBy(text);
  return String((JSON.parse(text) as { reason?: unknown }).reason ?? '');
}
