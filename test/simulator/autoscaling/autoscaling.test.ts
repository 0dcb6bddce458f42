// AutoScalingService on real hosts: groups keep their size, and replace what they think is broken.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { GROUP, region } from './group-region.ts';

const named = { AutoScalingGroupName: GROUP };

describe('capacity', () => {
  it('replaces an instance that somebody terminated, and the new one joins the cluster', async () => {
    const { advance, emitted, first, group, hosts, registered } = region();
    hosts.get(first)?.terminate('request');
    await advance(900);
    const { Instances } = await group();
    expect(Instances).toHaveLength(4);
    expect(Instances.map(({ InstanceId }) => InstanceId)).not.toContain(first);
    const added = Instances.at(-1)!.InstanceId;
    expect(hosts.get(added)).toMatchObject({
      state: 'running',
      version: '1.64.0',
      variant: 'aws-ecs-2',
    });
    expect(registered).toEqual([['prod', added]]);
    expect(emitted.map(({ detailType }) => detailType).sort()).toEqual([
      'EC2 Instance Launch Successful',
      'EC2 Instance Terminate Successful',
    ]);
  });

  it('launches no machine under an id that the fleet file gives', async () => {
    const replacement = async (given?: string) => {
      const { advance, first, group, hosts, fleet } = region();
      if (given !== undefined) hosts.add({ ...fleet.hosts[0]!, ec2InstanceId: given });
      hosts.get(first)?.terminate('request');
      await advance(900);
      return (await group()).Instances.at(-1)!.InstanceId;
    };
    const drawn = await replacement();
    expect(await replacement(drawn)).not.toBe(drawn);
  });

  it('puts a new instance where there are fewest', async () => {
    const { advance, call, first, hosts, group, service } = region();
    const zone = hosts.get(first)!.availabilityZone;
    hosts.get(first)!.terminate('spot');
    await call(service, 'SetDesiredCapacity', { ...named, DesiredCapacity: '5' });
    await advance(900);
    const { Instances } = await group();
    const zones = Instances.map(({ InstanceId }) => hosts.get(InstanceId)!.availabilityZone);
    expect(Instances).toHaveLength(5);
    expect(zones.filter((one) => one === zone).length).toBeGreaterThan(0);
  });

  it('shrinks by unprotected instances only', async () => {
    const { advance, call, first, group, hosts, service } = region();
    const protect = { ...named, InstanceIds: [first], ProtectedFromScaleIn: 'false' };
    await call(service, 'SetInstanceProtection', protect);
    await call(service, 'SetDesiredCapacity', { ...named, DesiredCapacity: '3' });
    await advance(300);
    expect((await group()).Instances).toHaveLength(3);
    expect(hosts.get(first)?.state).toBe('terminated');
  });

  it('launches nothing while Launch is suspended, and makes up for it afterwards', async () => {
    const { advance, call, first, group, hosts, service } = region();
    await call(service, 'SuspendProcesses', { ...named, ScalingProcesses: ['Launch'] });
    hosts.get(first)?.terminate('request');
    await advance(900);
    expect((await group()).Instances).toHaveLength(3);
    await call(service, 'ResumeProcesses', { ...named, ScalingProcesses: ['Launch'] });
    await advance(300);
    expect((await group()).Instances).toHaveLength(4);
  });

  it('TerminateInstanceInAutoScalingGroup replaces, or takes one off', async () => {
    const { advance, call, group, ids, service, refuse } = region();
    const terminate = (InstanceId: string, decrement: boolean) =>
      call(service, 'TerminateInstanceInAutoScalingGroup', {
        InstanceId,
        ShouldDecrementDesiredCapacity: String(decrement),
      });
    expect(await terminate(ids[0]!, false)).toMatchObject({
      Activity: { StatusCode: 'InProgress', Description: `Terminating EC2 instance: ${ids[0]}` },
    });
    await terminate(ids[1]!, true);
    await advance(900);
    expect(await group()).toMatchObject({ DesiredCapacity: 3, Instances: { length: 3 } });
    expect(
      await refuse('TerminateInstanceInAutoScalingGroup', {
        InstanceId: ids[2]!,
        ShouldDecrementDesiredCapacity: 'true',
      }),
    ).toContain('ValidationError: Currently, desiredSize equals minSize (3).');
  });

  it('refuses sizes outside of the bounds', async () => {
    const { refuse } = region();
    expect(await refuse('SetDesiredCapacity', { DesiredCapacity: '9' })).toBe(
      'ValidationError: New SetDesiredCapacity value 9 is above max value 5 for the AutoScalingGroup.',
    );
    expect(await refuse('SetDesiredCapacity', { DesiredCapacity: '1' })).toContain(
      'below min value 3',
    );
    expect(await refuse('SetDesiredCapacity', { AutoScalingGroupName: 'x' })).toContain(
      'not found',
    );
  });
});

