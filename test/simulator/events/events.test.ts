// EventsService: PutEvents, rules, targets and what delivery may do to an event.

import { describe, expect, it } from 'vitest';
import { EventsService } from '../../../simulator/events/events.ts';
import { AwsError, type JsonObject } from '../../../simulator/kernel/service.ts';
import { type KernelOptions, makeKernel } from '../../support/kernel.ts';

const LAMBDA = 'arn:aws:lambda:eu-west-1:111122223333:function:wake-waits';
const MACHINE = 'arn:aws:states:eu-west-1:111122223333:stateMachine:roll-out-cluster';
const TASK_EVENT = {
  source: 'aws.ecs',
  detailType: 'ECS Task State Change',
  resources: ['arn:task'],
  detail: { lastStatus: 'STOPPED' },
};

async function withRule(options: KernelOptions = {}, target: JsonObject = { Arn: LAMBDA }) {
  const test = makeKernel(options);
  const events = new EventsService(test.kernel);
  const EventPattern = JSON.stringify({ source: ['aws.ecs'] });
  await test.call(events, 'PutRule', { Name: 'watch', EventPattern });
  await test.call(events, 'PutTargets', { Rule: 'watch', Targets: [{ Id: '1', ...target }] });
  return { ...test, events };
}

describe('EventsService delivery', () => {
  it('sends a matching event with its whole envelope to a function', async () => {
    const { advance, events, invocations, kernel } = await withRule();
    events.deliver(TASK_EVENT);
    events.deliver({ ...TASK_EVENT, source: 'aws.ssm' });
    await advance(5);
    expect(invocations).toHaveLength(1);
    expect(invocations[0]!.at - kernel.clock.now() + 5000).toBeGreaterThan(0);
    expect(invocations[0]!.payload).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'ECS Task State Change',
      source: 'aws.ecs',
      account: '111122223333',
      time: '2026-11-24T02:00:00Z',
      region: 'eu-west-1',
      resources: ['arn:task'],
      detail: { lastStatus: 'STOPPED' },
    });
  });

  it('shows the event as it was, whatever its source does to it later', async () => {
    const { advance, events, invocations } = await withRule();
    const detail = { lastStatus: 'RUNNING' };
    events.deliver({ ...TASK_EVENT, detail });
    detail.lastStatus = 'STOPPED';
    await advance(5);
    expect(invocations[0]!.payload).toMatchObject({ detail: { lastStatus: 'RUNNING' } });
  });

  it('starts a state machine without a name', async () => {
    const target = {
      Arn: MACHINE,
      RoleArn: 'arn:aws:iam::111122223333:role/r',
      Input: '{"cluster":"prod"}',
    };
    const { advance, events, executions } = await withRule({}, target);
    events.deliver(TASK_EVENT);
    await advance(5);
    expect(executions).toEqual([
      { at: expect.any(Number), stateMachineArn: MACHINE, input: { cluster: 'prod' } },
    ]);
  });

  it('sends nothing while the rule is disabled', async () => {
    const { advance, call, events, invocations } = await withRule();
    await call(events, 'DisableRule', { Name: 'watch' });
    events.deliver(TASK_EVENT);
    await advance(5);
    await call(events, 'EnableRule', { Name: 'watch' });
    events.deliver(TASK_EVENT);
    await advance(5);
    expect(invocations).toHaveLength(1);
  });

  it('retries a failing function twice, after one and two minutes, and then gives up', async () => {
    const { advance, events, invocations } = await withRule({
      onInvoke: () => ({ ok: false, errorType: 'Error', errorMessage: 'no' }),
    });
    events.deliver(TASK_EVENT);
    await advance(600);
    const waits = invocations.slice(1).map(({ at }, index) => at - invocations[index]!.at);
    expect(waits).toEqual([60_000, 120_000]);
    expect(events.deadLetters).toMatchObject([{ errorCode: 'RetriesExhausted' }]);
  });

  it('keeps trying a throttled function', async () => {
    let refusals = 6;
    const { advance, events, invocations } = await withRule({
      onInvoke: () => {
        if (refusals-- > 0) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
        return { ok: true, payload: {} };
      },
    });
    events.deliver(TASK_EVENT);
    await advance(600);
    expect(invocations).toHaveLength(7);
    expect(events.deadLetters).toEqual([]);
  });

  it('buries at once what the state machine will never take', async () => {
    const queue = 'arn:aws:sqs:eu-west-1:111122223333:dead';
    const target = { Arn: MACHINE, RoleArn: 'r', DeadLetterConfig: { Arn: queue } };
    const { advance, events } = await withRule(
      { onStartExecution: () => Promise.reject(new AwsError('StateMachineDoesNotExist', 'gone')) },
      target,
    );
    events.deliver(TASK_EVENT);
    await advance(5);
    expect(events.deadLetters).toMatchObject([
      { errorCode: 'StateMachineDoesNotExist', queueArn: queue },
    ]);
  });

  it.each([
    ['event-lost', undefined, 0],
    ['event-duplicated', undefined, 2],
    ['async-invocation-lost', undefined, 0],
    ['async-invocation-duplicated', undefined, 2],
  ])('fault %s changes how often the event arrives', async (name, parameters, times) => {
    const { advance, events, invocations } = await withRule({
      faults: [{ name, ...(parameters ? { parameters } : {}) }],
    });
    events.deliver(TASK_EVENT);
    await advance(120);
    expect(invocations).toHaveLength(times);
  });

  it('fault event-late lets a later event overtake an earlier one', async () => {
    const faults = [{ name: 'event-late', timesMax: 1, parameters: { seconds: 60 } }];
    const { advance, events, invocations } = await withRule({ faults });
    events.deliver({ ...TASK_EVENT, detail: { n: 1 } });
    events.deliver({ ...TASK_EVENT, detail: { n: 2 } });
    await advance(120);
    const order = invocations.map(({ payload }) => (payload as JsonObject).detail);
    expect(order).toEqual([{ n: 2 }, { n: 1 }]);
  });
});

