// Scenarios: fleets of every shape, each rolled to its end with nobody's help.

import { describe, expect, it } from 'vitest';
import type { ServicePlan } from '../../simulator/fleet-file/fleet-plan.ts';
import { parseFleet } from '../../simulator/fleet-file/parse-fleet.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import { idsOf, runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const updated = (count: number) => new Array<string>(count).fill('Updated');

function web(over: Partial<ServicePlan> = {}): ServicePlan {
  const sizes = { tasksPerInstance: 1, cpu: 256, memory: 512 };
  return { name: 'web', ...sizes, minimumHealthyPercent: 100, maximumPercent: 200, ...over };
}

function withHost(fleet: Fleet, index: number, over: Partial<Fleet['hosts'][number]>): Fleet {
  const hosts = fleet.hosts.map((host, at) => (at === index ? { ...host, ...over } : host));
  return { ...fleet, hosts };
}

describe('a query that is no expression', () => {
  it('ends before anything is asked, with the query and what ECS says of it', async () => {
    const ended = await runRollout({ policy: { select: { query: 'attribute:ssd ==' } } });
    expectEnd(ended, 'FailedClean');
    expect(ended.reason).toContain(
      'select.query: found "attribute:ssd ==", expected an expression of the ECS cluster query language; ECS says: Invalid expression.',
    );
  });
});

describe('hosts that cannot reach the update repository', () => {
  it('are skipped with what they said, and not called silent', async () => {
    const fleet = smallFleet({ containerInstances: 1 });
    const updateRepository = { ...fleet.updateRepository, reachable: false };
    const ended = await runRollout({ fleet: { ...fleet, updateRepository } });
    expectEnd(ended, 'FailedClean', ['Skipped']);
    expect(Object.values(ended.instances).map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^check failed: refresh failed: Metadata error: Failed to fetch /),
    ]);
  });
});

describe('another partition', () => {
  it.each([
    ['aws-us-gov', 'us-gov-west-1'],
    ['aws-cn', 'cn-north-1'],
  ])('%s: updated', async (partition, region) => {
    const text = JSON.stringify(smallFleet({ region })).replaceAll('arn:aws:', `arn:${partition}:`);
    const ended = await runRollout({ fleet: parseFleet(text, 'fleet') });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });
});

describe('the size of a fleet', () => {
  it('no container instance: succeeds and says so', async () => {
    const fleet: Fleet = {
      ...smallFleet({ services: [] }),
      ...{ containerInstances: [], hosts: [], autoScalingGroups: [] },
    };
    const ended = await runRollout({ fleet });
    expectEnd(ended, 'Succeeded', []);
    expect(ended.reason).toBe('the cluster has no container instances');
  });

  it('one container instance whose service may lack its task: updated', async () => {
    const services = [web({ minimumHealthyPercent: 0, maximumPercent: 100 })];
    const ended = await runRollout({ fleet: smallFleet({ containerInstances: 1, services }) });
    expectEnd(ended, 'Succeeded', ['Updated']);
  });

  it('one container instance whose service may lack nothing: blocked before its drain', async () => {
    const fleet = smallFleet({ containerInstances: 1, services: [web()] });
    const ended = await runRollout({ fleet });
    expectEnd(ended, 'Succeeded', ['Blocked']);
    expect(ended.watched.outOfServiceMax).toBe(0);
  });

  it('one zone of five: all updated, none of its rules in the way', async () => {
    const fleet = smallFleet({ containerInstances: 5, availabilityZones: 1 });
    const budget = {
      outOfServiceMax: 2,
      perServiceMaxPercent: 50,
      oneAvailabilityZoneAtATime: true,
    };
    const ended = await runRollout({ fleet, policy: { budget } });
    expectEnd(ended, 'Succeeded', updated(5));
    expect(ended.watched.outOfServiceMax).toBe(2);
  });
});

describe('services that bind', () => {
  it('minimum and maximum at 100 %: blocked by arithmetic, nothing is drained', async () => {
    const services = [web({ maximumPercent: 100 })];
    const ended = await runRollout({ fleet: smallFleet({ services }) });
    expectEnd(ended, 'Succeeded', ['Blocked', 'Blocked']);
    expect(ended.watched.outOfServiceMax).toBe(0);
    expect(Object.values(ended.instances)[0]?.reason).toBe(
      'service web can never give up a task: it desires 2, minimumHealthyPercent 100 keeps 2 running and maximumPercent 100 allows 2; lower the first or raise the second',
    );
  });

  it('a host port on two of three: one at a time finds a free place', async () => {
    const services = [web({ tasksPerInstance: 0.67, hostPort: 8443 })];
    const fleet = smallFleet({ containerInstances: 3, services });
    const ended = await runRollout({ fleet, policy: { budget: { outOfServiceMax: 3 } } });
    expectEnd(ended, 'Succeeded', updated(3));
    expect(ended.watched.outOfServiceMax).toBeLessThanOrEqual(2);
  });
});

describe('what runs on the hosts', () => {
  it('two variants and architectures: each has its canary, all are updated', async () => {
    const instanceType = 'm6i.xlarge';
    const variants = [
      { variant: 'aws-ecs-2', arch: 'x86_64', instanceType, weight: 1 },
      { variant: 'aws-ecs-2', arch: 'aarch64', instanceType: 'm7g.xlarge', weight: 1 },
    ] as const;
    const fleet = smallFleet({ containerInstances: 4, variants });
    const ended = await runRollout({ fleet, policy: { waves: { canaryCount: 1 } } });
    expectEnd(ended, 'Succeeded', updated(4));
    const canaries = Object.values(ended.instances).filter(({ wave }) => wave === 1);
    expect(canaries.map(({ image }) => image).sort()).toEqual([
      'aws-ecs-2/aarch64',
      'aws-ecs-2/x86_64',
    ]);
  });

  it('another operating system, and no SSM agent: left alone, with what to do', async () => {
    const fleet = smallFleet({ containerInstances: 4 });
    const mixed = withHost(withHost(fleet, 0, { bottlerocket: undefined }), 1, {
      ssmRegistered: false,
    });
    const ended = await runRollout({ fleet: mixed });
    expectEnd(ended, 'Succeeded', ['Skipped', 'Skipped', 'Updated', 'Updated']);
    const [other = '', silent = ''] = idsOf(mixed);
    expect(ended.instances[other]?.code).toBe('NotBottlerocket');
    expect(ended.instances[silent]?.reason).toBe(
      'it is not registered in Systems Manager: check its instance role and its control container',
    );
  });

  it('hostile names and tags reach no shell and end no rollout', async () => {
    const evil = '"; apiclient reboot; echo $(reboot) `reboot` \u001b[2J {{ssm:x}}';
    const fleet = smallFleet();
    const containerInstances = fleet.containerInstances.map((one) => ({
      ...one,
      tags: [{ key: 'note', value: evil }],
      attributes: [{ name: 'team', value: evil.slice(0, 30) }],
    }));
    const ended = await runRollout({ fleet: { ...fleet, containerInstances } });
    expectEnd(ended, 'Succeeded', updated(2));
    expect([...ended.watched.reboots.values()]).toEqual([
      { api: 1, ec2: 0 },
      { api: 1, ec2: 0 },
    ]);
  });
});
