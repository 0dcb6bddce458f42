// The demo fleet as a region, seen through the real SDK clients.

import { readFileSync } from 'node:fs';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  EnterStandbyCommand,
  SetDesiredCapacityCommand,
  SetInstanceProtectionCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  DescribeServicesCommand,
  ECSClient,
  ListContainerInstancesCommand,
} from '@aws-sdk/client-ecs';
import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  EventBridgeClient,
  ListRulesCommand,
  PutEventsCommand,
  PutRuleCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../../simulator/fleet-file/parse-fleet.ts';
import { createRegion } from '../../../simulator/region.ts';

const FILE = new URL('../../../simulator/fleet-file/demo-fleet.json', import.meta.url);
const fleet = parseFleet(readFileSync(FILE, 'utf8'), 'demo-fleet.json');
const [first] = fleet.hosts;
const id = first!.ec2InstanceId;

describe('the demo fleet', () => {
  it('is steady: every service has its tasks, every target is healthy', async () => {
    const region = createRegion({ fleet });
    await region.advance(300);
    const ecs = new ECSClient(region.sdkConfig());
    const services = fleet.services.map(({ serviceName }) => serviceName);
    const answer = await ecs.send(new DescribeServicesCommand({ cluster: 'prod', services }));
    for (const { desiredCount, pendingCount, runningCount, serviceName } of answer.services ?? [])
      expect([serviceName, runningCount, pendingCount]).toEqual([serviceName, desiredCount, 0]);
    expect(answer.services).toHaveLength(7);
    const elb = new ElasticLoadBalancingV2Client(region.sdkConfig());
    const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({}));
    expect(TargetGroups).toHaveLength(4);
    for (const { TargetGroupArn } of TargetGroups ?? []) {
      const health = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
      const states = health.TargetHealthDescriptions?.map((one) => one.TargetHealth?.State);
      expect(new Set(states)).toEqual(new Set(['healthy']));
    }
    await region.close();
  });

  it('EC2 describes its machines and takes one away, and Auto Scaling brings another into the cluster', async () => {
    const region = createRegion({ fleet });
    const ec2 = new EC2Client(region.sdkConfig());
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
      InstanceId: id,
      InstanceType: 'm6i.xlarge',
      State: { Code: 16, Name: 'running' },
      Placement: { AvailabilityZone: first!.availabilityZone },
      LaunchTime: expect.any(Date),
    });
    const { InstanceStatuses } = await ec2.send(new DescribeInstanceStatusCommand({}));
    expect(InstanceStatuses).toHaveLength(24);
    expect(InstanceStatuses?.[0]?.InstanceStatus).toMatchObject({
      Status: 'ok',
      Details: [{ Name: 'reachability', Status: 'passed' }],
    });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await region.advance(1200);
    await expect(
      ec2.send(new TerminateInstancesCommand({ InstanceIds: ['i-0000000000000000f'] })),
    ).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
    });
    const ecs = new ECSClient(region.sdkConfig());
    const list = await ecs.send(new ListContainerInstancesCommand({ cluster: 'prod' }));
    expect(list.containerInstanceArns).toHaveLength(24);
    await region.close();
  });

  it('Auto Scaling shows both groups and refuses what it must', async () => {
    const region = createRegion({ fleet });
    const client = new AutoScalingClient(region.sdkConfig());
    const { AutoScalingGroups } = await client.send(new DescribeAutoScalingGroupsCommand({}));
    expect(
      AutoScalingGroups?.map(({ AutoScalingGroupName, Instances }) => [
        AutoScalingGroupName,
        Instances?.length,
      ]),
    ).toEqual([
      ['prod-x86_64', 18],
      ['prod-aarch64', 6],
    ]);
    const AutoScalingGroupName = 'prod-x86_64';
    const protect = { AutoScalingGroupName, InstanceIds: [id], ProtectedFromScaleIn: true };
    await client.send(new SetInstanceProtectionCommand(protect));
    const standby = {
      AutoScalingGroupName,
      InstanceIds: [id],
      ShouldDecrementDesiredCapacity: true,
    };
    const { Activities } = await client.send(new EnterStandbyCommand(standby));
    expect(Activities?.[0]).toMatchObject({
      StatusCode: 'InProgress',
      StartTime: expect.any(Date),
    });
    await expect(
      client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 99 })),
    ).rejects.toMatchObject({ name: 'ValidationError' });
    await region.close();
  });

  it('CloudWatch speaks JSON with its alarms and its errors', async () => {
    const region = createRegion({ fleet });
    const client = new CloudWatchClient(region.sdkConfig());
    const set = { AlarmName: 'web-5xx', StateValue: 'ALARM', StateReason: 'test' } as const;
    await client.send(new SetAlarmStateCommand(set));
    const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
    expect(MetricAlarms).toMatchObject([
      { AlarmName: 'web-5xx', StateUpdatedTimestamp: expect.any(Date) },
    ]);
    const MetricData = [{ MetricName: 'Heartbeat', Value: 1, Timestamp: new Date(0) }];
    await client.send(new PutMetricDataCommand({ Namespace: 'Updater', MetricData }));
    await expect(
      client.send(new SetAlarmStateCommand({ ...set, AlarmName: 'x' })),
    ).rejects.toMatchObject({
      name: 'ResourceNotFound',
    });
    await region.close();
  });

  it('EventBridge and Scheduler take what the clients send', async () => {
    const region = createRegion({ fleet });
    const events = new EventBridgeClient(region.sdkConfig());
    await events.send(
      new PutRuleCommand({ Name: 'watch', EventPattern: '{"source":["aws.ecs"]}' }),
    );
    expect((await events.send(new ListRulesCommand({}))).Rules).toMatchObject([{ Name: 'watch' }]);
    const Entries = [
      { Source: 'updater', DetailType: 'rollout opened', Detail: '{}', Time: new Date(0) },
    ];
    expect((await events.send(new PutEventsCommand({ Entries }))).FailedEntryCount).toBe(0);
    await expect(
      events.send(new PutRuleCommand({ Name: 'bad', EventPattern: '{"source":"aws.ecs"}' })),
    ).rejects.toMatchObject({ name: 'InvalidEventPatternException' });

    const scheduler = new SchedulerClient(region.sdkConfig());
    const Target = {
      Arn: 'arn:aws:lambda:eu-west-1:111122223333:function:sweep',
      RoleArn: 'arn:aws:iam::111122223333:role/scheduler',
    };
    const schedule = {
      Name: 'nightly',
      ScheduleExpression: 'cron(0 3 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      StartDate: new Date('2026-11-25T00:00:00Z'),
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'DISABLED',
      Target,
    } as const;
    await scheduler.send(new CreateScheduleCommand(schedule));
    const shown = await scheduler.send(
      new GetScheduleCommand({ Name: 'nightly', GroupName: 'default' }),
    );
    expect(shown).toMatchObject({
      StartDate: schedule.StartDate,
      CreationDate: expect.any(Date),
      State: 'DISABLED',
    });
    const listed = await scheduler.send(new ListSchedulesCommand({ MaxResults: 1 }));
    expect(listed.Schedules).toHaveLength(1);
    await expect(scheduler.send(new CreateScheduleCommand(schedule))).rejects.toMatchObject({
      name: 'ConflictException',
    });
    await expect(scheduler.send(new GetScheduleCommand({ Name: 'x' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await region.close();
  });
});
