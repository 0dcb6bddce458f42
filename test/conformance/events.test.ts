// Amazon EventBridge: buses, rules, targets, archives, patterns and events.

import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeArchiveCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  InvalidEventPatternException,
  LimitExceededException,
  ListArchivesCommand,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  type Target,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { beforeAll, describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('events');
const events = stage.client(EventBridgeClient);
const { prefix } = stage;
const BUS = `${prefix}-bus`;
const NO_BUS = `${prefix}-absent`;
const PATTERN = JSON.stringify({ source: [prefix], detail: { n: [{ numeric: ['>', 1] }] } });
let busArn = '';

/** A target that need not exist: a log group takes no role. */
const target = (Id: string, name = 'a'): Target => ({
  Id,
  Arn: busArn
    .replace(':events:', ':logs:')
    .replace(/:event-bus\/.*/, `:log-group:/aws/events/${prefix}-${name}`),
});

async function createBus(Name: string) {
  stage.afterwards(() => events.send(new DeleteEventBusCommand({ Name })));
  const { EventBusArn } = await events.send(
    new CreateEventBusCommand({ Name, Description: 'made by a test' }),
  );
  return EventBusArn!;
}

/** A rule of our own bus, deleted with its targets when all is over. */
async function putRule(Name: string) {
  const where = { EventBusName: BUS };
  stage.afterwards(async () => {
    const { Targets = [] } = await events.send(
      new ListTargetsByRuleCommand({ ...where, Rule: Name }),
    );
    const Ids = Targets.map(({ Id }) => Id!);
    if (Ids.length > 0) await events.send(new RemoveTargetsCommand({ ...where, Rule: Name, Ids }));
    await events.send(new DeleteRuleCommand({ ...where, Name }));
  });
  return events.send(new PutRuleCommand({ ...where, Name, EventPattern: PATTERN }));
}

async function createArchive(ArchiveName: string) {
  stage.afterwards(() => events.send(new DeleteArchiveCommand({ ArchiveName })));
  return events.send(
    new CreateArchiveCommand({
      ArchiveName,
      EventSourceArn: busArn,
      Description: 'made by a test',
      EventPattern: PATTERN,
      RetentionDays: 1,
    }),
  );
}

beforeAll(async () => {
  busArn = await createBus(BUS);
});

describe('serialization', () => {
  stage.test('buses', {}, async () => {
    const described = await events.send(new DescribeEventBusCommand({ Name: BUS }));
    expect(described).toMatchObject({
      Name: BUS,
      Arn: expect.stringMatching(`:event-bus/${BUS}$`),
      Description: 'made by a test',
      CreationTime: expect.any(Date),
      LastModifiedTime: expect.any(Date),
    });
    const usual = await events.send(new DescribeEventBusCommand({}));
    expect(usual.Name).toBe('default');
    const { EventBuses } = await events.send(
      new ListEventBusesCommand({ NamePrefix: prefix, Limit: 100 }),
    );
    expect(EventBuses?.[0]).toMatchObject({ Name: BUS, CreationTime: expect.any(Date) });
    const other = await createBus(`${prefix}-short`);
    expect(other).toMatch(/:event-bus\//);
    expect(await events.send(new DeleteEventBusCommand({ Name: `${prefix}-short` }))).toBeDefined();
  });

  stage.test('rules and targets', {}, async () => {
    const where = { EventBusName: BUS };
    const Name = `${prefix}-shown`;
    await putRule(Name);
    const { RuleArn } = await events.send(
      new PutRuleCommand({
        ...where,
        Name,
        EventPattern: PATTERN,
        State: 'DISABLED',
        Description: 'd'.repeat(512),
      }),
    );
    expect(RuleArn).toMatch(`:rule/${BUS}/${Name}`);
    const rule = await events.send(new DescribeRuleCommand({ ...where, Name }));
    expect(rule).toMatchObject({
      Name,
      Arn: RuleArn,
      EventPattern: PATTERN,
      State: 'DISABLED',
      Description: 'd'.repeat(512),
      EventBusName: BUS,
      CreatedBy: expect.stringMatching(/^\d{12}$/),
    });
    await events.send(new EnableRuleCommand({ ...where, Name }));
    await events.send(new DisableRuleCommand({ ...where, Name }));
    const put = await events.send(
      new PutTargetsCommand({
        ...where,
        Rule: Name,
        Targets: [
          target('minimal'),
          {
            ...target('maximal'),
            InputTransformer: {
              InputPathsMap: { n: '$.detail.n' },
              InputTemplate: '{"timestamp": <n>, "message": <n>}',
            },
          },
        ],
      }),
    );
    expect(put).toMatchObject({ FailedEntryCount: 0, FailedEntries: [] });
    const { Targets } = await events.send(
      new ListTargetsByRuleCommand({ ...where, Rule: Name, Limit: 100 }),
    );
    expect(Targets?.map(({ Id }) => Id).sort()).toEqual(['maximal', 'minimal']);
    const { RuleNames } = await events.send(
      new ListRuleNamesByTargetCommand({ ...where, TargetArn: target('minimal').Arn }),
    );
    expect(RuleNames).toEqual([Name]);
    const { Rules } = await events.send(
      new ListRulesCommand({ ...where, NamePrefix: prefix, Limit: 100 }),
    );
    expect(Rules?.[0]).toMatchObject({ Name, Arn: RuleArn, State: 'DISABLED' });
    const removed = await events.send(
      new RemoveTargetsCommand({ ...where, Rule: Name, Ids: ['minimal', 'maximal'] }),
    );
    expect(removed).toMatchObject({ FailedEntryCount: 0, FailedEntries: [] });
    expect(await events.send(new DeleteRuleCommand({ ...where, Name }))).toBeDefined();
  });

  stage.test('archives', {}, async () => {
    const ArchiveName = `${prefix}-shown`;
    const created = await createArchive(ArchiveName);
    expect(created).toMatchObject({
      ArchiveArn: expect.stringMatching(`:archive/${ArchiveName}$`),
      State: expect.stringMatching(/^(CREATING|ENABLED)$/),
      CreationTime: expect.any(Date),
    });
    const described = await events.send(new DescribeArchiveCommand({ ArchiveName }));
    expect(described).toMatchObject({
      ArchiveName,
      EventSourceArn: busArn,
      Description: 'made by a test',
      RetentionDays: 1,
      SizeBytes: expect.any(Number),
      EventCount: expect.any(Number),
    });
    const { Archives } = await events.send(
      new ListArchivesCommand({ NamePrefix: prefix, Limit: 100 }),
    );
    expect(Archives?.map((one) => one.ArchiveName)).toContain(ArchiveName);
    expect(await events.send(new DeleteArchiveCommand({ ArchiveName }))).toBeDefined();
  });

  stage.test('PutEvents and TestEventPattern', {}, async () => {
    const { FailedEntryCount, Entries } = await events.send(
      new PutEventsCommand({
        Entries: [
          { Source: prefix, DetailType: 'a', Detail: '{}' },
          {
            Source: prefix,
            DetailType: 'b',
            Detail: '{"n":2}',
            EventBusName: BUS,
            Resources: [busArn],
            Time: new Date('2026-01-01T00:00:00Z'),
          },
          { Source: prefix, DetailType: 'c', Detail: 'no JSON' },
        ],
      }),
    );
    expect(FailedEntryCount).toBe(1);
    expect(Entries?.map((one) => one.EventId ?? one.ErrorCode)).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      'MalformedDetail',
    ]);
    const { Result } = await events.send(
      new TestEventPatternCommand({ EventPattern: PATTERN, Event: eventOf({ n: 2 }) }),
    );
    expect(Result).toBe(true);
  });
});

