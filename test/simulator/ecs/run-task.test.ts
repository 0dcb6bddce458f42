// RunTask and StartTask: placement without a service, and why it fails.

import { describe, expect, it } from 'vitest';
import { ec2Id, instanceArn, makeEcs } from './support/ecs-region.ts';

const job = { name: 'job', desiredCount: 0, cpu: 1024 };

describe('RunTask', () => {
  it('places up to ten tasks and answers them as PENDING', async () => {
    const region = makeEcs({ services: [job] });
    const answer = await region.ask('RunTask', {
      taskDefinition: 'job:1',
      count: 10,
      group: 'batch',
    });
    expect(answer.failures).toEqual([]);
    expect(answer.tasks).toHaveLength(10);
    expect(answer.tasks).toMatchObject(Array(10).fill({ lastStatus: 'PENDING', group: 'batch' }));
  });

  it('answers a failure for each task that fits nowhere', async () => {
    const region = makeEcs({ services: [job], zones: ['eu-west-1a'] });
    const answer = await region.ask('RunTask', { taskDefinition: 'job', count: 5 });
    expect(answer.tasks).toHaveLength(4);
    expect(answer.failures).toEqual([{ arn: instanceArn(0), reason: 'RESOURCE:CPU' }]);
  });

  it('answers the same tasks for the same client token', async () => {
    const region = makeEcs({ services: [job] });
    const input = { taskDefinition: 'job', clientToken: 'a' };
    const first = await region.ask('RunTask', input);
    expect(await region.ask('RunTask', input)).toEqual(first);
    const other = { ...input, count: 2 };
    expect((await region.refuse('RunTask', other)).code).toBe('ConflictException');
  });

  const strategies: [string, object, number[]][] = [
    ['binpack on memory', { placementStrategy: [{ type: 'binpack', field: 'memory' }] }, [0, 0, 3]],
    [
      'spread over zones',
      { placementStrategy: [{ type: 'spread', field: 'attribute:ecs.availability-zone' }] },
      [1, 1, 1],
    ],
    [
      'spread over instances',
      { placementStrategy: [{ type: 'spread', field: 'instanceId' }] },
      [1, 1, 1],
    ],
    ['distinct instances', { placementConstraints: [{ type: 'distinctInstance' }] }, [1, 1, 1]],
  ];
  it.each(strategies)('%s', async (_, placement, expected) => {
    const region = makeEcs({ services: [job] });
    await region.ask('RunTask', { taskDefinition: 'job', count: 3, ...placement });
    const counts = [0, 1, 2].map((n) => region.ecs.world.tasksOn(ec2Id(n)).length);
    expect(counts.toSorted()).toEqual(expected);
  });

  it('distinctInstance leaves no place for one task too many', async () => {
    const region = makeEcs({ services: [job] });
    const placementConstraints = [{ type: 'distinctInstance' }];
    const answer = await region.ask('RunTask', {
      taskDefinition: 'job',
      count: 4,
      placementConstraints,
    });
    expect(answer.tasks).toHaveLength(3);
    expect(answer.failures).toMatchObject([
      { reason: 'DistinctInstance placement constraint unsatisfied.' },
    ]);
  });

  it('is refused when no instance is ACTIVE', async () => {
    const region = makeEcs({ services: [job] });
    await region.drain(0, 1, 2);
    expect((await region.refuse('RunTask', { taskDefinition: 'job' })).message).toBe(
      'No Container Instances were found in your cluster.',
    );
  });

  it.each([
    [{}, 'InvalidParameterException', 'TaskDefinition can not be blank.'],
    [{ taskDefinition: 'nope' }, 'ClientException', 'TaskDefinition not found.'],
    [
      { taskDefinition: 'job', count: 11 },
      'InvalidParameterException',
      'count should be between 1 and 10.',
    ],
    [
      { taskDefinition: 'job', launchType: 'FARGATE' },
      'UnsupportedFeatureException',
      expect.any(String),
    ],
  ])('refuses %j', async (input, code, message) => {
    const region = makeEcs({ services: [job] });
    expect(await region.refuse('RunTask', input)).toEqual({ code, message });
  });
});

describe('StartTask', () => {
  it('answers per container instance why it could not', async () => {
    const region = makeEcs({
      services: [{ ...job, hostPort: 80 }],
      instances: (n) => (n === 1 ? { agentConnected: false } : {}),
    });
    const containerInstances = [0, 1, 2].map(instanceArn);
    await region.drain(2);
    const input = { taskDefinition: 'job', containerInstances };
    await region.ask('StartTask', { ...input, containerInstances: [instanceArn(0)] });
    const answer = await region.ask('StartTask', {
      ...input,
      containerInstances: [...containerInstances, 'x'],
    });
    expect((answer.failures as { reason: string }[]).map(({ reason }) => reason)).toEqual([
      'RESOURCE:PORTS',
      'AGENT',
      'INACTIVE',
      'MISSING',
    ]);
  });
});
