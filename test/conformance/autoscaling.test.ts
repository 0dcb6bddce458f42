// Amazon EC2 Auto Scaling: groups with their processes and sizes, instances, Standby and activities.

import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeScalingActivitiesCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
  InvalidNextToken,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
  SetInstanceProtectionCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('autoscaling');
const autoscaling = stage.client(AutoScalingClient);

const GROUP = { needs: ['REMOTE_AUTO_SCALING_GROUP'] } as const;
const CHANGES = { ...GROUP, isDestructive: true } as const;
const SLOW = { withinSeconds: 900, everySeconds: 10 } as const;
const NO_GROUP = `${stage.prefix}-absent`;
const NO_INSTANCE = `i-${'0'.repeat(16)}9`;

async function groupOf(name: string) {
  const { AutoScalingGroups } = await autoscaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  return AutoScalingGroups?.[0];
}

async function inService(name: string): Promise<string[]> {
  const { Instances = [] } = (await groupOf(name)) ?? {};
  return Instances.filter((one) => one.LifecycleState === 'InService').map(
    (one) => one.InstanceId!,
  );
}

/** An instance in service, once the group is as large as it wants to be. */
async function serving(name: string): Promise<string> {
  const ids = await stage.eventually(
    () => inService(name),
    (found) => found.length > 0,
    SLOW,
  );
  return ids[0]!;
}

async function lifecycleOf(InstanceId: string) {
  const { AutoScalingInstances } = await autoscaling.send(
    new DescribeAutoScalingInstancesCommand({ InstanceIds: [InstanceId] }),
  );
  return AutoScalingInstances?.[0];
}

function sized(name: string, DesiredCapacity: number) {
  return autoscaling.send(
    new SetDesiredCapacityCommand({
      AutoScalingGroupName: name,
      DesiredCapacity,
      HonorCooldown: false,
    }),
  );
}

describe('serialization', () => {
  stage.test('descriptions', GROUP, async (the) => {
    const name = the.REMOTE_AUTO_SCALING_GROUP;
    const id = await serving(name);
    expect(await groupOf(name)).toMatchObject({
      AutoScalingGroupName: name,
      AutoScalingGroupARN: expect.stringMatching(`:autoScalingGroupName/${name}$`),
      MinSize: expect.any(Number),
      MaxSize: expect.any(Number),
      DesiredCapacity: expect.any(Number),
      AvailabilityZones: expect.any(Array),
      HealthCheckType: expect.stringMatching(/EC2|ELB/),
      CreatedTime: expect.any(Date),
      NewInstancesProtectedFromScaleIn: expect.any(Boolean),
      SuspendedProcesses: expect.any(Array),
    });
    expect(await lifecycleOf(id)).toMatchObject({
      InstanceId: id,
      AutoScalingGroupName: name,
      AvailabilityZone: expect.any(String),
      LifecycleState: 'InService',
      HealthStatus: expect.stringMatching(/^healthy$/i),
      ProtectedFromScaleIn: expect.any(Boolean),
    });
    await autoscaling.send(new DescribeAutoScalingInstancesCommand({ MaxRecords: 50 }));
    await autoscaling.send(new DescribeAutoScalingGroupsCommand({ MaxRecords: 100 }));
    await autoscaling.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name, MaxRecords: 100 }),
    );
  });

  stage.test('what changes nothing', GROUP, async (the) => {
    const AutoScalingGroupName = the.REMOTE_AUTO_SCALING_GROUP;
    const id = await serving(AutoScalingGroupName);
    const { MinSize, MaxSize, DesiredCapacity } = (await groupOf(AutoScalingGroupName))!;
    const answers = [
      await sized(AutoScalingGroupName, DesiredCapacity!),
      await autoscaling.send(
        new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, MinSize, MaxSize }),
      ),
      await autoscaling.send(
        new SetInstanceProtectionCommand({
          AutoScalingGroupName,
          InstanceIds: [id],
          ProtectedFromScaleIn: (await lifecycleOf(id))!.ProtectedFromScaleIn,
        }),
      ),
      await autoscaling.send(
        new SetInstanceHealthCommand({
          InstanceId: id,
          HealthStatus: 'Healthy',
          ShouldRespectGracePeriod: true,
        }),
      ),
    ];
    for (const { $metadata } of answers) expect($metadata.httpStatusCode).toBe(200);
  });

  stage.test('processes, Standby and a termination', CHANGES, async (the) => {
    const AutoScalingGroupName = the.REMOTE_AUTO_SCALING_GROUP;
    const { DesiredCapacity, MinSize } = (await groupOf(AutoScalingGroupName))!;
    stage.afterwards(() =>
      autoscaling.send(
        new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, MinSize, DesiredCapacity }),
      ),
    );
    const ScalingProcesses = ['AZRebalance'];
    const processes = { AutoScalingGroupName, ScalingProcesses };
    stage.afterwards(() => autoscaling.send(new ResumeProcessesCommand(processes)));
    await autoscaling.send(new SuspendProcessesCommand(processes));
    await autoscaling.send(new ResumeProcessesCommand(processes));
    const InstanceIds = [await serving(AutoScalingGroupName)];
    const where = { AutoScalingGroupName, InstanceIds };
    const entered = await autoscaling.send(
      new EnterStandbyCommand({ ...where, ShouldDecrementDesiredCapacity: true }),
    );
    expect(entered.Activities?.[0]).toMatchObject({
      ActivityId: expect.any(String),
      AutoScalingGroupName,
      Description: expect.stringContaining(InstanceIds[0]!),
      Cause: expect.any(String),
      StartTime: expect.any(Date),
      StatusCode: expect.any(String),
      Progress: expect.any(Number),
    });
    await stage.eventually(
      () => lifecycleOf(InstanceIds[0]!),
      (one) => one?.LifecycleState === 'Standby',
    );
    const left = await autoscaling.send(new ExitStandbyCommand(where));
    expect(left.Activities?.[0]).toMatchObject({
      StartTime: expect.any(Date),
      StatusCode: expect.any(String),
    });
    await stage.eventually(
      () => lifecycleOf(InstanceIds[0]!),
      (one) => one?.LifecycleState === 'InService',
    );
    const { Activity } = await autoscaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: InstanceIds[0],
        ShouldDecrementDesiredCapacity: false,
      }),
    );
    expect(Activity).toMatchObject({
      Description: expect.stringContaining(InstanceIds[0]!),
      StartTime: expect.any(Date),
      StatusCode: 'InProgress',
    });
    await stage.eventually(
      () => inService(AutoScalingGroupName),
      (ids) => ids.length === DesiredCapacity,
      SLOW,
    );
  });
});

