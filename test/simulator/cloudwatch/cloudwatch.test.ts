// CloudWatchService: alarms with their events, scripted by hand or by faults.

import { describe, expect, it } from 'vitest';
import { CloudWatchService } from '../../../simulator/cloudwatch/cloudwatch.ts';
import { type KernelOptions, makeKernel } from '../../support/kernel.ts';

function setUp(options: KernelOptions = {}) {
  const test = makeKernel(options);
  const cloudwatch = new CloudWatchService(test.kernel);
  cloudwatch.load([
    { AlarmName: 'web-5xx', StateValue: 'OK' },
    { AlarmName: 'latency', StateValue: 'INSUFFICIENT_DATA' },
  ]);
  const states = () => test.emitted.map(({ detail }) => (detail.state as { value: string }).value);
  return { ...test, cloudwatch, states };
}

describe('CloudWatchService alarms', () => {
  it('describes by name, prefix and state, and leaves unknown names out', async () => {
    const { call, cloudwatch } = setUp();
    expect(
      await call(cloudwatch, 'DescribeAlarms', { AlarmNames: ['web-5xx', 'gone'] }),
    ).toMatchObject({
      MetricAlarms: [{ AlarmName: 'web-5xx', StateValue: 'OK' }],
      CompositeAlarms: [],
    });
    const byState = await call(cloudwatch, 'DescribeAlarms', { StateValue: 'INSUFFICIENT_DATA' });
    expect(byState).toMatchObject({ MetricAlarms: [{ AlarmName: 'latency' }] });
  });

  it('answers fifty a page unless asked for more, also by name', async () => {
    const { call, cloudwatch } = setUp();
    const AlarmNames = Array.from({ length: 60 }, (_, index) => `many-${index}`);
    cloudwatch.load(AlarmNames.map((AlarmName) => ({ AlarmName, StateValue: 'OK' as const })));
    const first = await call(cloudwatch, 'DescribeAlarms', { AlarmNames });
    expect(first.MetricAlarms).toHaveLength(50);
    const { NextToken } = first;
    const rest = await call(cloudwatch, 'DescribeAlarms', { AlarmNames, NextToken });
    expect(rest.MetricAlarms).toHaveLength(10);
    expect(rest.NextToken).toBeUndefined();
    const all = await call(cloudwatch, 'DescribeAlarms', { AlarmNames, MaxRecords: 100 });
    expect(all.MetricAlarms).toHaveLength(60);
  });

  it('announces a change of state, and only a change', async () => {
    const { call, cloudwatch, emitted } = setUp();
    const input = { AlarmName: 'web-5xx', StateValue: 'ALARM', StateReason: 'test' };
    await call(cloudwatch, 'SetAlarmState', input);
    await call(cloudwatch, 'SetAlarmState', input);
    expect(emitted).toHaveLength(1);
    expect(emitted[0]).toMatchObject({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: ['arn:aws:cloudwatch:eu-west-1:111122223333:alarm:web-5xx'],
      detail: {
        alarmName: 'web-5xx',
        state: { value: 'ALARM', reason: 'test', timestamp: '2026-11-24T02:00:00.000+0000' },
        previousState: { value: 'OK' },
      },
    });
  });

  it('a new alarm is unchecked; a changed one keeps its state', async () => {
    const { call, cloudwatch, refusal } = setUp();
    const input = {
      AlarmName: 'new',
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    };
    await call(cloudwatch, 'PutMetricAlarm', { ...input, Threshold: 1 });
    await call(cloudwatch, 'PutMetricAlarm', { ...input, AlarmName: 'web-5xx', Threshold: 2 });
    const { MetricAlarms } = await call(cloudwatch, 'DescribeAlarms');
    expect(MetricAlarms).toMatchObject([
      { AlarmName: 'web-5xx', StateValue: 'OK', Threshold: 2 },
      { AlarmName: 'latency' },
      {
        AlarmName: 'new',
        StateValue: 'INSUFFICIENT_DATA',
        StateReason: 'Unchecked: Initial alarm creation',
      },
    ]);
    await call(cloudwatch, 'DeleteAlarms', { AlarmNames: ['new'] });
    const set = { AlarmName: 'new', StateValue: 'OK', StateReason: 'x' };
    expect(await refusal(cloudwatch, 'SetAlarmState', set)).toMatchObject({
      code: 'ResourceNotFound',
      status: 404,
    });
    expect((await refusal(cloudwatch, 'SetAlarmState', { ...set, StateValue: 'RED' })).code).toBe(
      'ValidationException',
    );
  });

  it('fault alarm-fires holds for its seconds and goes back', async () => {
    const { advance, cloudwatch, call, states } = setUp({
      faults: [
        {
          name: 'alarm-fires',
          subject: 'web-5xx',
          fromSeconds: 60,
          timesMax: 1,
          parameters: { seconds: 120 },
        },
      ],
    });
    await advance(100);
    expect(await call(cloudwatch, 'DescribeAlarms', { StateValue: 'ALARM' })).toMatchObject({
      MetricAlarms: [{ AlarmName: 'web-5xx' }],
    });
    await advance(300);
    expect(states()).toEqual(['ALARM', 'OK']);
  });

  it('fault alarm-fires flaps, and can take the data away', async () => {
    const parameters = { state: 'INSUFFICIENT_DATA', seconds: 300, flapSeconds: 60 };
    const { advance, states } = setUp({
      faults: [{ name: 'alarm-fires', subject: 'web-5xx', timesMax: 1, parameters }],
    });
    await advance(600);
    expect(states()).toEqual([
      'INSUFFICIENT_DATA',
      'OK',
      'INSUFFICIENT_DATA',
      'OK',
      'INSUFFICIENT_DATA',
      'OK',
    ]);
  });
});

describe('CloudWatchService data', () => {
  it('keeps metric data as it was put', async () => {
    const { call, cloudwatch, kernel, refusal } = setUp();
    const MetricData = [{ MetricName: 'Heartbeat', Value: 1 }];
    await call(cloudwatch, 'PutMetricData', { Namespace: 'Updater', MetricData });
    expect(cloudwatch.metricData).toEqual([
      { at: kernel.clock.now(), namespace: 'Updater', datum: MetricData[0] },
    ]);
    const reserved = { Namespace: 'AWS/EC2', MetricData };
    expect((await refusal(cloudwatch, 'PutMetricData', reserved)).code).toBe(
      'InvalidParameterValueException',
    );
  });

  it('keeps dashboards', async () => {
    const { call, cloudwatch, refusal } = setUp();
    await call(cloudwatch, 'PutDashboard', {
      DashboardName: 'fleet',
      DashboardBody: '{"widgets":[]}',
    });
    expect(await call(cloudwatch, 'GetDashboard', { DashboardName: 'fleet' })).toMatchObject({
      DashboardBody: '{"widgets":[]}',
    });
    expect((await refusal(cloudwatch, 'GetDashboard', { DashboardName: 'x' })).status).toBe(404);
  });
});
