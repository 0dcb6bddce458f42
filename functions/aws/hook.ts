// Asks the user's own function whether a wave may go on; an answer that cannot be read counts as no.

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { FIRST, stopWhenOver } from './deadline.ts';

const lambdaClient = new LambdaClient({ maxAttempts: 2 });
lambdaClient.middlewareStack.add(stopWhenOver, FIRST);

const answerSchema = z.object({
  verdict: z.enum(['open', 'closed']),
  reason: z.string().max(500),
});

export interface HookQuestion {
  readonly rollout: string;
  readonly clusterArn: string;
  readonly wave: number;
  /** EC2 instance id, or null when the whole wave is meant. */
  readonly instance: string | null;
}

/** Undefined when the gate is open; else why it is closed. */
export async function askHook(
  functionName: string | undefined,
  question: HookQuestion,
): Promise<string | undefined> {
  if (functionName === undefined) return undefined;
  try {
    const { Payload, FunctionError } = await lambdaClient.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(question) }),
    );
    if (FunctionError)
      return `hook ${functionName} failed (${FunctionError}), which counts as closed`;
    const text = Payload === undefined ? '' : new TextDecoder().decode(Payload);
    const { verdict, reason } = answerSchema.parse(JSON.parse(text));
    return verdict === 'open' ? undefined : `hook ${functionName}: ${reason}`;
  } catch (error) {
    const why =
      error instanceof z.ZodError || error instanceof SyntaxError
        ? 'answered something else than {verdict, reason}'
        : `cannot be asked (${error instanceof Error ? error.name : String(error)})`;
    return `hook ${functionName} ${why}, which counts as closed`;
  }
}
