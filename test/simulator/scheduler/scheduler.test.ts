// SchedulerService: its API, and what its schedules do when their time comes.

import { describe, expect, it } from 'vitest';
import { AwsError, type JsonObject } from '../../../simulator/kernel/service.ts';
import { SchedulerService } from '../../../simulator/scheduler/scheduler.ts';
import { type KernelOptions, makeKernel } from '../../support/kernel.ts';

const LAMBDA = 'arn:aws:lambda:eu-west-1:111122223333:function:sweep';
const MACHINE = 'arn:aws:states:eu-west-1:111122223333:stateMachine:roll-out-cluster';
const START = 'arn:aws:scheduler:::aws-sdk:sfn:startExecution';
const ROLE = 'arn:aws:iam::111122223333:role/scheduler';
const BASE: JsonObject = {
  Name: 'nightly',
  ScheduleExpression: 'cron(30 3 * * ? *)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: { Arn: LAMBDA, RoleArn: ROLE, Input: '{"a":1}' },
};

function scheduler(options: KernelOptions = {}) {
  const test = makeKernel(options);
  return { ...test, service: new SchedulerService(test.kernel) };
}

const iso = (at: number) => new Date(at).toISOString();

describe('SchedulerService firing', () => {
  it('invokes within the minute after the scheduled time, every day at the same second', async () => {
    const { advance, call, invocations, service } = scheduler();
    await call(service, 'CreateSchedule', BASE);
    await advance(2 * 86_400);
    expect(invocations.map(({ at }) => iso(at).slice(0, 16))).toEqual([
      '2026-11-24T03:30',
      '2026-11-25T03:30',
    ]);
    expect(Math.abs(invocations[1]!.at - invocations[0]!.at - 86_400_000)).toBeLessThan(2000);
    expect(invocations[0]!.payload).toEqual({ a: 1 });
  });

  it('evaluates the expression in its time zone', async () => {
    const { advance, call, invocations, service } = scheduler();
    await call(service, 'CreateSchedule', { ...BASE, ScheduleExpressionTimezone: 'Europe/Berlin' });
    await advance(86_400);
    expect(invocations.map(({ at }) => iso(at).slice(0, 16))).toEqual(['2026-11-24T02:30']);
  });

  it('a rate without a start date begins at once', async () => {
    const { advance, call, invocations, service } = scheduler();
    await call(service, 'CreateSchedule', { ...BASE, ScheduleExpression: 'rate(1 minute)' });
    await advance(180);
    expect(invocations).toHaveLength(3);
  });

  it('starts an execution by name with the context attributes filled in', async () => {
    const { advance, call, executions, service } = scheduler();
    const Input = JSON.stringify({
      StateMachineArn: MACHINE,
      Name: 'night-<aws.scheduler.execution-id>',
      Input: '{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>"}',
    });
    await call(service, 'CreateSchedule', {
      ...BASE,
      Target: { Arn: START, RoleArn: ROLE, Input },
    });
    await advance(86_400);
    expect(executions).toEqual([
      {
        at: expect.any(Number),
        stateMachineArn: MACHINE,
        name: expect.stringMatching(/^night-[0-9a-f]{16}$/),
        input: {
          at: '2026-11-24T03:30:00Z',
          by: 'arn:aws:scheduler:eu-west-1:111122223333:schedule/default/nightly',
        },
      },
    ]);
  });

  it.each([
    ['an object', { StateMachineArn: MACHINE, Input: { a: 1 } }, 'SerializationException'],
    ['no JSON', { StateMachineArn: MACHINE, Input: 'a: 1' }, 'ValidationException'],
  ])('gives up a universal target whose own Input is %s', async (_, input, errorCode) => {
    const { advance, call, executions, service } = scheduler();
    const Target = { Arn: START, RoleArn: ROLE, Input: JSON.stringify(input) };
    await call(service, 'CreateSchedule', { ...BASE, Target });
    await advance(86_400);
    expect(executions).toEqual([]);
    expect(service.deadLetters).toMatchObject([{ errorCode, attempts: 1 }]);
  });

  it('gives a target without an Input the scheduled event', async () => {
    const { advance, call, executions, service } = scheduler();
    await call(service, 'CreateSchedule', { ...BASE, Target: { Arn: MACHINE, RoleArn: ROLE } });
    await advance(86_400);
    expect(executions[0]!.input).toMatchObject({
      source: 'aws.scheduler',
      time: '2026-11-24T03:30:00Z',
    });
  });

  it('fires anywhere in a flexible window', async () => {
    const { advance, call, invocations, service } = scheduler();
    const FlexibleTimeWindow = { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 };
    await call(service, 'CreateSchedule', { ...BASE, FlexibleTimeWindow });
    await advance(5 * 86_400);
    const minutes = invocations.map(({ at }) => (at / 60_000) % 1440);
    expect(minutes.every((minute) => minute >= 210 && minute < 270)).toBe(true);
    expect(new Set(minutes.map(Math.floor)).size).toBeGreaterThan(1);
  });

  it('keeps to StartDate and EndDate', async () => {
    const { advance, call, invocations, service } = scheduler();
    await call(service, 'CreateSchedule', {
      ...BASE,
      StartDate: Date.parse('2026-11-25T00:00:00Z') / 1000,
      EndDate: '2026-11-27T00:00:00Z',
    });
    await advance(7 * 86_400);
    expect(invocations.map(({ at }) => iso(at).slice(0, 10))).toEqual(['2026-11-25', '2026-11-26']);
  });

  it('removes a one-time schedule after it fired, when asked to', async () => {
    const { advance, call, invocations, refusal, service } = scheduler();
    const once = { ...BASE, ScheduleExpression: 'at(2026-11-24T02:10:00)' };
    await call(service, 'CreateSchedule', { ...once, ActionAfterCompletion: 'DELETE' });
    await call(service, 'CreateSchedule', { ...once, Name: 'kept' });
    await advance(3600);
    expect(invocations).toHaveLength(2);
    expect((await refusal(service, 'GetSchedule', { Name: 'nightly' })).status).toBe(404);
    expect(await call(service, 'GetSchedule', { Name: 'kept' })).toMatchObject({
      State: 'ENABLED',
    });
  });

  it('does nothing while disabled or after it was deleted', async () => {
    const { advance, call, invocations, service } = scheduler();
    await call(service, 'CreateSchedule', BASE);
    await call(service, 'UpdateSchedule', { ...BASE, State: 'DISABLED' });
    await advance(86_400);
    await call(service, 'UpdateSchedule', BASE);
    await call(service, 'DeleteSchedule', { Name: 'nightly' });
    await advance(86_400);
    expect(invocations).toEqual([]);
  });

  it('retries what passes by itself, and buries the rest', async () => {
    const errors = [
      new AwsError('ThrottlingException', 'slow down'),
      new AwsError('ServiceUnavailable', 'later', 503),
      new AwsError('StateMachineDoesNotExist', 'gone'),
    ];
    const { advance, call, executions, service } = scheduler({
      onStartExecution: () => Promise.reject(errors.shift()),
    });
    const queue = 'arn:aws:sqs:eu-west-1:111122223333:dead';
    const Target = { Arn: MACHINE, RoleArn: ROLE, DeadLetterConfig: { Arn: queue } };
    await call(service, 'CreateSchedule', {
      ...BASE,
      ScheduleExpression: 'at(2026-11-24T02:10:00)',
      Target,
    });
    await advance(3600);
    expect(executions).toHaveLength(3);
    expect(service.deadLetters).toMatchObject([
      { errorCode: 'StateMachineDoesNotExist', attempts: 3, queueArn: queue },
    ]);
  });

  it.each([
    ['schedule-missed', 0],
    ['schedule-fires-twice', 2],
    ['schedule-late', 0],
  ])('fault %s', async (name, times) => {
    const { advance, call, invocations, service } = scheduler({
      faults: [{ name, subject: 'nightly', parameters: { seconds: 3600 } }],
    });
    await call(service, 'CreateSchedule', BASE);
    await advance(2 * 3600);
    expect(invocations).toHaveLength(times);
  });
});

