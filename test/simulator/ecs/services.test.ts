// ListServices, DescribeServices, UpdateService, and what the scheduler makes of it.

import { describe, expect, it } from 'vitest';
import {
  definitionArn,
  ec2Id,
  instanceArn,
  makeEcs,
  targetGroupArn,
} from './support/ecs-region.ts';

const web = { name: 'web', desiredCount: 3 };

describe('ListServices', () => {
  it('pages by 10 unless asked otherwise', async () => {
    const services = Array.from({ length: 12 }, (_, n) => ({ name: `s${n}`, desiredCount: 0 }));
    const region = makeEcs({ services });
    const first = await region.ask('ListServices');
    expect(first.serviceArns).toHaveLength(10);
    const { nextToken } = first;
    expect(await region.ask('ListServices', { nextToken })).toEqual({
      serviceArns: [10, 11].map((n) => `arn:aws:ecs:eu-west-1:111122223333:service/prod/s${n}`),
    });
    expect((await region.ask('ListServices', { maxResults: 100 })).serviceArns).toHaveLength(12);
  });

  it('filters by scheduling strategy', async () => {
    const region = makeEcs({ services: [web, { name: 'log', daemon: true }] });
    const { serviceArns } = await region.ask('ListServices', { schedulingStrategy: 'DAEMON' });
    expect(serviceArns).toEqual(['arn:aws:ecs:eu-west-1:111122223333:service/prod/log']);
  });
});

describe('DescribeServices', () => {
  it('answers a steady service as it was before the run: no events, one COMPLETED deployment', async () => {
    const region = makeEcs({ services: [{ ...web, deregistrationDelaySeconds: 60 }] });
    const { services, failures } = await region.ask('DescribeServices', {
      services: ['web', 'nope'],
    });
    expect(failures).toEqual([
      { arn: 'arn:aws:ecs:eu-west-1:111122223333:service/prod/nope', reason: 'MISSING' },
    ]);
    expect(services).toMatchObject([
      {
        serviceName: 'web',
        status: 'ACTIVE',
        desiredCount: 3,
        runningCount: 3,
        pendingCount: 0,
        schedulingStrategy: 'REPLICA',
        taskDefinition: definitionArn('web'),
        deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
        deployments: [{ status: 'PRIMARY', runningCount: 3, rolloutState: 'COMPLETED' }],
        events: [],
        loadBalancers: [
          { targetGroupArn: targetGroupArn('web'), containerName: 'app', containerPort: 80 },
        ],
      },
    ]);
    const health = await region.call(region.elb, 'DescribeTargetHealth', {
      TargetGroupArn: targetGroupArn('web'),
    });
    expect(health.TargetHealthDescriptions).toMatchObject(
      Array(3).fill({ TargetHealth: { State: 'healthy' } }),
    );
  });

  it.each([
    [{ services: [] }, 'Services cannot be empty.'],
    [{ services: Array(11).fill('x') }, 'service names can have at most 10 items.'],
  ])('refuses %j', async (input, message) => {
    expect((await makeEcs().refuse('DescribeServices', input)).message).toBe(message);
  });
});

