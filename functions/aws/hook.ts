// Asks the user's own function whether a wave may go on; an answer that cannot be read counts as no.

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { FIRST, millisecondsLeft, stopWhenOver } from './deadline.ts';

const lambdaClient = new LambdaClient({ maxAttempts: 2 });
lambdaClient.middlewareStack.add(stopWhenOver, FIRST);

/** The function that asks has sixty, and other gates to read before. */
const ANSWER_SECONDS_MAX = 40;
/** To write down what came of it. */
const SECONDS_AFTER = 5;

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
  const secondsLeft = Math.floor(millisecondsLeft() / 1000) - SECONDS_AFTER;
  const seconds = Math.max(1, Math.min(ANSWER_SECONDS_MAX, secondsLeft));
  const abortSignal = AbortSignal.timeout(seconds * 1000);
  try {
    const { Payload, FunctionError } = await lambdaClient.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(question) }),
      { abortSignal },
    );
    if (FunctionError)
      return `hook ${functionName} failed (${FunctionError}), which counts as closed`;
    const text = Payload === undefined ? '' : new TextDecoder().decode(Payload);
    const { verdict, reason } = answerSchema.parse(JSON.parse(text));
    return verdict === 'open' ? undefined : `hook ${functionName}: ${reason}`;
  } catch (error) {
    if (abortSignal.aborted) {
      return `hook ${functionName} did not answer within ${seconds} seconds, which counts as closed`;
    }
    const why =
      error instanceof z.ZodError || error instanceof SyntaxError
        ? 'answered something else than {verdict, reason}'
        : `cannot be asked (${error instanceof Error ? error.name : String(error)})`;
    return `hook ${functionName} ${why}, which counts as closed`;
  }
}
