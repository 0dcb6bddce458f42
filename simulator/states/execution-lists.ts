// Decides what DescribeExecution and ListExecutions show: how things stood at an instant.

import type { AwsError, JsonObject } from '../kernel/service.ts';
import type { Execution, ExecutionStatus } from './execution.ts';

interface ListRequest {
  readonly status: ExecutionStatus | undefined;
  readonly limit: number;
  readonly token: unknown;
  /** Epoch milliseconds; what happened later is not seen yet. */
  readonly seenAt: number;
  badToken(): AwsError;
}

function isClosedAt(execution: Execution, seenAt: number): boolean {
  return execution.stopAt !== undefined && execution.stopAt <= seenAt;
}

/** DescribeExecution as of `seenAt`; undefined when the execution had not started. */
export function seenExecution(execution: Execution, seenAt: number): JsonObject | undefined {
  if (execution.startAt > seenAt) return undefined;
  const { startDate, stopDate, ...described } = execution.describe(isClosedAt(execution, seenAt));
  return {
    ...described,
    startDate: Number(startDate) / 1000,
    ...(stopDate === undefined ? {} : { stopDate: Number(stopDate) / 1000 }),
  };
}

/**
 * "Results are sorted by time, with the most recent execution first." A limit "is only an upper
 * limit. The actual number of results returned per call might be fewer" (botocore stepfunctions
 * ListExecutions): here the filter is for what is on a page already.
 */
export function listExecutions(all: readonly Execution[], request: ListRequest): JsonObject {
  const { status, limit, seenAt } = request;
  const before = cursor(request);
  const executions: JsonObject[] = [];
  let last: Execution | undefined;
  let looked = 0;
  for (let index = all.length - 1; index >= 0; index--) {
    const execution = all[index]!;
    if (execution.serial >= before || execution.startAt > seenAt) continue;
    const closed = isClosedAt(execution, seenAt);
    const seen = closed ? execution.status : 'RUNNING';
    if (looked === limit) return { executions, nextToken: tokenAfter(last!) };
    looked++;
    last = execution;
    if (status !== undefined && status !== seen) continue;
    executions.push({
      executionArn: execution.arn,
      stateMachineArn: execution.stateMachine.arn,
      name: execution.name,
      status: seen,
      startDate: execution.startAt / 1000,
      ...(closed ? { stopDate: Number(execution.stopAt) / 1000 } : {}),
      redriveCount: execution.redriveCount,
    });
  }
  return { executions };
}

/** A page ends after an execution, not after a number of them: new ones shift no page. */
function tokenAfter(execution: Execution): string {
  return Buffer.from(`executions-before:${execution.serial}`).toString('base64url');
}

function cursor({ token, badToken }: ListRequest): number {
  if (token === undefined || token === null) return Number.POSITIVE_INFINITY;
  const text = Buffer.from(String(token), 'base64url').toString('utf8');
  const serial = /^executions-before:(\d+)$/.exec(text)?.[1];
  if (serial === undefined) throw badToken();
  return Number(serial);
}