describe('health', () => {
  it('lets a short reboot pass', async () => {
    const { advance, first, group, hosts } = region();
    hosts.get(first)?.reboot('api');
    await advance(1800);
    expect((await group()).Instances[0]).toMatchObject({
      InstanceId: first,
      LifecycleState: 'InService',
    });
  });

  it('replaces a machine that stays away for minutes, sooner when it asks the load balancer', async () => {
    const awayUntilReplaced = async (HealthCheckType: string) => {
      const faults = [{ name: 'host-never-returns' }];
      const { first, hosts, kernel, runUntil } = region({ faults }, { HealthCheckType });
      hosts.get(first)?.reboot('api');
      await runUntil(() => hosts.get(first)?.state !== 'running');
      const downAt = kernel.clock.now();
      await runUntil(() => hosts.get(first)?.state === 'terminated', 1800);
      return (kernel.clock.now() - downAt) / 1000;
    };
    expect(await awayUntilReplaced('EC2')).toBeGreaterThanOrEqual(240);
    expect(await awayUntilReplaced('ELB')).toBeLessThanOrEqual(120);
  });

  it('leaves Standby and suspended processes alone', async () => {
    const faults = [{ name: 'host-never-returns' }];
    const { advance, call, group, hosts, ids, service } = region({ faults });
    const InstanceIds = [ids[0]!];
    await call(service, 'EnterStandby', {
      ...named,
      InstanceIds,
      ShouldDecrementDesiredCapacity: 'true',
    });
    await advance(60);
    hosts.get(ids[0]!)?.reboot('api');
    await advance(1800);
    expect((await group()).Instances[0]).toMatchObject({ LifecycleState: 'Standby' });
    await call(service, 'SuspendProcesses', { ...named, ScalingProcesses: ['ReplaceUnhealthy'] });
    hosts.get(ids[1]!)?.reboot('api');
    await advance(1800);
    expect((await group()).Instances[1]).toMatchObject({ HealthStatus: 'Unhealthy' });
    await call(service, 'ResumeProcesses', { ...named });
    await advance(10);
    expect(hosts.get(ids[1]!)?.state).toBe('terminated');
  });

  it('fault asg-replaces-unhealthy ends a rebooting machine', async () => {
    const { advance, first, hosts } = region({
      faults: [{ name: 'asg-replaces-unhealthy', parameters: { seconds: 5 } }],
    });
    hosts.get(first)?.reboot('api');
    await advance(120);
    expect(hosts.get(first)?.state).toBe('terminated');
  });
});

describe('a termination that is asked for twice', () => {
  it('is one: the answer lost, the retry takes nothing more', async () => {
    const { advance, call, emitted, first, group, service } = region();
    const ask = () =>
      call(service, 'TerminateInstanceInAutoScalingGroup', {
        InstanceId: first,
        ShouldDecrementDesiredCapacity: 'true',
      });
    const [one, two] = [await ask(), await ask()] as { Activity: JsonObject }[];
    expect(two?.Activity.ActivityId).toBe(one?.Activity.ActivityId);
    await advance(600);
    expect(await group()).toMatchObject({ DesiredCapacity: 3, Instances: { length: 3 } });
    expect(emitted.filter(({ detailType }) => detailType.includes('Terminate'))).toHaveLength(1);
  });
});

