// Amazon CloudWatch: alarms with their states, metric data and dashboards.

import {
  CloudWatchClient,
  DashboardInvalidInputError,
  DashboardNotFoundError,
  DeleteAlarmsCommand,
  DeleteDashboardsCommand,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  InvalidNextToken,
  InvalidParameterValueException,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  ResourceNotFound,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('monitoring');
const cloudwatch = stage.client(CloudWatchClient);
const { prefix } = stage;
const BODY = JSON.stringify({
  widgets: [{ type: 'text', x: 0, y: 0, width: 6, height: 3, properties: { markdown: 'a' } }],
});

/** An alarm that watches nothing. */
const alarmOf = (name: string): PutMetricAlarmCommandInput => ({
  AlarmName: `${prefix}-${name}`,
  Namespace: prefix,
  MetricName: 'nothing',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
});

async function put(name: string, more: Partial<PutMetricAlarmCommandInput> = {}) {
  const AlarmNames = [`${prefix}-${name}`];
  stage.afterwards(() => cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames })));
  await cloudwatch.send(new PutMetricAlarmCommand({ ...alarmOf(name), ...more }));
}

async function alarm(name: string) {
  const { MetricAlarms } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [`${prefix}-${name}`] }),
  );
  return MetricAlarms?.[0];
}

describe('serialization', () => {
  stage.test('alarms, minimal and maximal', {}, async () => {
    await put('minimal');
    const maximal = {
      AlarmDescription: 'd'.repeat(1024),
      ActionsEnabled: false,
      OKActions: [],
      AlarmActions: [],
      InsufficientDataActions: [],
      Dimensions: [{ Name: 'a', Value: 'b' }],
      Unit: 'Count',
      DatapointsToAlarm: 1,
      TreatMissingData: 'notBreaching',
    } as const;
    await put('maximal', {
      ...maximal,
      OKActions: [],
      AlarmActions: [],
      InsufficientDataActions: [],
      Dimensions: [{ Name: 'a', Value: 'b' }],
      Tags: [{ Key: 'made-by', Value: prefix }],
    });
    expect(await alarm('maximal')).toMatchObject({
      ...alarmOf('maximal'),
      ...maximal,
      AlarmArn: expect.stringMatching(`:alarm:${prefix}-maximal$`),
      AlarmConfigurationUpdatedTimestamp: expect.any(Date),
      StateValue: 'INSUFFICIENT_DATA',
      StateReason: expect.any(String),
      StateUpdatedTimestamp: expect.any(Date),
    });
    expect(await alarm('minimal')).toMatchObject({ ActionsEnabled: true, AlarmActions: [] });
    const AlarmName = `${prefix}-minimal`;
    await cloudwatch.send(
      new SetAlarmStateCommand({
        AlarmName,
        StateValue: 'OK',
        StateReason: 'r'.repeat(1023),
        StateReasonData: '{}',
      }),
    );
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] }));
  });

  stage.test('metric data', {}, async () => {
    const answer = await cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: prefix,
        MetricData: [
          { MetricName: 'minimal', Value: 1 },
          {
            MetricName: 'maximal',
            Dimensions: [{ Name: 'a', Value: 'b' }],
            Timestamp: new Date('2026-11-24T02:00:00Z'),
            StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 },
            Unit: 'Seconds',
            StorageResolution: 60,
          },
        ],
      }),
    );
    expect(answer.$metadata.httpStatusCode).toBe(200);
  });

  stage.test('dashboards', {}, async () => {
    const DashboardName = prefix;
    const DashboardNames = [DashboardName];
    stage.afterwards(() => cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames })));
    const { DashboardValidationMessages } = await cloudwatch.send(
      new PutDashboardCommand({ DashboardName, DashboardBody: BODY }),
    );
    expect(DashboardValidationMessages ?? []).toEqual([]);
    const got = await cloudwatch.send(new GetDashboardCommand({ DashboardName }));
    expect(got).toMatchObject({
      DashboardName,
      DashboardArn: expect.stringMatching(`:dashboard/${prefix}$`),
    });
    expect(JSON.parse(got.DashboardBody!)).toEqual(JSON.parse(BODY));
    expect(await cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames }))).toBeDefined();
  });
});