describe('validation', () => {
  stage.test('groups and instances that do not exist', {}, async () => {
    const AutoScalingGroupName = NO_GROUP;
    const InstanceIds = [NO_INSTANCE];
    const InstanceId = NO_INSTANCE;
    await refused(
      autoscaling,
      'ValidationError',
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName }),
      new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 1 }),
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, MinSize: 0 }),
      new SuspendProcessesCommand({ AutoScalingGroupName }),
      new ResumeProcessesCommand({ AutoScalingGroupName }),
      new EnterStandbyCommand({
        AutoScalingGroupName,
        InstanceIds,
        ShouldDecrementDesiredCapacity: true,
      }),
      new ExitStandbyCommand({ AutoScalingGroupName, InstanceIds }),
      new SetInstanceProtectionCommand({
        AutoScalingGroupName,
        InstanceIds,
        ProtectedFromScaleIn: true,
      }),
      new SetInstanceHealthCommand({ InstanceId, HealthStatus: 'Healthy' }),
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId,
        ShouldDecrementDesiredCapacity: true,
      }),
    );
    const gone = await groupOf(NO_GROUP);
    expect(gone).toBeUndefined();
    expect(await lifecycleOf(NO_INSTANCE)).toBeUndefined();
  });

  stage.test('sizes, processes, words and tokens', GROUP, async (the) => {
    const AutoScalingGroupName = the.REMOTE_AUTO_SCALING_GROUP;
    const { MaxSize } = (await groupOf(AutoScalingGroupName))!;
    const ids = Array.from({ length: 51 }, (_, n) => `i-${n.toString(16).padStart(17, 'a')}`);
    const InstanceId = await serving(AutoScalingGroupName);
    await refused(
      autoscaling,
      'ValidationError',
      new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: MaxSize! + 1 }),
      new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: -1 }),
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, MinSize: MaxSize! + 1 }),
      new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: ['Sleep'] }),
      new DescribeAutoScalingInstancesCommand({ InstanceIds: ids }),
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['x'.repeat(256)] }),
      new SetInstanceHealthCommand({ InstanceId, HealthStatus: 'Ill' }),
    );
    await refused(
      autoscaling,
      InvalidNextToken,
      new DescribeAutoScalingGroupsCommand({ NextToken: 'none' }),
      new DescribeAutoScalingInstancesCommand({ NextToken: 'none' }),
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName, NextToken: 'none' }),
    );
  });
});