describe('UpdateService', () => {
  const sequence = async (region: ReturnType<typeof makeEcs>) =>
    (await region.messages('web')).map((text) => text.replace(/\(task \w+\)\.?/g, 'T')).reverse();

  it('desiredCount up: starts tasks, spread over zones, and they are no moves', async () => {
    const region = makeEcs({ services: [web] });
    await region.ask('UpdateService', { service: 'web', desiredCount: 6 });
    await region.advance(120);
    for (const n of [0, 1, 2]) expect(region.ecs.world.tasksOn(ec2Id(n))).toHaveLength(2);
    expect(await sequence(region)).toEqual([
      '(service web) has started 3 tasks: T T T',
      '(service web) has reached a steady state.',
    ]);
    expect(region.ecs.world.taskMoves.size).toBe(0);
  });

  it('desiredCount down: stops from the fullest places, never protected tasks', async () => {
    const region = makeEcs({ services: [{ ...web, desiredCount: 6 }] });
    const tasks = region.ecs.world.tasksOn(ec2Id(0)).map(({ taskArn }) => taskArn);
    await region.ask('UpdateTaskProtection', { tasks, protectionEnabled: true });
    await region.ask('UpdateService', { service: 'web', desiredCount: 2 });
    await region.advance(120);
    expect(region.statuses('web', 0)).toEqual({ 'RUNNING RUNNING': 2 });
    expect(region.ecs.world.service('prod', 'web')).toMatchObject({
      runningCount: 2,
      steady: true,
    });
  });

  it('forceNewDeployment replaces every task within the percentages', async () => {
    const region = makeEcs({ services: [{ ...web, min: 66, max: 133 }] });
    const before = new Set(region.ecs.world.tasks('prod').map(({ taskArn }) => taskArn));
    await region.ask('UpdateService', { service: 'web', forceNewDeployment: true });
    const inProgress = await region.ask('DescribeServices', { services: ['web'] });
    expect(inProgress.services).toMatchObject([
      {
        deployments: [
          { status: 'PRIMARY', rolloutState: 'IN_PROGRESS', runningCount: 0, desiredCount: 3 },
          { status: 'ACTIVE', runningCount: 3 },
        ],
      },
    ]);
    let least = 3;
    region.kernel.log.subscribe(() => {
      least = Math.min(least, region.ecs.world.service('prod', 'web')?.healthyCount ?? 3);
    });
    await region.advance(600);
    expect(least).toBe(2);
    const running = region.ecs.world
      .tasks('prod')
      .filter(({ lastStatus }) => lastStatus === 'RUNNING');
    expect(running).toHaveLength(3);
    expect(running.some(({ taskArn }) => before.has(taskArn))).toBe(false);
    const names = region
      .events('ECS Deployment State Change')
      .map(({ detail }) => detail.eventName);
    expect(names).toEqual(['SERVICE_DEPLOYMENT_IN_PROGRESS', 'SERVICE_DEPLOYMENT_COMPLETED']);
  });

  it('a deployment of a daemon stops first, one after the other at min 66', async () => {
    const region = makeEcs({ services: [{ name: 'log', daemon: true, min: 66 }] });
    await region.ask('UpdateService', { service: 'log', forceNewDeployment: true });
    let most = 0;
    region.kernel.log.subscribe(() => {
      most = Math.max(most, 3 - (region.ecs.world.service('prod', 'log')?.healthyCount ?? 3));
    });
    await region.advance(900);
    expect(most).toBe(1);
    expect(region.ecs.world.service('prod', 'log')).toMatchObject({
      runningCount: 3,
      steady: true,
    });
  });

  it('min = max = 100 blocks a deployment', async () => {
    const region = makeEcs({ services: [{ ...web, min: 100, max: 100 }] });
    await region.ask('UpdateService', { service: 'web', forceNewDeployment: true });
    await region.advance(600);
    expect(region.ecs.world.service('prod', 'web')?.deploymentInProgress).toBe(true);
    expect((await region.messages('web'))[0]).toContain('was unable to stop or start tasks');
  });

  it.each([
    [{ service: 'nope' }, 'ServiceNotFoundException'],
    [{}, 'InvalidParameterException'],
    [{ service: 'web', taskDefinition: 'nope' }, 'ClientException'],
    [{ service: 'web', desiredCount: -1 }, 'InvalidParameterException'],
    [{ service: 'log', desiredCount: 2 }, 'InvalidParameterException'],
    [
      { service: 'log', deploymentConfiguration: { maximumPercent: 200 } },
      'InvalidParameterException',
    ],
    [{ service: 'web', networkConfiguration: {} }, 'UnsupportedFeatureException'],
  ])('refuses %j', async (input, code) => {
    const region = makeEcs({ services: [web, { name: 'log', daemon: true }] });
    expect((await region.refuse('UpdateService', input)).code).toBe(code);
  });

  it('changes nothing when a part of it is refused', async () => {
    const region = makeEcs({ services: [web] });
    const seen = async () => (await region.ask('DescribeServices', { services: ['web'] })).services;
    const before = await seen();
    const deploymentConfiguration = { minimumHealthyPercent: 0, maximumPercent: 100 };
    const placementConstraints = [{ type: 'memberOf', expression: 'no expression' }];
    for (const wrong of [{ placementConstraints }, { desiredCount: -1 }])
      await region.refuse('UpdateService', { service: 'web', deploymentConfiguration, ...wrong });
    expect(await seen()).toEqual(before);
  });
});