describe('SchedulerService API', () => {
  it('shows what it keeps, with defaults filled in', async () => {
    const { call, service } = scheduler();
    expect(await call(service, 'CreateSchedule', BASE)).toEqual({
      ScheduleArn: 'arn:aws:scheduler:eu-west-1:111122223333:schedule/default/nightly',
    });
    expect(
      await call(service, 'GetSchedule', { Name: 'nightly', groupName: 'default' }),
    ).toMatchObject({
      ScheduleExpressionTimezone: 'UTC',
      ActionAfterCompletion: 'NONE',
      State: 'ENABLED',
      Target: { RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
    });
    expect(await call(service, 'ListSchedules', { NamePrefix: 'n' })).toMatchObject({
      Schedules: [{ Name: 'nightly', Target: { Arn: LAMBDA } }],
    });
  });

  it('keeps groups apart and deletes them with their schedules', async () => {
    const { call, refusal, service } = scheduler();
    await call(service, 'CreateScheduleGroup', { Name: 'updater' });
    await call(service, 'CreateSchedule', { ...BASE, GroupName: 'updater' });
    await call(service, 'CreateSchedule', BASE);
    const list = { ScheduleGroup: 'updater' };
    expect(await call(service, 'ListSchedules', list)).toMatchObject({
      Schedules: [{ GroupName: 'updater' }],
    });
    await call(service, 'DeleteScheduleGroup', { Name: 'updater' });
    expect((await refusal(service, 'ListSchedules', list)).code).toBe('ResourceNotFoundException');
  });

  it('pages with a token', async () => {
    const { call, service } = scheduler();
    for (const Name of ['a', 'b', 'c']) await call(service, 'CreateSchedule', { ...BASE, Name });
    const first = await call(service, 'ListSchedules', { MaxResults: '2' });
    expect(first.Schedules).toHaveLength(2);
    const second = await call(service, 'ListSchedules', {
      MaxResults: '2',
      NextToken: first.NextToken,
    });
    expect(second).toMatchObject({ Schedules: [{ Name: 'c' }] });
    expect(second.NextToken).toBeUndefined();
  });

  it.each([
    [{ ScheduleExpression: 'cron(0 2 * * *)' }, 'Invalid Schedule Expression cron(0 2 * * *).'],
    [
      { ScheduleExpressionTimezone: 'Europe/Atlantis' },
      'Invalid ScheduleExpressionTimezone Europe/Atlantis.',
    ],
    [{ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, 'MaximumWindowInMinutes must be set'],
    [
      { FlexibleTimeWindow: { Mode: 'SOMETIMES' } },
      "'flexibleTimeWindow.mode' failed to satisfy constraint: Member must satisfy enum value set: [OFF, FLEXIBLE]",
    ],
    [
      { Target: { Arn: LAMBDA } },
      "Value null at 'target.roleArn' failed to satisfy constraint: Member must not be null",
    ],
    [{ Target: { Arn: 'arn:aws:sqs:eu-west-1:111122223333:q', RoleArn: ROLE } }, 'not arn:aws:sqs'],
    [{ StartDate: 2, EndDate: 1 }, 'The StartDate must come before the EndDate.'],
    [{ Name: 'not a name' }, "at 'name' failed to satisfy constraint"],
  ])('CreateSchedule refuses %j', async (change, message) => {
    const { refusal, service } = scheduler();
    const error = await refusal(service, 'CreateSchedule', { ...BASE, ...change });
    expect(error.code).toBe('ValidationException');
    expect(error.message).toContain(message);
  });

  it('refuses a name that is taken, and one that is not', async () => {
    const { call, refusal, service } = scheduler();
    await call(service, 'CreateSchedule', BASE);
    expect(await refusal(service, 'CreateSchedule', BASE)).toMatchObject({
      code: 'ConflictException',
      status: 409,
      message: 'Schedule nightly already exists.',
    });
    expect(await refusal(service, 'UpdateSchedule', { ...BASE, Name: 'x' })).toMatchObject({
      message: 'Schedule x does not exist.',
    });
  });
});
