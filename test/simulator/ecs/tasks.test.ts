// ListTasks, DescribeTasks, StopTask, and the life of one task.

import { describe, expect, it } from 'vitest';
import { definitionArn, ec2Id, instanceArn, makeEcs } from './support/ecs-region.ts';

const job = { name: 'job', desiredCount: 0 };
const web = { name: 'web', desiredCount: 3 };

const arns = (answer: Record<string, unknown>) => answer.taskArns as string[];

describe('ListTasks', () => {
  it('lists what is wanted RUNNING unless asked otherwise, starting tasks included', async () => {
    const region = makeEcs({ services: [web, job] });
    await region.ask('RunTask', { taskDefinition: 'job', startedBy: 'me' });
    expect(arns(await region.ask('ListTasks'))).toHaveLength(4);
    expect(arns(await region.ask('ListTasks', { desiredStatus: 'PENDING' }))).toEqual([]);
    expect(arns(await region.ask('ListTasks', { desiredStatus: 'STOPPED' }))).toEqual([]);
  });

  it('filters by service, family, startedBy and container instance', async () => {
    const region = makeEcs({ services: [web, job] });
    await region.ask('StartTask', {
      taskDefinition: 'job',
      startedBy: 'me',
      containerInstances: [instanceArn(1)],
    });
    const count = async (input: Record<string, unknown>) =>
      arns(await region.ask('ListTasks', input)).length;
    expect(await count({ serviceName: 'web' })).toBe(3);
    expect(await count({ family: 'job' })).toBe(1);
    expect(await count({ startedBy: 'me' })).toBe(1);
    expect(await count({ containerInstance: instanceArn(1) })).toBe(2);
    expect(await count({ containerInstance: instanceArn(1), serviceName: 'web' })).toBe(1);
    expect(await count({ launchType: 'FARGATE' })).toBe(0);
  });

  it('shows a stopped task for an hour', async () => {
    const region = makeEcs({ services: [job] });
    await region.ask('RunTask', { taskDefinition: 'job' });
    const [task] = arns(await region.ask('ListTasks'));
    await region.ask('StopTask', { task });
    await region.advance(3500);
    expect(arns(await region.ask('ListTasks', { desiredStatus: 'STOPPED' }))).toEqual([task]);
    await region.advance(200);
    expect(arns(await region.ask('ListTasks', { desiredStatus: 'STOPPED' }))).toEqual([]);
    expect((await region.ask('DescribeTasks', { tasks: [task] })).failures).toEqual([
      { arn: task, reason: 'MISSING' },
    ]);
  });

  it('may miss a new task for some seconds (fault ecs-list-misses-new-task)', async () => {
    const region = makeEcs({ services: [job], faults: [{ name: 'ecs-list-misses-new-task' }] });
    await region.ask('RunTask', { taskDefinition: 'job' });
    expect(arns(await region.ask('ListTasks'))).toEqual([]);
    await region.advance(11);
    expect(arns(await region.ask('ListTasks'))).toHaveLength(1);
  });

  it.each([
    [{ startedBy: 'x', family: 'y' }, 'InvalidParameterException'],
    [{ desiredStatus: 'GONE' }, 'InvalidParameterException'],
    [{ serviceName: 'nope' }, 'ServiceNotFoundException'],
    [{ containerInstance: 'nope' }, 'InvalidParameterException'],
    [{ maxResults: 101 }, 'InvalidParameterException'],
    [{ cluster: 'other' }, 'ClusterNotFoundException'],
  ])('refuses %j', async (input, code) => {
    expect((await makeEcs().refuse('ListTasks', input)).code).toBe(code);
  });
});

describe('DescribeTasks', () => {
  it('answers the shape of a service task', async () => {
    const region = makeEcs({ services: [{ ...web, hostPort: 0, healthCheckInterval: 15 }] });
    const [arn] = arns(await region.ask('ListTasks', { containerInstance: instanceArn(0) }));
    const { tasks } = await region.ask('DescribeTasks', { tasks: [arn] });
    const [service] = (await region.ask('DescribeServices', { services: ['web'] })).services as {
      deployments: { id: string }[];
    }[];
    expect(tasks).toEqual([
      expect.objectContaining({
        taskArn: arn,
        clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod',
        containerInstanceArn: instanceArn(0),
        taskDefinitionArn: definitionArn('web'),
        availabilityZone: 'eu-west-1a',
        group: 'service:web',
        startedBy: service?.deployments[0]?.id,
        launchType: 'EC2',
        lastStatus: 'RUNNING',
        desiredStatus: 'RUNNING',
        connectivity: 'CONNECTED',
        healthStatus: 'HEALTHY',
        cpu: '256',
        memory: '512',
        startedAt: expect.any(Number),
        version: 4,
        tags: [],
      }),
    ]);
    const [{ containers } = { containers: [] }] = tasks as { containers: unknown[] }[];
    expect(containers).toMatchObject([
      {
        name: 'app',
        lastStatus: 'RUNNING',
        networkBindings: [{ bindIP: '0.0.0.0', containerPort: 80, protocol: 'tcp' }],
      },
    ]);
    expect(service?.deployments[0]?.id).toMatch(/^ecs-svc\/\d{19}$/);
  });

  it.each([
    [{ tasks: [] }, 'Tasks cannot be empty.'],
    [{ tasks: Array(101).fill('x') }, 'taskIds can have at most 100 items.'],
  ])('refuses %j', async (input, message) => {
    expect((await makeEcs().refuse('DescribeTasks', input)).message).toBe(message);
  });
});