describe('behaviour', () => {
  stage.test('suspended processes are listed until they are resumed', CHANGES, async (the) => {
    const AutoScalingGroupName = the.REMOTE_AUTO_SCALING_GROUP;
    const processes = {
      AutoScalingGroupName,
      ScalingProcesses: ['AZRebalance', 'ReplaceUnhealthy'],
    };
    const suspended = async () =>
      (await groupOf(AutoScalingGroupName))?.SuspendedProcesses?.map((one) => one.ProcessName);
    stage.afterwards(() => autoscaling.send(new ResumeProcessesCommand(processes)));
    await autoscaling.send(new SuspendProcessesCommand(processes));
    await stage.eventually(suspended, (names) => names?.length === 2);
    const InstanceId = await serving(AutoScalingGroupName);
    // Nobody replaces it, as that is suspended.
    for (const HealthStatus of ['Unhealthy', 'Healthy']) {
      await autoscaling.send(new SetInstanceHealthCommand({ InstanceId, HealthStatus }));
      await stage.eventually(
        () => lifecycleOf(InstanceId),
        (one) => one?.HealthStatus?.toLowerCase() === HealthStatus.toLowerCase(),
      );
    }
    await autoscaling.send(new ResumeProcessesCommand(processes));
    await stage.eventually(suspended, (names) => names?.length === 0);
  });

  stage.test('protection is shown', CHANGES, async (the) => {
    const AutoScalingGroupName = the.REMOTE_AUTO_SCALING_GROUP;
    const id = await serving(AutoScalingGroupName);
    const before = (await lifecycleOf(id))?.ProtectedFromScaleIn;
    const set = (ProtectedFromScaleIn: boolean | undefined) =>
      autoscaling.send(
        new SetInstanceProtectionCommand({
          AutoScalingGroupName,
          InstanceIds: [id],
          ProtectedFromScaleIn,
        }),
      );
    stage.afterwards(() => set(before));
    await set(!before);
    await stage.eventually(
      () => lifecycleOf(id),
      (one) => one?.ProtectedFromScaleIn === !before,
    );
    await set(before);
  });

  stage.test(
    'Standby takes one off the desired capacity, and gives it back',
    CHANGES,
    async (the) => {
      const AutoScalingGroupName = the.REMOTE_AUTO_SCALING_GROUP;
      const id = await serving(AutoScalingGroupName);
      const before = (await groupOf(AutoScalingGroupName))?.DesiredCapacity ?? 0;
      const where = { AutoScalingGroupName, InstanceIds: [id] };
      await autoscaling.send(
        new EnterStandbyCommand({ ...where, ShouldDecrementDesiredCapacity: true }),
      );
      expect((await groupOf(AutoScalingGroupName))?.DesiredCapacity).toBe(before - 1);
      await stage.eventually(
        () => lifecycleOf(id),
        (one) => one?.LifecycleState === 'Standby',
      );
      await autoscaling.send(new ExitStandbyCommand(where));
      await stage.eventually(
        () => lifecycleOf(id),
        (one) => one?.LifecycleState === 'InService',
      );
      expect((await groupOf(AutoScalingGroupName))?.DesiredCapacity).toBe(before);
    },
  );

  stage.test('a group grows, shrinks, and says why', CHANGES, async (the) => {
    const AutoScalingGroupName = the.REMOTE_AUTO_SCALING_GROUP;
    const { DesiredCapacity = 0, MaxSize } = (await groupOf(AutoScalingGroupName))!;
    stage.afterwards(() => sized(AutoScalingGroupName, DesiredCapacity));
    await autoscaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, MaxSize }));
    await sized(AutoScalingGroupName, DesiredCapacity + 1);
    const ids = () => inService(AutoScalingGroupName);
    const grown = await stage.eventually(ids, (list) => list.length > DesiredCapacity, SLOW);
    await autoscaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: grown.at(-1),
        ShouldDecrementDesiredCapacity: true,
      }),
    );
    await stage.eventually(ids, (list) => list.length === DesiredCapacity, SLOW);
    const { items } = await allPages(
      (NextToken) =>
        autoscaling.send(
          new DescribeScalingActivitiesCommand({ AutoScalingGroupName, MaxRecords: 1, NextToken }),
        ),
      ({ Activities }) => Activities,
      (page) => page.NextToken,
    );
    expect(new Set(items.map((one) => one.ActivityId)).size).toBe(items.length);
    const texts = items.map((one) => one.Description);
    expect(texts).toContainEqual(expect.stringMatching(/^Launching a new EC2 instance/));
    expect(texts).toContainEqual(expect.stringMatching(/^Terminating EC2 instance/));
  });

  stage.test('pages hold every group and instance once', GROUP, async (the) => {
    const groups = await allPages(
      (NextToken) =>
        autoscaling.send(new DescribeAutoScalingGroupsCommand({ MaxRecords: 1, NextToken })),
      ({ AutoScalingGroups }) => AutoScalingGroups?.map((one) => one.AutoScalingGroupName),
      ({ NextToken }) => NextToken,
    );
    expect(groups.items).toContain(the.REMOTE_AUTO_SCALING_GROUP);
    const instances = await allPages(
      (NextToken) =>
        autoscaling.send(new DescribeAutoScalingInstancesCommand({ MaxRecords: 1, NextToken })),
      ({ AutoScalingInstances }) => AutoScalingInstances?.map((one) => one.InstanceId),
      ({ NextToken }) => NextToken,
    );
    expect(new Set(instances.items).size).toBe(instances.items.length);
  });
});

stage.proveComplete();