describe('a service behind a load balancer', () => {
  it('has a task that fails its target health replaced before it is stopped', async () => {
    const region = makeEcs({ services: [{ ...web, deregistrationDelaySeconds: 10 }] });
    // ELB cannot reach the machine although ECS hears its agent.
    region.kernel.signals.emit('host-down', { ec2InstanceId: ec2Id(0), why: 'crash' });
    await region.runUntil(() =>
      region.logged.some(({ name }) => name === 'task-failed-target-health'),
    );
    await region.advance(300);
    expect(region.ecs.world.service('prod', 'web')?.healthyCount).toBe(3);
    const { tasks } = await region.ask('DescribeTasks', {
      tasks: region.ecs.world.tasksOn(ec2Id(0)).map(({ taskArn }) => taskArn),
    });
    expect(tasks).toMatchObject([
      {
        desiredStatus: 'STOPPED',
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: expect.stringMatching(
          /^Task failed ELB health checks in \(target-group arn:/,
        ),
      },
    ]);
  });
});

describe('steady state', () => {
  it('is told again after six hours, a failure too, and not before', async () => {
    const big = { name: 'big', desiredCount: 1, cpu: 9999 };
    const region = makeEcs({ services: [web, big] });
    await region.ask('UpdateService', { service: 'web', desiredCount: 4 });
    await region.advance(6 * 3600 - 60);
    expect((await region.messages('web')).filter((text) => text.includes('steady'))).toHaveLength(
      1,
    );
    expect(await region.messages('big')).toHaveLength(1);
    await region.advance(300);
    expect((await region.messages('web')).filter((text) => text.includes('steady'))).toHaveLength(
      2,
    );
    expect(await region.messages('big')).toHaveLength(2);
  });
});

describe('DescribeTaskDefinition, ListTagsForResource, clusters', () => {
  it('answer what the fleet file has', async () => {
    const tags = [{ key: 'team', value: 'infra' }];
    const region = makeEcs({
      services: [{ ...web, definition: { tags } }],
      instances: () => ({ tags }),
    });
    const answer = await region.ask('DescribeTaskDefinition', {
      taskDefinition: 'web',
      include: ['TAGS'],
    });
    expect(answer).toMatchObject({
      taskDefinition: { taskDefinitionArn: definitionArn('web'), family: 'web', revision: 1 },
      tags,
    });
    for (const resourceArn of [
      instanceArn(0),
      definitionArn('web'),
      'arn:aws:ecs:eu-west-1:111122223333:cluster/prod',
    ])
      expect(await region.ask('ListTagsForResource', { resourceArn })).toEqual({ tags });
    expect(await region.ask('ListClusters', {})).toEqual({
      clusterArns: ['arn:aws:ecs:eu-west-1:111122223333:cluster/prod'],
    });
    expect(
      await region.ask('DescribeClusters', { clusters: ['prod', 'x'], include: ['TAGS'] }),
    ).toMatchObject({
      clusters: [
        {
          runningTasksCount: 3,
          registeredContainerInstancesCount: 3,
          activeServicesCount: 1,
          tags,
        },
      ],
      failures: [{ arn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/x', reason: 'MISSING' }],
    });
  });

  it('refuse what is not there', async () => {
    const region = makeEcs();
    expect(await region.refuse('DescribeTaskDefinition', { taskDefinition: 'x' })).toEqual({
      code: 'ClientException',
      message: 'Unable to describe task definition.',
    });
    expect((await region.refuse('ListTagsForResource', { resourceArn: 'x' })).message).toBe(
      'Invalid ARN.',
    );
  });
});
