// Asks control-rollout for what a person wants of a rollout.

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { functionName } from '../../infra/names.ts';
import { RegionError } from './region-error.ts';

const lambda = new LambdaClient({ maxAttempts: 5 });

/** What a function that threw leaves in its payload. */
function errorMessage(text: string): string {
  try {
    const { errorMessage } = JSON.parse(text) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : text;
  } catch {
    return text;
  }
}

/**
 * @returns The reason it gives.
 * @throws {RegionError} With the function's own words when it refuses.
 */
export async function askControl(request: Readonly<Record<string, string>>): Promise<string> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: functionName('control-rollout'),
      Payload: new TextEncoder().encode(JSON.stringify(request)),
    }),
  );
  const text = Payload === undefined ? '' : new TextDecoder().decode(Payload);
  if (FunctionError !== undefined) throw new RegionError(errorMessage(text));
  return String((JSON.parse(text) as { reason?: unknown }).reason ?? '');
}
