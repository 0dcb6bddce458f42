// Speaks to Step Functions: starts the update of one container instance, and answers task tokens.

import {
  DescribeExecutionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { FIRST, stopWhenOver } from './deadline.ts';
import { LOG_COPIES } from './sdk-log.ts';

const sfn = new SFNClient({ maxAttempts: 5 });
sfn.middlewareStack.add(stopWhenOver, FIRST);
sfn.middlewareStack.remove(LOG_COPIES);

/** Lengths that SendTaskFailure accepts. */
const ERROR_CHARACTERS_MAX = 256;
const CAUSE_CHARACTERS_MAX = 32_768;

/** Starts an execution by name; one that was started before, running or over, is success. */
export async function startExecution(
  stateMachineArn: string,
  name: string,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  try {
    await sfn.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionAlreadyExists') return;
    throw error;
  }
}

/** An answer that comes too late or twice is no error: somebody else has given it. */
const ANSWERED: ReadonlySet<string> = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

async function unlessAnswered(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (error instanceof Error && ANSWERED.has(error.name)) return false;
    throw error;
  }
}

/** @returns False when nobody waits for that answer any more. */
export function answerSuccess(taskToken: string, output: unknown): Promise<boolean> {
  return unlessAnswered(() =>
    sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })),
  );
}

/** @returns False when nobody waits for that answer any more. */
export function answerFailure(taskToken: string, error: string, cause: string): Promise<boolean> {
  return unlessAnswered(() =>
    sfn.send(
      new SendTaskFailureCommand({
        taskToken,
        error: error.slice(0, ERROR_CHARACTERS_MAX),
        cause: cause.slice(0, CAUSE_CHARACTERS_MAX),
      }),
    ),
  );
}

/** An execution as Step Functions describes it. */
export interface SeenExecution {
  /** `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`; `UNKNOWN` when there is no such execution. */
  readonly status: string;
  /** Epoch milliseconds; undefined while it runs, and where there is none. */
  readonly endedAt?: number | undefined;
  /** What it failed with, and why; absent unless it failed. */
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

export async function describeExecution(executionArn: string): Promise<SeenExecution> {
  try {
    const { status, stopDate, error, cause } = await sfn.send(
      new DescribeExecutionCommand({ executionArn }),
    );
    return { status: status ?? 'UNKNOWN', endedAt: stopDate?.getTime(), error, cause };
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') {
      return { status: 'UNKNOWN' };
    }
    throw error;
  }
}

/** The status alone. */
export async function executionStatus(executionArn: string): Promise<string> {
  return (await describeExecution(executionArn)).status;
}