describe('Standby', () => {
  it('takes the instance off the desired capacity and puts it back', async () => {
    const { advance, call, first, group, refuse, service } = region();
    const input = { ...named, InstanceIds: [first] };
    const answer = await call(service, 'EnterStandby', {
      ...input,
      ShouldDecrementDesiredCapacity: 'true',
    });
    expect(answer).toMatchObject({
      Activities: [{ Description: `Moving EC2 instance to Standby: ${first}` }],
    });
    await advance(60);
    expect(await group()).toMatchObject({ DesiredCapacity: 3, Instances: { length: 4 } });
    expect(await refuse('EnterStandby', { InstanceIds: [first] })).toContain(
      'is not in InService.',
    );
    const left = await call(service, 'ExitStandby', input);
    expect(left).toMatchObject({ Activities: [{ StatusCode: 'PreInService', Progress: 30 }] });
    const state = async () =>
      (await group()).Instances.find(({ InstanceId }) => InstanceId === first)?.LifecycleState;
    expect(await group()).toMatchObject({ DesiredCapacity: 4 });
    expect(await state()).toBe('Pending');
    expect(await refuse('ExitStandby', { InstanceIds: [first] })).toContain('is not in Standby.');
    expect(
      await refuse('SetInstanceProtection', { InstanceIds: [first], ProtectedFromScaleIn: 'true' }),
    ).toContain('is not in InService or EnteringStandby or Standby.');
    await advance(60);
    expect(await state()).toBe('InService');
  });

  it('refuses to terminate what is on its way there', async () => {
    const { advance, call, first, group, refuse, service } = region();
    await call(service, 'EnterStandby', {
      ...named,
      InstanceIds: [first],
      ShouldDecrementDesiredCapacity: 'true',
    });
    const terminate = { InstanceId: first, ShouldDecrementDesiredCapacity: 'false' };
    expect(await refuse('TerminateInstanceInAutoScalingGroup', terminate)).toContain(
      'ScalingActivityInProgress',
    );
    await advance(60);
    await call(service, 'TerminateInstanceInAutoScalingGroup', terminate);
    await advance(600);
    expect(await group()).toMatchObject({ DesiredCapacity: 3, Instances: { length: 3 } });
  });

  it('keeps to the minimum, or launches another instance', async () => {
    const { advance, call, group, ids, refuse, service } = region();
    expect(
      await refuse('EnterStandby', {
        InstanceIds: ids.slice(0, 2),
        ShouldDecrementDesiredCapacity: 'true',
      }),
    ).toContain('has min-size=3, max-size=5, and desired-size=4');
    await call(service, 'EnterStandby', {
      ...named,
      InstanceIds: [ids[0]!],
      ShouldDecrementDesiredCapacity: 'false',
    });
    await advance(300);
    expect(await group()).toMatchObject({ DesiredCapacity: 4, Instances: { length: 5 } });
  });
});

describe('describing', () => {
  it('instances carry their group, activities their words', async () => {
    const { call, first, hosts, service, advance } = region();
    expect(
      await call(service, 'DescribeAutoScalingInstances', { InstanceIds: [first] }),
    ).toMatchObject({
      AutoScalingInstances: [
        {
          InstanceId: first,
          AutoScalingGroupName: GROUP,
          HealthStatus: 'HEALTHY',
          LifecycleState: 'InService',
        },
      ],
    });
    hosts.get(first)?.terminate('request');
    await advance(600);
    const { Activities } = await call(service, 'DescribeScalingActivities', named);
    expect(Activities).toMatchObject([
      {
        StatusCode: 'Successful',
        Description: expect.stringContaining('Launching a new EC2 instance'),
      },
      { StatusCode: 'Successful', Cause: expect.stringContaining('EC2 health check') },
    ]);
  });

  it('pages groups and refuses a token it did not give', async () => {
    const { call, refusal, service } = region();
    const page = await call(service, 'DescribeAutoScalingGroups', { MaxRecords: '1' });
    expect(page.NextToken).toBeUndefined();
    expect((await refusal(service, 'DescribeAutoScalingGroups', { NextToken: 'x' })).code).toBe(
      'InvalidNextToken',
    );
  });
});