function eventOf(detail: object): string {
  return JSON.stringify({
    id: '1',
    'detail-type': 'a',
    source: prefix,
    account: '111122223333',
    time: '2026-01-01T00:00:00Z',
    region: 'eu-west-1',
    resources: [],
    detail,
  });
}

describe('validation', () => {
  stage.test('buses, rules and archives that do not exist, or exist', {}, async () => {
    const here = { EventBusName: BUS };
    const gone = { EventBusName: NO_BUS };
    const Name = `${prefix}-absent`;
    await refused(
      events,
      ResourceNotFoundException,
      new DescribeEventBusCommand({ Name: NO_BUS }),
      new PutRuleCommand({ ...gone, Name, EventPattern: PATTERN }),
      new ListRulesCommand(gone),
      new ListRuleNamesByTargetCommand({ ...gone, TargetArn: busArn }),
      new DeleteRuleCommand({ ...gone, Name }),
      new DescribeRuleCommand({ ...here, Name }),
      new EnableRuleCommand({ ...here, Name }),
      new DisableRuleCommand({ ...here, Name }),
      new PutTargetsCommand({ ...here, Rule: Name, Targets: [target('a')] }),
      new RemoveTargetsCommand({ ...here, Rule: Name, Ids: ['a'] }),
      new ListTargetsByRuleCommand({ ...here, Rule: Name }),
      new DescribeArchiveCommand({ ArchiveName: Name }),
      new DeleteArchiveCommand({ ArchiveName: Name }),
    );
    await createArchive(`${prefix}-twice`);
    await refused(
      events,
      ResourceAlreadyExistsException,
      new CreateEventBusCommand({ Name: BUS }),
      new CreateArchiveCommand({ ArchiveName: `${prefix}-twice`, EventSourceArn: busArn }),
    );
  });

  stage.test('names, lengths and numbers', {}, async () => {
    const here = { EventBusName: BUS };
    const rule = { ...here, EventPattern: PATTERN };
    const entry = { Source: prefix, DetailType: 'a', Detail: '{}' };
    const entries = (count: number) =>
      new PutEventsCommand({ Entries: Array.from({ length: count }, () => entry) });
    await refused(
      events,
      'ValidationException',
      new CreateEventBusCommand({ Name: 'no spaces' }),
      new CreateEventBusCommand({ Name: 'x'.repeat(257) }),
      new DeleteEventBusCommand({ Name: 'default' }),
      new ListEventBusesCommand({ Limit: 0 }),
      new ListEventBusesCommand({ Limit: 101 }),
      new ListArchivesCommand({ Limit: 101 }),
      new PutRuleCommand({ ...rule, Name: 'x'.repeat(65) }),
      new PutRuleCommand({ ...rule, Name: 'a', Description: 'd'.repeat(513) }),
      new PutRuleCommand({ ...here, Name: 'a' }),
      new PutRuleCommand({ ...rule, Name: 'a', State: 'ON' as 'ENABLED' }),
      new PutRuleCommand({ Name: 'a', ScheduleExpression: 'rate(0 minutes)' }),
      new PutRuleCommand({ ...here, Name: 'a', ScheduleExpression: 'rate(5 minutes)' }),
      entries(11),
      entries(0),
    );
    expect((await events.send(entries(10))).FailedEntryCount).toBe(0);
    await refused(
      events,
      InvalidEventPatternException,
      new PutRuleCommand({ ...rule, Name: 'a', EventPattern: 'no JSON' }),
      new PutRuleCommand({ ...rule, Name: 'a', EventPattern: '{"source":"text"}' }),
      new TestEventPatternCommand({ EventPattern: '{"source":[{"no":1}]}', Event: eventOf({}) }),
    );
  });

  stage.test('a rule with targets is not deleted, and has at most five', {}, async () => {
    const where = { EventBusName: BUS, Rule: `${prefix}-five` };
    const Name = where.Rule;
    await putRule(Name);
    const targets = (count: number) =>
      Array.from({ length: count }, (_, n) => target(String(n), String(n)));
    await events.send(new PutTargetsCommand({ ...where, Targets: targets(5) }));
    const sixth = new PutTargetsCommand({ ...where, Targets: targets(6) });
    await refused(events, LimitExceededException, sixth);
    const early = new DeleteRuleCommand({ EventBusName: BUS, Name });
    await refused(events, 'ValidationException', early);
  });
});

