// ListContainerInstances, DescribeContainerInstances, DeregisterContainerInstance.

import { describe, expect, it } from 'vitest';
import { ec2Id, instanceArn, instanceId, makeEcs } from './support/ecs-region.ts';

const many = (count: number) => Array.from({ length: count }, () => 'eu-west-1a');

describe('ListContainerInstances', () => {
  it('pages by 100 unless asked otherwise, and every instance is on one page', async () => {
    const region = makeEcs({ zones: many(250) });
    const seen: unknown[] = [];
    const sizes: number[] = [];
    let nextToken: unknown;
    do {
      const page = await region.ask('ListContainerInstances', { nextToken });
      const arns = page.containerInstanceArns as string[];
      sizes.push(arns.length);
      seen.push(...arns);
      nextToken = page.nextToken;
    } while (nextToken);
    expect(sizes).toEqual([100, 100, 50]);
    expect(seen).toEqual(many(250).map((_, n) => instanceArn(n)));
  });

  it('neither skips nor repeats when an instance leaves between pages', async () => {
    const region = makeEcs({ zones: many(6) });
    const first = await region.ask('ListContainerInstances', { maxResults: 3 });
    await region.ask('DeregisterContainerInstance', { containerInstance: instanceArn(1) });
    const { nextToken } = first;
    const second = await region.ask('ListContainerInstances', { maxResults: 3, nextToken });
    expect(second.containerInstanceArns).toEqual([3, 4, 5].map(instanceArn));
  });

  it('selects by status; without one it lists all that are registered', async () => {
    const region = makeEcs();
    await region.drain(1);
    await region.ask('DeregisterContainerInstance', { containerInstance: instanceArn(2) });
    const list = async (status?: string) =>
      (await region.ask('ListContainerInstances', status ? { status } : {})).containerInstanceArns;
    expect(await list()).toEqual([instanceArn(0), instanceArn(1)]);
    expect(await list('DRAINING')).toEqual([instanceArn(1)]);
    expect(await list('ACTIVE')).toEqual([instanceArn(0)]);
    expect(await list('DEREGISTERING')).toEqual([]);
  });

  it('may answer nothing of what is asked for on a page, and not on the last', async () => {
    const region = makeEcs({ zones: many(3) });
    await region.drain(2);
    const asked = { status: 'DRAINING', maxResults: 2 };
    const first = await region.ask('ListContainerInstances', asked);
    expect(first.containerInstanceArns).toEqual([]);
    const { nextToken } = first;
    expect(await region.ask('ListContainerInstances', { ...asked, nextToken })).toEqual({
      containerInstanceArns: [instanceArn(2)],
    });
  });

  it.each([
    [{ cluster: 'other' }, 'ClusterNotFoundException', 'Cluster not found.'],
    [
      { status: 'INACTIVE' },
      'InvalidParameterException',
      expect.stringContaining('status should be one of'),
    ],
    [{ maxResults: 101 }, 'InvalidParameterException', 'maxResults should be between 1 and 100.'],
    [{ maxResults: 0 }, 'InvalidParameterException', 'maxResults should be between 1 and 100.'],
    [{ nextToken: 'x' }, 'InvalidParameterException', 'Invalid token.'],
    [
      { maxResults: 'ten' },
      'SerializationException',
      'STRING_VALUE can not be converted to an Integer',
    ],
    [{ filter: 7 }, 'SerializationException', 'NUMBER_VALUE can not be converted to a String'],
  ])('refuses %j', async (input, code, message) => {
    expect(await makeEcs().refuse('ListContainerInstances', input)).toEqual({ code, message });
  });

  it('takes the cluster "default" when none is named', async () => {
    const region = makeEcs();
    const error = await region.refusal(region.ecs, 'ListContainerInstances', {});
    expect(error.code).toBe('ClusterNotFoundException');
  });

  it('refuses a token once it has expired (fault ecs-page-token-expired)', async () => {
    const region = makeEcs({ faults: [{ name: 'ecs-page-token-expired', timesMax: 1 }] });
    const { nextToken } = await region.ask('ListContainerInstances', { maxResults: 1 });
    const again = { maxResults: 1, nextToken };
    expect((await region.refuse('ListContainerInstances', again)).message).toBe('Invalid token.');
    await region.ask('ListContainerInstances', again);
  });
});

