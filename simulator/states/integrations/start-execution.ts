// Starts another execution, and with `.sync:2` waits for its end.

import { AwsError, type JsonObject } from '../../kernel/service.ts';
import type { Execution } from '../execution.ts';
import { StateError } from '../state-error.ts';
import { apiError, type TaskCall } from './task-call.ts';

/** `.sync` learns of the end from an event: a guess, as AWS gives no number. */
const NOTICE_MILLISECONDS = [100, 1000] as const;

/** Starts it; the answer is what the history shows as submitted. */
export function startExecution(call: TaskCall): { child: Execution; answer: JsonObject } {
  const { StateMachineArn, Input, Name } = call.given as {
    StateMachineArn: string;
    Input?: unknown;
    Name?: string;
  };
  try {
    const child = call.runtime.executions.start(StateMachineArn, inputText(Input), Name);
    return { child, answer: { ExecutionArn: child.arn, StartDate: child.startAt } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw apiError(call, error, { prefix: 'StepFunctions', service: 'AWSStepFunctions' });
  }
}

function inputText(input: unknown): string {
  if (typeof input === 'string') return input;
  return JSON.stringify(input ?? {});
}

/**
 * Waits until the child has ended; stops it when the waiting task is aborted.
 *
 * @returns DescribeExecution in PascalCase, Input and Output as JSON.
 * @throws {StateError} States.TaskFailed, whatever the child's own error was.
 */
export async function waitForExecution(call: TaskCall, child: Execution): Promise<unknown> {
  const { runtime, scope } = call;
  await scope.suspend((resolve) => {
    child.onClosed(() => resolve(undefined));
    return () => runtime.executions.stop(child);
  });
  await scope.sleep(runtime.kernel.clock, runtime.delays.integer(...NOTICE_MILLISECONDS));
  const described = pascalCase(child.describe()) as JsonObject;
  if (child.status !== 'SUCCEEDED') {
    throw new StateError('States.TaskFailed', JSON.stringify(described));
  }
  const { Input, Output } = described;
  return { ...described, Input: JSON.parse(String(Input)), Output: JSON.parse(String(Output)) };
}

function pascalCase(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([name, member]) => [
      `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      pascalCase(member),
    ]),
  );
}
