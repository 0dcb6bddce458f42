// Amazon EventBridge Scheduler: groups and schedules.

import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { beforeAll, describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('scheduler');
const scheduler = stage.client(SchedulerClient);
const { prefix } = stage;
const GROUP = `${prefix}-group`;
/** Says in which region and account we are. */
let groupArn = '';
const ROLE = { needs: ['REMOTE_SCHEDULER_ROLE'] } as const;

/** A schedule that fires in a year none of us will see. */
function scheduleOf(name: string, roleArn: string): CreateScheduleCommandInput {
  const [, , , region, account] = groupArn.split(':');
  return {
    Name: `${prefix}-${name}`,
    GroupName: GROUP,
    ScheduleExpression: 'cron(0 3 1 1 ? 2099)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: `arn:aws:lambda:${region}:${account}:function:${prefix}`,
      RoleArn: roleArn,
      Input: '{}',
    },
  };
}

async function create(input: CreateScheduleCommandInput) {
  const { Name, GroupName } = input;
  stage.afterwards(() => scheduler.send(new DeleteScheduleCommand({ Name, GroupName })));
  return scheduler.send(new CreateScheduleCommand(input));
}

async function createGroup(Name: string) {
  stage.afterwards(() => scheduler.send(new DeleteScheduleGroupCommand({ Name })));
  return scheduler.send(
    new CreateScheduleGroupCommand({ Name, Tags: [{ Key: 'made-by', Value: prefix }] }),
  );
}

function isActive(Name: string) {
  return stage.eventually(
    () => scheduler.send(new GetScheduleGroupCommand({ Name })),
    ({ State }) => State === 'ACTIVE',
  );
}

beforeAll(async () => {
  await createGroup(GROUP);
  groupArn = (await isActive(GROUP)).Arn!;
});

describe('serialization', () => {
  stage.test('groups', {}, async () => {
    const Name = `${prefix}-shown`;
    const { ScheduleGroupArn } = await createGroup(Name);
    expect(ScheduleGroupArn).toMatch(`:schedule-group/${Name}`);
    expect(await isActive(Name)).toMatchObject({
      Name,
      Arn: ScheduleGroupArn,
      CreationDate: expect.any(Date),
      LastModificationDate: expect.any(Date),
    });
    const { ScheduleGroups } = await scheduler.send(
      new ListScheduleGroupsCommand({ NamePrefix: prefix, MaxResults: 100 }),
    );
    expect(ScheduleGroups?.map((one) => one.Name)).toContain(Name);
    expect(await scheduler.send(new DeleteScheduleGroupCommand({ Name }))).toBeDefined();
  });

  stage.test('a schedule, minimal and maximal', ROLE, async (the) => {
    const minimal = scheduleOf('minimal', the.REMOTE_SCHEDULER_ROLE);
    const { ScheduleArn } = await create(minimal);
    expect(ScheduleArn).toMatch(`:schedule/${GROUP}/${minimal.Name}`);
    const got = await scheduler.send(
      new GetScheduleCommand({ Name: minimal.Name, GroupName: GROUP }),
    );
    expect(got).toMatchObject({
      ...minimal,
      Arn: ScheduleArn,
      State: 'ENABLED',
      ScheduleExpressionTimezone: 'UTC',
      ActionAfterCompletion: 'NONE',
      CreationDate: expect.any(Date),
      LastModificationDate: expect.any(Date),
    });
    const maximal: CreateScheduleCommandInput = {
      ...scheduleOf('maximal', the.REMOTE_SCHEDULER_ROLE),
      Description: 'd'.repeat(512),
      ScheduleExpression: 'rate(7 days)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      StartDate: new Date('2098-01-01T00:00:00Z'),
      EndDate: new Date('2099-01-01T00:00:00Z'),
      State: 'DISABLED',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1440 },
      ActionAfterCompletion: 'DELETE',
      ClientToken: `${prefix}-maximal`,
    };
    maximal.Target!.RetryPolicy = { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 };
    await create(maximal);
    const { ClientToken: _, ...shown } = maximal;
    const read = await scheduler.send(
      new GetScheduleCommand({ Name: maximal.Name, GroupName: GROUP }),
    );
    expect(read).toMatchObject(shown);
    const { ScheduleArn: updated } = await scheduler.send(new UpdateScheduleCommand(minimal));
    expect(updated).toBe(ScheduleArn);
    const { Schedules } = await scheduler.send(
      new ListSchedulesCommand({
        GroupName: GROUP,
        NamePrefix: prefix,
        State: 'DISABLED',
        MaxResults: 100,
      }),
    );
    expect(Schedules).toHaveLength(1);
    expect(Schedules?.[0]).toMatchObject({
      Name: maximal.Name,
      GroupName: GROUP,
      State: 'DISABLED',
      CreationDate: expect.any(Date),
      Target: { Arn: maximal.Target!.Arn },
    });
    const gone = new DeleteScheduleCommand({ Name: maximal.Name, GroupName: GROUP });
    expect(await scheduler.send(gone)).toBeDefined();
  });
});