describe('EventsService PutEvents', () => {
  const entry = { Source: 'updater', DetailType: 'rollout opened', Detail: '{"id":1}' };

  it('answers 200 with one result per entry, good or bad', async () => {
    const { call, events } = await withRule();
    const answer = await call(events, 'PutEvents', {
      Entries: [
        entry,
        { ...entry, Source: 'aws.ecs' },
        { ...entry, Detail: 'no' },
        { ...entry, DetailType: undefined },
      ],
    });
    expect(answer).toMatchObject({
      FailedEntryCount: 3,
      Entries: [
        { EventId: expect.any(String) },
        { ErrorCode: 'NotAuthorizedForSourceException' },
        { ErrorCode: 'MalformedDetail' },
        { ErrorCode: 'InvalidArgument' },
      ],
    });
  });

  it('drops an event for an unknown bus without a word', async () => {
    const { advance, call, events, invocations } = await withRule();
    const Entries = [{ ...entry, EventBusName: 'nowhere' }];
    expect(await call(events, 'PutEvents', { Entries })).toMatchObject({ FailedEntryCount: 0 });
    await advance(5);
    expect(invocations).toEqual([]);
  });

  it('routes to the rules of the named bus only', async () => {
    const { advance, call, events, invocations } = await withRule();
    const { EventBusArn } = await call(events, 'CreateEventBus', { Name: 'fleet' });
    const EventPattern = '{"detail-type":["rollout opened"]}';
    await call(events, 'PutRule', { Name: 'tell', EventBusName: 'fleet', EventPattern });
    const Targets = [{ Id: '1', Arn: LAMBDA }];
    await call(events, 'PutTargets', { Rule: 'tell', EventBusName: 'fleet', Targets });
    await call(events, 'PutEvents', { Entries: [entry, { ...entry, EventBusName: EventBusArn }] });
    await advance(5);
    expect(invocations).toHaveLength(1);
  });

  it('refuses none, more than ten, and more than one megabyte', async () => {
    const { events, refusal } = await withRule();
    const big = { ...entry, Detail: JSON.stringify({ text: 'x'.repeat(1_048_576) }) };
    for (const Entries of [[], Array.from({ length: 11 }, () => entry), [big]])
      expect((await refusal(events, 'PutEvents', { Entries })).code).toBe('ValidationException');
  });
});