describe('the life of a task', () => {
  const statusesOf = (region: ReturnType<typeof makeEcs>) =>
    region
      .events('ECS Task State Change')
      .map(({ detail }) => `${detail.lastStatus}/${detail.desiredStatus} v${detail.version}`);

  it('goes from PENDING to RUNNING in 3 to 15 seconds, and every step is an event', async () => {
    const region = makeEcs({ services: [job] });
    const startedAt = region.kernel.clock.now();
    const answer = await region.ask('RunTask', { taskDefinition: 'job' });
    expect(answer.tasks).toMatchObject([{ lastStatus: 'PENDING', version: 1 }]);
    await region.runUntil(() => statusesOf(region).length === 3, 16);
    expect(region.kernel.clock.now() - startedAt).toBeGreaterThanOrEqual(3000);
    expect(statusesOf(region)).toEqual([
      'PENDING/RUNNING v1',
      'ACTIVATING/RUNNING v2',
      'RUNNING/RUNNING v3',
    ]);
    const { task } = await region.ask('StopTask', { task: arns(await region.ask('ListTasks'))[0] });
    expect(task).toMatchObject({ lastStatus: 'RUNNING', desiredStatus: 'STOPPED' });
    await region.advance(40);
    expect(statusesOf(region).slice(3)).toEqual([
      'RUNNING/STOPPED v4',
      'STOPPING/STOPPED v5',
      'STOPPED/STOPPED v6',
    ]);
  });

  it('with awsvpc has PROVISIONING before and DEPROVISIONING after', async () => {
    const definition = { networkMode: 'awsvpc' };
    const region = makeEcs({ services: [{ ...job, definition }] });
    await region.ask('RunTask', { taskDefinition: 'job' });
    await region.advance(30);
    await region.ask('StopTask', { task: arns(await region.ask('ListTasks'))[0] });
    await region.advance(60);
    expect(statusesOf(region).map((text) => text.split('/')[0])).toEqual(
      'PROVISIONING PENDING ACTIVATING RUNNING RUNNING STOPPING DEPROVISIONING STOPPED'.split(' '),
    );
  });

  it('ends within stopTimeout of SIGTERM, with 137 when it had to be killed', async () => {
    const region = makeEcs({
      services: [{ ...job, stopTimeout: 2 }],
      zones: Array(10).fill('eu-west-1a'),
    });
    for (let n = 0; n < 8; n++) await region.ask('RunTask', { taskDefinition: 'job', count: 10 });
    await region.advance(30);
    const tasks = arns(await region.ask('ListTasks'));
    for (const task of tasks) await region.ask('StopTask', { task });
    await region.advance(3);
    const ended = await region.ask('DescribeTasks', { tasks });
    const codes = (ended.tasks as { containers: { exitCode: number }[] }[]).map(
      ({ containers }) => containers[0]?.exitCode,
    );
    expect(new Set(codes)).toEqual(new Set([0, 137]));
    expect(region.ecs.world.tasksOn(ec2Id(0))).toEqual([]);
  });

  it('emits the documented members, with instants as ISO 8601', async () => {
    const region = makeEcs({ services: [job] });
    await region.ask('RunTask', { taskDefinition: 'job' });
    const [task] = region.events('ECS Task State Change');
    expect(task).toMatchObject({ source: 'aws.ecs', resources: [task?.detail.taskArn] });
    expect(task?.detail).toMatchObject({
      createdAt: '2026-11-24T02:00:00.000Z',
      updatedAt: '2026-11-24T02:00:00.000Z',
      group: 'family:job',
      launchType: 'EC2',
      overrides: { containerOverrides: [{ name: 'app' }] },
      version: 1,
    });
    expect(task?.detail).not.toHaveProperty('healthStatus');
    const [instance] = region.events('ECS Container Instance State Change');
    expect(instance?.detail).toMatchObject({
      agentConnected: true,
      clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod',
      status: 'ACTIVE',
      pendingTasksCount: 1,
      version: 2,
      registeredAt: '2026-10-25T02:00:00.000Z',
      updatedAt: '2026-11-24T02:00:00.000Z',
    });
  });
});

describe('StopTask', () => {
  it('of a service task: it is replaced', async () => {
    const region = makeEcs({ services: [web] });
    const [task] = arns(await region.ask('ListTasks'));
    await region.ask('StopTask', { task, reason: 'because' });
    await region.advance(120);
    expect(region.ecs.world.service('prod', 'web')).toMatchObject({
      runningCount: 3,
      steady: true,
    });
    const { tasks } = await region.ask('DescribeTasks', { tasks: [task] });
    expect(tasks).toMatchObject([{ stopCode: 'UserInitiated', stoppedReason: 'because' }]);
  });

  it('refuses a task that is not there', async () => {
    expect(await makeEcs().refuse('StopTask', { task: 'nope' })).toEqual({
      code: 'InvalidParameterException',
      message: 'The referenced task was not found.',
    });
  });
});