describe('validation', () => {
  stage.test('schedules and groups that do not exist, or exist', ROLE, async (the) => {
    const Name = `${prefix}-absent`;
    const base = scheduleOf('absent', the.REMOTE_SCHEDULER_ROLE);
    await refused(
      scheduler,
      ResourceNotFoundException,
      new GetScheduleCommand({ Name, GroupName: GROUP }),
      new DeleteScheduleCommand({ Name, GroupName: GROUP }),
      new UpdateScheduleCommand(base),
      new CreateScheduleCommand({ ...base, GroupName: Name }),
      new GetScheduleGroupCommand({ Name }),
      new DeleteScheduleGroupCommand({ Name }),
    );
    const twice = scheduleOf('twice', the.REMOTE_SCHEDULER_ROLE);
    await create(twice);
    await refused(
      scheduler,
      ConflictException,
      new CreateScheduleCommand(twice),
      new CreateScheduleGroupCommand({ Name: GROUP }),
    );
  });

  stage.test('names, numbers, expressions and windows', ROLE, async (the) => {
    const base = scheduleOf('wrong', the.REMOTE_SCHEDULER_ROLE);
    const window = (MaximumWindowInMinutes: number) =>
      new CreateScheduleCommand({
        ...base,
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes },
      });
    const retry = (MaximumEventAgeInSeconds: number, MaximumRetryAttempts: number) =>
      new CreateScheduleCommand({
        ...base,
        Target: {
          ...base.Target!,
          RetryPolicy: { MaximumEventAgeInSeconds, MaximumRetryAttempts },
        },
      });
    const when = (ScheduleExpression: string, ScheduleExpressionTimezone?: string) =>
      new CreateScheduleCommand({ ...base, ScheduleExpression, ScheduleExpressionTimezone });
    await refused(
      scheduler,
      ValidationException,
      new CreateScheduleCommand({ ...base, Name: 'x'.repeat(65) }),
      new CreateScheduleCommand({ ...base, Name: 'no spaces' }),
      new CreateScheduleCommand({ ...base, Description: 'd'.repeat(513) }),
      when('every day'),
      when('rate(0 minutes)'),
      when('cron(0 3 * * *)'),
      when('at(tomorrow)'),
      when('rate(1 day)', 'Europe/Nowhere'),
      window(0),
      window(1441),
      retry(59, 0),
      retry(86_401, 0),
      retry(60, 186),
      new UpdateScheduleCommand({ ...base, ScheduleExpression: 'every day' }),
      new CreateScheduleGroupCommand({ Name: 'x'.repeat(65) }),
      new DeleteScheduleGroupCommand({ Name: 'default' }),
      new ListSchedulesCommand({ MaxResults: 0 }),
      new ListSchedulesCommand({ MaxResults: 101 }),
      new ListScheduleGroupsCommand({ MaxResults: 101 }),
      new ListSchedulesCommand({ NextToken: 'none' }),
    );
    await create({ ...base, Name: 'x'.repeat(64 - prefix.length) + prefix });
  });
});

describe('behaviour', () => {
  stage.test('a schedule is made once by its token, replaced, and gone', ROLE, async (the) => {
    const input = {
      ...scheduleOf('story', the.REMOTE_SCHEDULER_ROLE),
      Description: 'first',
      ClientToken: `${prefix}-story`,
    };
    const { ScheduleArn } = await create(input);
    const again = await scheduler.send(new CreateScheduleCommand(input));
    expect(again.ScheduleArn).toBe(ScheduleArn);
    const { Name } = input;
    const get = () => scheduler.send(new GetScheduleCommand({ Name, GroupName: GROUP }));
    const before = await get();
    // UpdateSchedule replaces: what it is not given becomes what it is by default.
    await scheduler.send(
      new UpdateScheduleCommand({
        ...scheduleOf('story', the.REMOTE_SCHEDULER_ROLE),
        ScheduleExpression: 'rate(2 days)',
      }),
    );
    const after = await get();
    expect(after.ScheduleExpression).toBe('rate(2 days)');
    expect(after.Description ?? '').toBe('');
    expect(after.CreationDate).toEqual(before.CreationDate);
    await scheduler.send(new DeleteScheduleCommand({ Name, GroupName: GROUP }));
    const gone = new GetScheduleCommand({ Name, GroupName: GROUP });
    await refused(scheduler, ResourceNotFoundException, gone);
  });

  stage.test('pages hold every schedule and every group once', ROLE, async (the) => {
    const names = ['page-a', 'page-b', 'page-c'];
    for (const name of names) await create(scheduleOf(name, the.REMOTE_SCHEDULER_ROLE));
    await createGroup(`${prefix}-page`);
    const NamePrefix = `${prefix}-page`;
    const schedules = await allPages(
      (NextToken) =>
        scheduler.send(
          new ListSchedulesCommand({ GroupName: GROUP, NamePrefix, MaxResults: 1, NextToken }),
        ),
      ({ Schedules }) => Schedules,
      ({ NextToken }) => NextToken,
    );
    expect(schedules.items.map(({ Name }) => Name).sort()).toEqual(
      names.map((name) => `${prefix}-${name}`),
    );
    const groups = await allPages(
      (NextToken) =>
        scheduler.send(
          new ListScheduleGroupsCommand({ NamePrefix: prefix, MaxResults: 1, NextToken }),
        ),
      ({ ScheduleGroups }) => ScheduleGroups,
      ({ NextToken }) => NextToken,
    );
    const found = groups.items.map(({ Name }) => Name);
    expect(found).toEqual(expect.arrayContaining([GROUP, `${prefix}-page`]));
    expect(new Set(found).size).toBe(found.length);
  });

  stage.test('a group takes its schedules with it', ROLE, async (the) => {
    const GroupName = `${prefix}-takes`;
    await createGroup(GroupName);
    await isActive(GroupName);
    const input = { ...scheduleOf('taken', the.REMOTE_SCHEDULER_ROLE), GroupName };
    await create(input);
    await scheduler.send(new DeleteScheduleGroupCommand({ Name: GroupName }));
    await stage.eventually(
      () =>
        scheduler
          .send(new GetScheduleCommand({ Name: input.Name, GroupName }))
          .then(() => false)
          .catch((error: unknown) => error instanceof ResourceNotFoundException),
      (isGone) => isGone,
      { withinSeconds: 600 },
    );
  });
});

stage.proveComplete();