describe('EventsService rules', () => {
  it('describes, lists and deletes what was put', async () => {
    const { call, events, refusal } = await withRule();
    expect(await call(events, 'DescribeRule', { Name: 'watch' })).toMatchObject({
      Name: 'watch',
      Arn: 'arn:aws:events:eu-west-1:111122223333:rule/watch',
      State: 'ENABLED',
      EventBusName: 'default',
    });
    expect(await call(events, 'ListRules', { NamePrefix: 'w' })).toMatchObject({
      Rules: [{ Name: 'watch' }],
    });
    expect(await call(events, 'ListTargetsByRule', { Rule: 'watch' })).toMatchObject({
      Targets: [{ Id: '1', Arn: LAMBDA }],
    });
    expect(await call(events, 'ListRuleNamesByTarget', { TargetArn: LAMBDA })).toEqual({
      RuleNames: ['watch'],
    });
    expect((await refusal(events, 'DeleteRule', { Name: 'watch' })).message).toBe(
      "Rule can't be deleted since it has targets.",
    );
    await call(events, 'RemoveTargets', { Rule: 'watch', Ids: ['1'] });
    await call(events, 'DeleteRule', { Name: 'watch' });
    expect((await refusal(events, 'DescribeRule', { Name: 'watch' })).message).toBe(
      'Rule watch does not exist on EventBus default.',
    );
  });

  it.each([
    [
      { Name: 'a b', EventPattern: '{"a":[1]}' },
      "Value 'a b' at 'name' failed to satisfy constraint",
    ],
    [{ Name: 'r' }, 'Parameter(s) EventPattern or ScheduleExpression must be specified.'],
    [
      { Name: 'r', ScheduleExpression: 'rate(0 minutes)' },
      'Parameter ScheduleExpression is not valid.',
    ],
    [
      { Name: 'r', ScheduleExpression: 'cron(* * * * * *)' },
      'Parameter ScheduleExpression is not valid.',
    ],
    [
      { Name: 'r', EventPattern: '{"a":[]}' },
      'Event pattern is not valid. Reason: Empty arrays are not allowed',
    ],
    [{ Name: 'r', EventBusName: 'x', EventPattern: '{"a":[1]}' }, 'Event bus x does not exist.'],
  ])('PutRule refuses %j', async (input, message) => {
    const { events, refusal } = await withRule();
    expect((await refusal(events, 'PutRule', input)).message).toContain(message);
  });

  it('PutTargets refuses targets that nobody could reach', async () => {
    const { events, refusal } = await withRule();
    const put = async (target: JsonObject) =>
      (await refusal(events, 'PutTargets', { Rule: 'watch', Targets: [{ Id: '1', ...target }] }))
        .message;
    expect(await put({ Arn: 'arn:aws:sqs:eu-west-1:111122223333:q' })).toContain(
      'not to arn:aws:sqs',
    );
    expect(await put({ Arn: MACHINE })).toContain('RoleArn is required');
    expect(await put({ Arn: LAMBDA, Input: '{' })).toContain('not valid JSON');
    expect(await put({ Arn: LAMBDA, InputPath: 'detail' })).toContain(
      'InputPath for target 1 is invalid.',
    );
  });

  it('fires a scheduled rule in UTC, a rate first after one period', async () => {
    const { advance, call, events, invocations } = await withRule();
    await call(events, 'PutRule', { Name: 'tick', ScheduleExpression: 'rate(1 minute)' });
    await call(events, 'PutTargets', { Rule: 'tick', Targets: [{ Id: '1', Arn: LAMBDA }] });
    await advance(185);
    expect(invocations).toHaveLength(3);
    expect(invocations[0]!.payload).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
    });
  });

  it('counts what an archive would keep', async () => {
    const { call, events } = await withRule();
    const EventSourceArn = 'arn:aws:events:eu-west-1:111122223333:event-bus/default';
    await call(events, 'CreateArchive', { ArchiveName: 'all', EventSourceArn });
    events.deliver(TASK_EVENT);
    expect(await call(events, 'DescribeArchive', { ArchiveName: 'all' })).toMatchObject({
      State: 'ENABLED',
      EventCount: 1,
    });
  });
});