describe('behaviour', () => {
  stage.test('a rule is made, changed, switched, and gone', {}, async () => {
    const where = { EventBusName: BUS };
    const Name = `${prefix}-story`;
    await putRule(Name);
    const state = async () =>
      (await events.send(new DescribeRuleCommand({ ...where, Name }))).State;
    expect(await state()).toBe('ENABLED');
    await events.send(new DisableRuleCommand({ ...where, Name }));
    expect(await state()).toBe('DISABLED');
    await events.send(new EnableRuleCommand({ ...where, Name }));
    expect(await state()).toBe('ENABLED');
    // PutRule replaces what it is not given.
    await events.send(new PutRuleCommand({ ...where, Name, EventPattern: '{"source":["b"]}' }));
    const changed = await events.send(new DescribeRuleCommand({ ...where, Name }));
    expect(changed.EventPattern).toBe('{"source":["b"]}');
    const Rule = Name;
    await events.send(new PutTargetsCommand({ ...where, Rule, Targets: [target('a')] }));
    // The same id again is the same target.
    await events.send(new PutTargetsCommand({ ...where, Rule, Targets: [target('a', 'b')] }));
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ ...where, Rule }));
    expect(Targets).toEqual([target('a', 'b')]);
    await events.send(new RemoveTargetsCommand({ ...where, Rule, Ids: ['a'] }));
    await events.send(new DeleteRuleCommand({ ...where, Name }));
    await refused(events, ResourceNotFoundException, new DescribeRuleCommand({ ...where, Name }));
    // Deleting what is gone is no error.
    await events.send(new DeleteRuleCommand({ ...where, Name }));
  });

  stage.test('pages hold every bus, rule, target and archive once', {}, async () => {
    const where = { EventBusName: BUS };
    await createBus(`${prefix}-page`);
    await createArchive(`${prefix}-page-a`);
    await createArchive(`${prefix}-page-b`);
    const names = [`${prefix}-page-a`, `${prefix}-page-b`];
    for (const name of names) {
      await putRule(name);
      const Targets = [target('a'), target('b', 'b')];
      await events.send(new PutTargetsCommand({ ...where, Rule: name, Targets }));
    }
    const NamePrefix = `${prefix}-page`;
    const paged = async <Page extends { NextToken?: string | undefined }>(
      ask: (page: { Limit: number; NextToken: string | undefined }) => Promise<Page>,
      itemsOf: (page: Page) => readonly (string | undefined)[] | undefined,
    ) => {
      const { items } = await allPages(
        (NextToken) => ask({ Limit: 1, NextToken }),
        itemsOf,
        (page) => page.NextToken,
      );
      return [...items].sort();
    };
    const rules = await paged(
      (page) => events.send(new ListRulesCommand({ ...where, NamePrefix, ...page })),
      ({ Rules }) => Rules?.map(({ Name }) => Name),
    );
    const targets = await paged(
      (page) => events.send(new ListTargetsByRuleCommand({ ...where, Rule: names[0], ...page })),
      ({ Targets }) => Targets?.map(({ Id }) => Id),
    );
    const byTarget = await paged(
      (page) =>
        events.send(
          new ListRuleNamesByTargetCommand({
            ...where,
            TargetArn: target('b', 'b').Arn,
            ...page,
          }),
        ),
      ({ RuleNames }) => RuleNames,
    );
    const buses = await paged(
      (page) => events.send(new ListEventBusesCommand({ NamePrefix: prefix, ...page })),
      ({ EventBuses }) => EventBuses?.map(({ Name }) => Name),
    );
    const archives = await paged(
      (page) => events.send(new ListArchivesCommand({ NamePrefix, ...page })),
      ({ Archives }) => Archives?.map(({ ArchiveName }) => ArchiveName),
    );
    expect({ rules, targets, byTarget, buses, archives }).toEqual({
      rules: names,
      targets: ['a', 'b'],
      byTarget: names,
      buses: [BUS, `${prefix}-page`],
      archives: names,
    });
    await events.send(new DeleteArchiveCommand({ ArchiveName: names[0] }));
  });

  stage.test('an archive keeps what matches; patterns say what that is', {}, async () => {
    const ArchiveName = `${prefix}-keeps`;
    await createArchive(ArchiveName);
    const state = () => events.send(new DescribeArchiveCommand({ ArchiveName }));
    await stage.eventually(state, ({ State }) => State === 'ENABLED');
    const matches = async (detail: object) => {
      const command = new TestEventPatternCommand({
        EventPattern: PATTERN,
        Event: eventOf(detail),
      });
      return (await events.send(command)).Result;
    };
    expect([await matches({ n: 2 }), await matches({ n: 1 }), await matches({})]).toEqual([
      true,
      false,
      false,
    ]);
    const event = { Source: prefix, DetailType: 'a', EventBusName: BUS };
    const Entries = [1, 2].map((n) => ({ ...event, Detail: JSON.stringify({ n }) }));
    await events.send(new PutEventsCommand({ Entries }));
    // AWS counts with a delay of up to a day, which nobody waits for.
    const counted = await state();
    expect(counted.EventCount).toBeLessThanOrEqual(1);
  });

  stage.test('a bus that is deleted is in no list', {}, async () => {
    const Name = `${prefix}-gone`;
    await createBus(Name);
    expect((await events.send(new DescribeEventBusCommand({ Name }))).Name).toBe(Name);
    await events.send(new DeleteEventBusCommand({ Name }));
    const { EventBuses } = await events.send(new ListEventBusesCommand({ NamePrefix: Name }));
    expect(EventBuses).toEqual([]);
    // Deleting it again is no error.
    await events.send(new DeleteEventBusCommand({ Name }));
  });
});

stage.proveComplete();