describe('DescribeContainerInstances', () => {
  it('answers the whole shape', async () => {
    const region = makeEcs({ services: [{ name: 'web', desiredCount: 3, hostPort: 8080 }] });
    const { containerInstances, failures } = await region.ask('DescribeContainerInstances', {
      containerInstances: [instanceId(0)],
    });
    expect(failures).toEqual([]);
    expect(containerInstances).toEqual([
      {
        containerInstanceArn: instanceArn(0),
        ec2InstanceId: ec2Id(0),
        version: 1,
        versionInfo: {
          agentVersion: '1.98.0',
          agentHash: '*unknown',
          dockerVersion: 'DockerVersion: 25.0.13',
        },
        registeredResources: [
          { name: 'CPU', type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: 4096 },
          { name: 'MEMORY', type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: 15702 },
          ports('PORTS', ['22', '2375', '2376', '51678', '51679']),
          ports('PORTS_UDP', []),
        ],
        remainingResources: [
          { name: 'CPU', type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: 3840 },
          { name: 'MEMORY', type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: 15190 },
          ports('PORTS', ['22', '2375', '2376', '51678', '51679', '8080']),
          ports('PORTS_UDP', []),
        ],
        status: 'ACTIVE',
        agentConnected: true,
        runningTasksCount: 1,
        pendingTasksCount: 0,
        attributes: expect.arrayContaining([
          { name: 'ecs.availability-zone', value: 'eu-west-1a' },
          { name: 'ecs.instance-type', value: 'm6i.xlarge' },
          { name: 'ecs.cpu-architecture', value: 'x86_64' },
          { name: 'ecs.os-type', value: 'linux' },
          { name: 'ecs.ami-id', value: expect.stringMatching(/^ami-[0-9a-f]{17}$/) },
          { name: 'bottlerocket.variant', value: 'aws-ecs-2' },
          { name: 'com.amazonaws.ecs.capability.ecr-auth' },
        ]),
        registeredAt: Date.parse('2026-10-25T02:00:00Z') / 1000,
        attachments: [],
        tags: [],
      },
    ]);
  });

  it('includes tags and health when asked; IMPAIRED after a long disconnection', async () => {
    const region = makeEcs({ instances: () => ({ tags: [{ key: 'role', value: 'web' }] }) });
    const include = ['TAGS', 'CONTAINER_INSTANCE_HEALTH'];
    const describe_ = async () => {
      const containerInstances = [instanceArn(0)];
      const answer = await region.ask('DescribeContainerInstances', {
        containerInstances,
        include,
      });
      return (answer.containerInstances as Record<string, unknown>[])[0];
    };
    expect(await describe_()).toMatchObject({
      tags: [{ key: 'role', value: 'web' }],
      healthStatus: {
        overallStatus: 'OK',
        details: [{ type: 'AGENT_CONNECTIVITY', status: 'OK' }],
      },
    });
    region.kernel.signals.emit('ecs-agent-down', { ec2InstanceId: ec2Id(0) });
    await region.advance(301);
    expect(await describe_()).toMatchObject({ healthStatus: { overallStatus: 'IMPAIRED' } });
    const [event] = region.events('ECS Container Instance Health Change');
    expect(event?.detail).toMatchObject({
      overallStatus: 'IMPAIRED',
      healthChecks: [{ statusReason: 'Agent disconnected since 2026-11-24T02:00:00.000Z' }],
    });
  });

  it('answers MISSING for an id that is not there, beside what is', async () => {
    const region = makeEcs();
    const answer = await region.ask('DescribeContainerInstances', {
      containerInstances: [instanceArn(0), 'nope'],
    });
    expect(answer.containerInstances).toHaveLength(1);
    expect(answer.failures).toEqual([
      { arn: 'arn:aws:ecs:eu-west-1:111122223333:container-instance/prod/nope', reason: 'MISSING' },
    ]);
  });

  it.each([
    [{ containerInstances: [] }, 'Container Instances cannot be empty.'],
    [{}, 'Container Instances cannot be empty.'],
    [{ containerInstances: Array(101).fill('x') }, 'instanceIds can have at most 100 items.'],
    [
      { containerInstances: ['x'], include: ['ALL'] },
      'include should be one of [TAGS, CONTAINER_INSTANCE_HEALTH].',
    ],
    [
      { containerInstances: [instanceArn(0).replace('/prod/', '/test/')] },
      'Invalid identifier: Identifier is for cluster test. Your cluster is prod',
    ],
  ])('refuses %j', async (input, message) => {
    const refused = await makeEcs().refuse('DescribeContainerInstances', input);
    expect(refused).toEqual({ code: 'InvalidParameterException', message });
  });

  it('may show the state before the last change (fault ecs-stale-describe)', async () => {
    const region = makeEcs({ faults: [{ name: 'ecs-stale-describe', subject: ec2Id(0) }] });
    await region.drain(0);
    const seen = async () => {
      const containerInstances = [instanceArn(0)];
      const answer = await region.ask('DescribeContainerInstances', { containerInstances });
      const [{ status, version } = { status: '', version: 0 }] = answer.containerInstances as {
        status: string;
        version: number;
      }[];
      return `${status} ${version}`;
    };
    expect(await seen()).toBe('ACTIVE 1');
    await region.advance(31);
    expect(await seen()).toBe('DRAINING 2');
  });

  it('may fail for one of a batch (fault ecs-partial-failure)', async () => {
    const region = makeEcs({
      faults: [{ name: 'ecs-partial-failure', subject: ec2Id(1), timesMax: 1 }],
    });
    const containerInstances = [0, 1].map(instanceArn);
    const answer = await region.ask('DescribeContainerInstances', { containerInstances });
    expect(answer.containerInstances).toHaveLength(1);
    expect(answer.failures).toEqual([{ arn: instanceArn(1), reason: 'MISSING' }]);
  });
});

describe('DeregisterContainerInstance', () => {
  it('refuses while tasks run, unless forced; then the tasks are orphaned and replaced', async () => {
    const region = makeEcs({ services: [{ name: 'web', desiredCount: 3 }] });
    const input = { containerInstance: instanceArn(0) };
    expect((await region.refuse('DeregisterContainerInstance', input)).message).toBe(
      'Found running tasks on the instance.',
    );
    const answer = await region.ask('DeregisterContainerInstance', { ...input, force: true });
    expect(answer.containerInstance).toMatchObject({ status: 'INACTIVE', agentConnected: false });
    await region.advance(60);
    expect(region.ecs.world.service('prod', 'web')).toMatchObject({
      runningCount: 3,
      steady: true,
    });
    expect((await region.refuse('DeregisterContainerInstance', input)).message).toBe(
      'The referenced container instance was not found.',
    );
  });
});

function ports(name: string, stringSetValue: string[]) {
  return { name, type: 'STRINGSET', doubleValue: 0, longValue: 0, integerValue: 0, stringSetValue };
}
