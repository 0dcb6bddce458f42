// Loading a fleet file: what is filled in, and how a file that does not fit together is refused.

import { describe, expect, it } from 'vitest';
import { FleetFileError } from '../../../simulator/fleet-file/fleet-file-error.ts';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import {
  CLUSTER_ARN,
  definitionArn,
  ec2Id,
  instanceArn,
  makeEcs,
  type Sketch,
} from './support/ecs-region.ts';

const web = { name: 'web', desiredCount: 6 };
const task = (more: Record<string, unknown> = {}) => ({
  taskArn: 'arn:aws:ecs:eu-west-1:111122223333:task/prod/0123456789abcdef0123456789abcdef',
  clusterArn: CLUSTER_ARN,
  taskDefinitionArn: definitionArn('web'),
  containerInstanceArn: instanceArn(1),
  group: 'service:web',
  startedBy: 'ecs-svc/1234567890123456789',
  ...more,
});

describe('load()', () => {
  it('fills services as steady, spread over zones, and says nothing', async () => {
    const region = makeEcs({ services: [web, { name: 'log', daemon: true }] });
    for (const n of [0, 1, 2]) {
      expect(region.statuses('web', n)).toEqual({ 'RUNNING RUNNING': 2 });
      expect(region.statuses('log', n)).toEqual({ 'RUNNING RUNNING': 1 });
    }
    await region.advance(600);
    expect(region.emitted).toEqual([]);
    expect(region.logged).toEqual([]);
  });

  it('keeps the tasks that are given and fills up the rest', async () => {
    const region = makeEcs({ services: [web], tasks: [task()] });
    const [given] = region.ecs.world.tasks('prod');
    expect(given).toMatchObject({ taskArn: task().taskArn, lastStatus: 'RUNNING', healthy: true });
    expect(region.ecs.world.tasksOn(ec2Id(1))).toHaveLength(2);
  });

  it('draws no id that the file gives: a snapshot of a region may be rehearsed with its seed', async () => {
    const ids = async (region: ReturnType<typeof makeEcs>) =>
      (await region.ask('ListTasks')).taskArns as string[];
    const made = await ids(makeEcs({ services: [web] }));
    const given = made.slice(0, 3).map((taskArn) => task({ taskArn }));
    const region = makeEcs({ services: [web], tasks: given });
    expect(new Set(await ids(region)).size).toBe(6);
    const deployed = async (more: JsonObject) => {
      const { services } = await makeEcs({ services: [{ ...web, more }, other] }).ask(
        'DescribeServices',
        { services: ['web', 'other'] },
      );
      return (services as { deployments: { id: string }[] }[]).map((one) => one.deployments[0]?.id);
    };
    const other = { name: 'other', desiredCount: 0 };
    const [first, second] = await deployed({});
    expect(await deployed({ deployments: [{ id: first }] })).toEqual([first, second]);
  });

  it('takes a task of no service as standalone, which may end by itself', async () => {
    const standalone = task({ group: 'family:web', startedBy: 'cron', endsAfterSeconds: 100 });
    const region = makeEcs({ services: [{ ...web, desiredCount: 0 }], tasks: [standalone] });
    await region.advance(99);
    expect(region.ecs.world.tasksOn(ec2Id(1))).toMatchObject([{ lastStatus: 'RUNNING' }]);
    await region.advance(2);
    expect(region.ecs.world.tasksOn(ec2Id(1))).toEqual([]);
  });

  it('leaves out what runs on no container instance, and what is being deleted', () => {
    const gone = { ...web, more: { status: 'DRAINING' } };
    const spot = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }];
    const region = makeEcs({
      services: [
        gone,
        { name: 'api', more: { launchType: 'FARGATE' } },
        { name: 'batch', more: { capacityProviderStrategy: spot } },
        { name: 'kept' },
      ],
      tasks: [
        task(),
        task({
          taskArn: task().taskArn.replace('task/prod/0', 'task/prod/1'),
          containerInstanceArn: undefined,
          group: 'service:api',
        }),
      ],
    });
    const names = region.ecs.world.tasks('prod').map(({ serviceName }) => serviceName);
    expect(names).toEqual(['kept']);
    expect(region.ecs.world.service('prod', 'web')).toBeUndefined();
  });

  it('takes the task definition of an EXTERNAL service from its PRIMARY task set', () => {
    const taskSets = [
      { status: 'ACTIVE', taskDefinition: 'old:3' },
      { status: 'PRIMARY', taskDefinition: definitionArn('web') },
    ];
    const region = makeEcs({
      services: [{ ...web, more: { taskDefinition: undefined, taskSets } }],
    });
    expect(region.ecs.world.service('prod', 'web')).toMatchObject({ runningCount: 6 });
  });

  it('reads sizes as AWS takes them, and ranges of container ports', async () => {
    const portMappings = [{ containerPortRange: '8000-8010', protocol: 'tcp' }];
    const containerDefinitions = [{ name: 'app', portMappings }];
    const definition = { cpu: '0.5 vCPU', memory: '1 GB', containerDefinitions };
    const region = makeEcs({ services: [{ ...web, definition }] });
    const { taskDefinition } = await region.ask('DescribeTaskDefinition', {
      taskDefinition: 'web',
    });
    expect(taskDefinition).toMatchObject({ cpu: '512', memory: '1024' });
    expect(region.ecs.world.service('prod', 'web')).toMatchObject({ runningCount: 6 });
  });

  it('honours protectedUntil', async () => {
    const protectedUntil = '2026-11-24T03:00:00Z';
    const region = makeEcs({ services: [web], tasks: [task({ protectedUntil })] });
    await region.drain(1);
    await region.advance(3500);
    expect(region.ecs.world.tasksOn(ec2Id(1))).toMatchObject([{ taskArn: task().taskArn }]);
    await region.advance(200);
    expect(region.ecs.world.tasksOn(ec2Id(1))).toEqual([]);
  });

  it('leaves short what does not fit, and the scheduler says so', async () => {
    const region = makeEcs({ services: [{ ...web, cpu: 3000 }] });
    expect(region.ecs.world.service('prod', 'web')).toMatchObject({
      runningCount: 3,
      steady: false,
    });
    await region.advance(5);
    expect((await region.messages('web'))[0]).toContain('insufficient CPU units');
  });

  it('goes on with the drain of an instance that is DRAINING already', async () => {
    const region = makeEcs({
      services: [web],
      tasks: [task()],
      instances: (n) => (n === 1 ? { status: 'DRAINING' } : {}),
    });
    await region.advance(120);
    expect(region.ecs.world.tasksOn(ec2Id(1))).toEqual([]);
  });

  const refused: [string, Sketch, string, string][] = [
    [
      'a cluster of another region',
      {
        fleet: { clusters: [{ clusterName: 'prod', clusterArn: CLUSTER_ARN.replace('eu', 'us') }] },
      },
      'clusters[0].clusterArn',
      `does not fit region and accountId of this file; expected ${CLUSTER_ARN}`,
    ],
    [
      'an unknown cluster of a service',
      { services: [{ ...web, more: { clusterArn: 'test' } }] },
      'services[0].clusterArn',
      '"test" is no cluster of this file; there are: prod',
    ],
    [
      'an unknown cluster of a container instance',
      { instances: (n) => ({ containerInstanceArn: instanceArn(n).replace('/prod/', '/test/') }) },
      'containerInstances[0].containerInstanceArn',
      '"test" is no cluster of this file; there are: prod',
    ],
    [
      'a container instance ARN without its cluster',
      { instances: (n) => ({ containerInstanceArn: instanceArn(n).replace('/prod/', '/') }) },
      'containerInstances[0].containerInstanceArn',
      'expected …:container-instance/<cluster>/<id>',
    ],
    [
      'a task on an unknown container instance',
      { services: [web], tasks: [task({ containerInstanceArn: instanceArn(7) })] },
      'tasks[0].containerInstanceArn',
      'is not in containerInstances of cluster prod',
    ],
    [
      'an unknown task definition of a service',
      { services: [{ ...web, more: { taskDefinition: 'api:3' } }] },
      'services[0].taskDefinition',
      `"api:3" is not in taskDefinitions; there are: ${definitionArn('web')}`,
    ],
    [
      'an unknown task definition of a task',
      { services: [web], tasks: [task({ taskDefinitionArn: definitionArn('api') })] },
      'tasks[0].taskDefinitionArn',
      'is not in taskDefinitions',
    ],
    [
      'a task of an unknown service',
      { services: [web], tasks: [task({ group: 'service:api' })] },
      'tasks[0].group',
      '"service:api" is no service of cluster prod; there are: web',
    ],
    [
      'a task that does not fit',
      { services: [{ ...web, cpu: 5000 }], tasks: [task()] },
      'tasks[0].containerInstanceArn',
      'has no room for this task: RESOURCE:CPU',
    ],
    [
      'an instance type of unknown size',
      { instanceType: 'u-12tb1.metal' },
      'containerInstances[0].registeredResources',
      'the size of instance type "u-12tb1.metal" is not known here',
    ],
    [
      'a task that wants more GPUs than there are',
      {
        services: [
          {
            ...web,
            definition: {
              containerDefinitions: [
                { name: 'app', memory: 512, resourceRequirements: [{ type: 'GPU', value: '1' }] },
              ],
            },
          },
        ],
        tasks: [task()],
      },
      'tasks[0].containerInstanceArn',
      'has no room for this task: RESOURCE:GPU',
    ],
    [
      'an expression that does not parse',
      {
        services: [
          { ...web, more: { placementConstraints: [{ type: 'memberOf', expression: '=' }] } },
        ],
      },
      'services[0].placementConstraints',
      'InvalidParameterException: Invalid expression.',
    ],
    [
      'an unknown target group',
      {
        services: [
          {
            ...web,
            hostPort: 0,
            more: {
              loadBalancers: [{ targetGroupArn: 'x', containerName: 'app', containerPort: 80 }],
            },
          },
        ],
      },
      'services[0].loadBalancers',
      'TargetGroupNotFound',
    ],
    [
      'a load balanced container that the task definition lacks',
      {
        services: [
          {
            ...web,
            more: {
              loadBalancers: [{ targetGroupArn: 'x', containerName: 'api', containerPort: 80 }],
            },
          },
        ],
      },
      'services[0].loadBalancers[0].containerName',
      '"api:80" is no container and port of',
    ],
    [
      'a machine registered twice',
      { instances: () => ({ ec2InstanceId: ec2Id(0) }) },
      'containerInstances[1].ec2InstanceId',
      'is registered twice',
    ],
    [
      'a container instance without a host',
      { fleet: { hosts: [] } },
      'containerInstances[0].ec2InstanceId',
      'is not in hosts',
    ],
  ];
  it.each(refused)('refuses %s', (_, sketch, path, message) => {
    let error: unknown;
    try {
      makeEcs(sketch);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FleetFileError);
    expect((error as FleetFileError).path).toBe(path);
    expect((error as FleetFileError).message).toContain(message);
  });
});

describe('the same seed', () => {
  const run = async (seed: number) => {
    const region = makeEcs({
      seed,
      zones: Array.from({ length: 12 }, (_, n) => `eu-west-1${'abc'[n % 3]}`),
      services: [
        { ...web, desiredCount: 20, deregistrationDelaySeconds: 60 },
        { name: 'log', daemon: true },
      ],
      options: { agentFlaps: { perHour: 30, minSeconds: 1, maxSeconds: 20 } },
    });
    await region.drain(0, 1, 2);
    await region.advance(1200);
    await region.activate(0, 1, 2);
    await region.drain(3, 4, 5);
    await region.advance(1200);
    return `${region.kernel.log.sha256()} ${JSON.stringify(region.emitted).length}`;
  };

  it('gives the same run; another seed another one', async () => {
    const first = await run(7);
    expect(await run(7)).toBe(first);
    expect(await run(8)).not.toBe(first);
  });
});