describe('validation', () => {
  stage.test('what does not exist', {}, async () => {
    const AlarmName = `${prefix}-absent`;
    const set = new SetAlarmStateCommand({ AlarmName, StateValue: 'OK', StateReason: 'a' });
    await refused(cloudwatch, ResourceNotFound, set);
    const get = new GetDashboardCommand({ DashboardName: `${prefix}-absent` });
    await refused(cloudwatch, DashboardNotFoundError, get);
    const token = new DescribeAlarmsCommand({ NextToken: 'none' });
    await refused(cloudwatch, InvalidNextToken, token);
  });

  stage.test('lengths, numbers and words', {}, async () => {
    const base = alarmOf('wrong');
    const state = { AlarmName: `${prefix}-wrong`, StateReason: 'a' };
    await refused(
      cloudwatch,
      'ValidationException',
      new PutMetricAlarmCommand({ ...base, AlarmName: '' }),
      new PutMetricAlarmCommand({ ...base, AlarmName: 'x'.repeat(256) }),
      new PutMetricAlarmCommand({ ...base, AlarmDescription: 'd'.repeat(1025) }),
      new PutMetricAlarmCommand({ ...base, EvaluationPeriods: 0 }),
      new PutMetricAlarmCommand({ ...base, Statistic: 'Median' as 'Sum' }),
      new PutMetricAlarmCommand({ ...base, ComparisonOperator: 'Like' as 'LessThanThreshold' }),
      new SetAlarmStateCommand({ ...state, StateValue: 'RED' as 'OK' }),
      new SetAlarmStateCommand({ ...state, StateValue: 'OK', StateReason: 'r'.repeat(1024) }),
      new DescribeAlarmsCommand({ MaxRecords: 0 }),
      new DescribeAlarmsCommand({ MaxRecords: 101 }),
      new DeleteAlarmsCommand({ AlarmNames: Array.from({ length: 101 }, (_, n) => `a${n}`) }),
      new PutMetricDataCommand({ Namespace: '', MetricData: [{ MetricName: 'a', Value: 1 }] }),
    );
    const reserved = new PutMetricDataCommand({
      Namespace: 'AWS/EC2',
      MetricData: [{ MetricName: 'a', Value: 1 }],
    });
    await refused(cloudwatch, InvalidParameterValueException, reserved);
    await cloudwatch.send(new DescribeAlarmsCommand({ MaxRecords: 100 }));
  });

  stage.test('bodies of dashboards', {}, async () => {
    const DashboardName = `${prefix}-wrong`;
    await refused(
      cloudwatch,
      DashboardInvalidInputError,
      new PutDashboardCommand({ DashboardName, DashboardBody: 'no JSON' }),
      new PutDashboardCommand({ DashboardName, DashboardBody: '{"widgets":1}' }),
    );
  });
});

describe('behaviour', () => {
  stage.test('an alarm is set, changed without losing its state, deleted', {}, async () => {
    await put('story');
    const AlarmName = `${prefix}-story`;
    const StateReason = 'said by a test';
    await cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason }),
    );
    // AWS evaluates the alarm within the minute and sets it back: without data there is no state.
    expect((await alarm('story'))?.StateValue).toMatch(/^(ALARM|INSUFFICIENT_DATA)$/);
    await put('story', { AlarmDescription: 'changed' });
    expect((await alarm('story'))?.AlarmDescription).toBe('changed');
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] }));
    expect(await alarm('story')).toBeUndefined();
  });

  stage.test('pages hold every alarm once, and its prefix and state choose it', {}, async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await put(name);
    const AlarmNamePrefix = `${prefix}-page`;
    const { items, pages } = await allPages(
      (NextToken) =>
        cloudwatch.send(
          new DescribeAlarmsCommand({
            AlarmNamePrefix,
            StateValue: 'INSUFFICIENT_DATA',
            MaxRecords: 1,
            NextToken,
          }),
        ),
      ({ MetricAlarms }) => MetricAlarms?.map(({ AlarmName }) => AlarmName),
      ({ NextToken }) => NextToken,
    );
    expect(pages).toBeGreaterThanOrEqual(3);
    expect([...items].sort()).toEqual(['a', 'b', 'c'].map((one) => `${AlarmNamePrefix}-${one}`));
  });

  stage.test('a dashboard is what was put last; data can be put again', {}, async () => {
    const DashboardName = prefix;
    for (const markdown of ['first', 'second']) {
      const DashboardBody = BODY.replace('"a"', JSON.stringify(markdown));
      await cloudwatch.send(new PutDashboardCommand({ DashboardName, DashboardBody }));
      const got = await cloudwatch.send(new GetDashboardCommand({ DashboardName }));
      expect(got.DashboardBody).toContain(markdown);
    }
    await cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: [DashboardName] }));
    await refused(cloudwatch, DashboardNotFoundError, new GetDashboardCommand({ DashboardName }));
    const MetricData = [{ MetricName: 'a', Value: 1 }];
    for (const Namespace of [prefix, prefix])
      await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
  });
});

stage.proveComplete();
