// Makes the one call that a schedule asks for, by a templated or a universal target.
//
// Source: EventBridge Scheduler user guide "Using universal targets" and "Using templated targets".

import { invokeAsynchronously } from '../events/asynchronous-invocation.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import type { Schedule } from './schedules.ts';

/** One attempt to invoke a schedule's target. */
export interface Invocation {
  readonly schedule: Schedule;
  /** When the expression said, epoch milliseconds; not when it really happens. */
  readonly scheduledAt: number;
  readonly executionId: string;
  readonly attemptNumber: number;
}

type Call = (kernel: Kernel, arn: string, input: unknown) => unknown;

function members(input: unknown): JsonObject {
  if (typeof input === 'object' && input !== null) return input as JsonObject;
  throw new AwsError('ValidationException', 'The Input of a universal target must be an object.');
}

/**
 * A member that the called API takes as text with JSON in it. A schedule is made with whatever its
 * Input says; what is wrong with it shows when the call is made.
 */
function parsed(value: unknown, name: string): unknown {
  if (value === undefined) return {};
  if (typeof value !== 'string')
    throw new AwsError('SerializationException', `The member ${name} must be a string.`);
  try {
    return JSON.parse(value);
  } catch {
    throw new AwsError('ValidationException', `The member ${name} is no JSON.`);
  }
}

const CALLS: readonly (readonly [RegExp, Call])[] = [
  [
    /^arn:[^:]+:lambda:[^:]*:\d{12}:function:/,
    (kernel, arn, input) => invokeAsynchronously(kernel, arn, input),
  ],
  [
    /^arn:[^:]+:states:[^:]*:\d{12}:stateMachine:/,
    (kernel, arn, input) => kernel.startExecution(arn, input),
  ],
  [/^arn:[^:]+:scheduler:::aws-sdk:sfn:startExecution$/, startExecution],
  [/^arn:[^:]+:scheduler:::aws-sdk:lambda:invoke$/, invokeFunction],
];

/** Only the universal target can name the execution it starts. */
function startExecution(kernel: Kernel, _arn: string, input: unknown): unknown {
  const { StateMachineArn, Input, Name } = members(input);
  const name = Name === undefined ? undefined : String(Name);
  return kernel.startExecution(String(StateMachineArn), parsed(Input, 'Input'), name);
}

async function invokeFunction(kernel: Kernel, _arn: string, input: unknown): Promise<void> {
  const { FunctionName, InvocationType, Payload } = members(input);
  if (InvocationType === 'Event')
    return invokeAsynchronously(kernel, String(FunctionName), parsed(Payload, 'Payload'));
  // A function error is a 200 answer: the call as such succeeded, so it is not repeated.
  await kernel.invokeFunction(String(FunctionName), parsed(Payload, 'Payload'));
}

/** Whether this region can do what the target asks for. */
export function isReachable(targetArn: string): boolean {
  return CALLS.some(([pattern]) => pattern.test(targetArn));
}

/** ISO 8601 with whole seconds, as `<aws.scheduler.scheduled-time>` has it. */
function isoSeconds(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

/** What a target without an Input receives. */
function defaultEvent(kernel: Kernel, invocation: Invocation): JsonObject {
  return {
    version: '0',
    id: invocation.executionId,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: kernel.accountId,
    time: isoSeconds(invocation.scheduledAt),
    region: kernel.region,
    resources: [invocation.schedule.arn],
    detail: '{}',
  };
}

/**
 * The Input with its context attributes filled in; text that is not JSON reaches the target as a
 * string.
 */
function inputOf(kernel: Kernel, invocation: Invocation): unknown {
  const input = invocation.schedule.definition.Target.Input;
  if (input === undefined) return defaultEvent(kernel, invocation);
  const filled = input
    .replaceAll('<aws.scheduler.schedule-arn>', invocation.schedule.arn)
    .replaceAll('<aws.scheduler.scheduled-time>', isoSeconds(invocation.scheduledAt))
    .replaceAll('<aws.scheduler.execution-id>', invocation.executionId)
    .replaceAll('<aws.scheduler.attempt-number>', String(invocation.attemptNumber));
  try {
    return JSON.parse(filled);
  } catch {
    return filled;
  }
}

/** @throws {AwsError} Whatever the called service refused. */
export async function callTarget(kernel: Kernel, invocation: Invocation): Promise<void> {
  const { Arn } = invocation.schedule.definition.Target;
  const call = CALLS.find(([pattern]) => pattern.test(Arn))?.[1];
  await call?.(kernel, Arn, inputOf(kernel, invocation));
}
