// Amazon ECS: services, task definitions, tasks and their protection.

import {
  ClientException,
  ClusterNotFoundException,
  ConflictException,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  GetTaskProtectionCommand,
  InvalidParameterException,
  ListServicesCommand,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  ServiceNotFoundException,
  StartTaskCommand,
  StopTaskCommand,
  UpdateServiceCommand,
  UpdateTaskProtectionCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('ecs-tasks');
const ecs = stage.client(ECSClient);

const SERVICE = { needs: ['REMOTE_CLUSTER', 'REMOTE_SERVICE'] } as const;
const CHANGES_SERVICE = { ...SERVICE, isDestructive: true } as const;
const TASKS = { needs: ['REMOTE_CLUSTER', 'REMOTE_TASK_DEFINITION'] } as const;
const PLACED = {
  needs: ['REMOTE_CLUSTER', 'REMOTE_CONTAINER_INSTANCE', 'REMOTE_TASK_DEFINITION'],
} as const;
const CLUSTER = { needs: ['REMOTE_CLUSTER'] } as const;
const NO_CLUSTER = `${stage.prefix}-absent`;
const NO_ID = 'f'.repeat(32);

async function run(input: RunTaskCommandInput) {
  const answer = await ecs.send(new RunTaskCommand({ launchType: 'EC2', ...input }));
  for (const { taskArn } of answer.tasks ?? [])
    stage.afterwards(() =>
      ecs.send(new StopTaskCommand({ cluster: input.cluster, task: taskArn })),
    );
  return answer;
}

async function describeTask(cluster: string, task: string) {
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [task] }));
  return tasks?.[0];
}

async function serviceTasks(cluster: string, serviceName: string) {
  const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, serviceName }));
  return taskArns ?? [];
}

/** A task of the service that runs. */
async function runningTask(cluster: string, serviceName: string): Promise<string> {
  const tasks = await stage.eventually(
    () => serviceTasks(cluster, serviceName),
    (arns) => arns.length > 0,
  );
  await stage.eventually(
    () => describeTask(cluster, tasks[0]!),
    (task) => task?.lastStatus === 'RUNNING',
  );
  return tasks[0]!;
}

async function describeService(cluster: string, service: string) {
  const { services } = await ecs.send(
    new DescribeServicesCommand({ cluster, services: [service] }),
  );
  return services?.[0];
}

function protect(cluster: string, task: string, expiresInMinutes: number) {
  const off = { cluster, tasks: [task], protectionEnabled: false };
  stage.afterwards(() => ecs.send(new UpdateTaskProtectionCommand(off)));
  return ecs.send(
    new UpdateTaskProtectionCommand({ ...off, protectionEnabled: true, expiresInMinutes }),
  );
}

describe('serialization', () => {
  stage.test('ListServices and DescribeServices', SERVICE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const { serviceArns } = await ecs.send(new ListServicesCommand({ cluster }));
    expect(serviceArns?.length).toBeGreaterThan(0);
    await ecs.send(
      new ListServicesCommand({
        cluster,
        launchType: 'EC2',
        schedulingStrategy: 'REPLICA',
        maxResults: 100,
      }),
    );
    const { services, failures } = await ecs.send(
      new DescribeServicesCommand({
        cluster,
        services: [the.REMOTE_SERVICE, NO_CLUSTER],
        include: ['TAGS'],
      }),
    );
    expect(failures).toEqual([
      { arn: expect.stringMatching(`:service/.*${NO_CLUSTER}$`), reason: 'MISSING' },
    ]);
    expect(services?.[0]).toMatchObject({
      serviceName: the.REMOTE_SERVICE,
      status: 'ACTIVE',
      schedulingStrategy: 'REPLICA',
      desiredCount: expect.any(Number),
      runningCount: expect.any(Number),
      pendingCount: expect.any(Number),
      createdAt: expect.any(Date),
      deploymentConfiguration: {
        minimumHealthyPercent: expect.any(Number),
        maximumPercent: expect.any(Number),
      },
      deployments: expect.arrayContaining([
        expect.objectContaining({
          status: 'PRIMARY',
          rolloutState: expect.any(String),
          createdAt: expect.any(Date),
          updatedAt: expect.any(Date),
        }),
      ]),
      events: expect.any(Array),
      placementConstraints: expect.any(Array),
      placementStrategy: expect.any(Array),
    });
  });

  stage.test('DescribeTaskDefinition', TASKS, async (the) => {
    const taskDefinition = the.REMOTE_TASK_DEFINITION;
    const answer = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }),
    );
    expect(answer.taskDefinition).toMatchObject({
      taskDefinitionArn: expect.stringMatching(`:task-definition/${taskDefinition}$`),
      family: expect.any(String),
      revision: expect.any(Number),
      status: 'ACTIVE',
      containerDefinitions: expect.any(Array),
      compatibilities: expect.arrayContaining(['EC2']),
    });
    await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  });

  stage.test('ListTasks, DescribeTasks and protection of a service task', SERVICE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const task = await runningTask(cluster, the.REMOTE_SERVICE);
    await ecs.send(
      new ListTasksCommand({
        cluster,
        serviceName: the.REMOTE_SERVICE,
        desiredStatus: 'RUNNING',
        launchType: 'EC2',
        maxResults: 100,
      }),
    );
    const { tasks } = await ecs.send(
      new DescribeTasksCommand({ cluster, tasks: [task], include: ['TAGS'] }),
    );
    expect(tasks?.[0]).toMatchObject({
      taskArn: task,
      group: `service:${the.REMOTE_SERVICE}`,
      startedBy: expect.stringMatching(/^ecs-svc\/\d+$/),
      launchType: 'EC2',
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      connectivity: 'CONNECTED',
      createdAt: expect.any(Date),
      startedAt: expect.any(Date),
      version: expect.any(Number),
      availabilityZone: expect.any(String),
      containers: expect.any(Array),
      cpu: expect.stringMatching(/^\d+$/),
      memory: expect.stringMatching(/^\d+$/),
    });
    const protection = await protect(cluster, task, 5);
    expect(protection.protectedTasks?.[0]).toMatchObject({
      taskArn: task,
      protectionEnabled: true,
      expirationDate: expect.any(Date),
    });
    const got = await ecs.send(new GetTaskProtectionCommand({ cluster, tasks: [task, NO_ID] }));
    expect(got.protectedTasks).toHaveLength(1);
    expect(got.failures?.[0]).toMatchObject({ reason: 'MISSING' });
  });

  stage.test('RunTask and StopTask', TASKS, async (the) => {
    const { tasks, failures } = await run({
      cluster: the.REMOTE_CLUSTER,
      taskDefinition: the.REMOTE_TASK_DEFINITION,
      count: 1,
      startedBy: stage.prefix,
      group: stage.prefix,
      clientToken: `${stage.prefix}-once`,
      overrides: { containerOverrides: [] },
      placementConstraints: [{ type: 'distinctInstance' }],
      placementStrategy: [{ type: 'spread', field: 'instanceId' }],
      tags: [{ key: 'made-by', value: stage.prefix }],
    });
    expect(failures).toEqual([]);
    expect(tasks?.[0]).toMatchObject({
      startedBy: stage.prefix,
      group: stage.prefix,
      desiredStatus: 'RUNNING',
      lastStatus: expect.stringMatching(/^(PROVISIONING|PENDING)$/),
      createdAt: expect.any(Date),
    });
    const stopped = await ecs.send(
      new StopTaskCommand({
        cluster: the.REMOTE_CLUSTER,
        task: tasks?.[0]?.taskArn,
        reason: 'r'.repeat(100),
      }),
    );
    expect(stopped.task).toMatchObject({
      desiredStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'r'.repeat(100),
      stoppingAt: expect.any(Date),
    });
  });

  stage.test('StartTask', PLACED, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const { tasks, failures } = await ecs.send(
      new StartTaskCommand({
        cluster,
        taskDefinition: the.REMOTE_TASK_DEFINITION,
        containerInstances: [the.REMOTE_CONTAINER_INSTANCE, NO_ID],
        startedBy: stage.prefix,
      }),
    );
    stage.afterwards(() => ecs.send(new StopTaskCommand({ cluster, task: tasks?.[0]?.taskArn })));
    expect(tasks?.[0]?.containerInstanceArn).toBe(the.REMOTE_CONTAINER_INSTANCE);
    expect(failures?.[0]).toMatchObject({ reason: 'MISSING' });
  });

  stage.test('UpdateService, to what it has already', SERVICE, async (the) => {
    const before = await describeService(the.REMOTE_CLUSTER, the.REMOTE_SERVICE);
    const { service } = await ecs.send(
      new UpdateServiceCommand({
        cluster: the.REMOTE_CLUSTER,
        service: the.REMOTE_SERVICE,
        desiredCount: before?.desiredCount,
        taskDefinition: before?.taskDefinition,
        deploymentConfiguration: {
          minimumHealthyPercent: before?.deploymentConfiguration?.minimumHealthyPercent,
          maximumPercent: before?.deploymentConfiguration?.maximumPercent,
        },
      }),
    );
    expect(service).toMatchObject({
      serviceArn: before?.serviceArn,
      desiredCount: before?.desiredCount,
    });
  });
});

describe('validation', () => {
  stage.test('a cluster that does not exist', TASKS, async (the) => {
    const cluster = NO_CLUSTER;
    const taskDefinition = the.REMOTE_TASK_DEFINITION;
    await refused(
      ecs,
      ClusterNotFoundException,
      new ListServicesCommand({ cluster }),
      new DescribeServicesCommand({ cluster, services: ['a'] }),
      new ListTasksCommand({ cluster }),
      new DescribeTasksCommand({ cluster, tasks: [NO_ID] }),
      new GetTaskProtectionCommand({ cluster, tasks: [NO_ID] }),
      new UpdateTaskProtectionCommand({ cluster, tasks: [NO_ID], protectionEnabled: true }),
      new RunTaskCommand({ cluster, taskDefinition }),
      new StartTaskCommand({ cluster, taskDefinition, containerInstances: [NO_ID] }),
      new StopTaskCommand({ cluster, task: NO_ID }),
      new UpdateServiceCommand({ cluster, service: 'a' }),
    );
  });

  stage.test('numbers just inside and just outside', CLUSTER, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const ids = (count: number) =>
      Array.from({ length: count }, (_, n) => n.toString(16).padStart(32, 'e'));
    const services = (count: number) =>
      new DescribeServicesCommand({ cluster, services: ids(count) });
    const tasks = (count: number) => new DescribeTasksCommand({ cluster, tasks: ids(count) });
    const shielded = (count: number) =>
      new GetTaskProtectionCommand({ cluster, tasks: ids(count) });
    const shield = (count: number, expiresInMinutes = 1) =>
      new UpdateTaskProtectionCommand({
        cluster,
        tasks: ids(count),
        protectionEnabled: true,
        expiresInMinutes,
      });
    expect((await ecs.send(services(10))).failures).toHaveLength(10);
    expect((await ecs.send(tasks(100))).failures).toHaveLength(100);
    expect((await ecs.send(shielded(100))).failures).toHaveLength(100);
    expect((await ecs.send(shield(10, 2880))).failures).toHaveLength(10);
    await refused(
      ecs,
      InvalidParameterException,
      services(0),
      services(11),
      tasks(0),
      tasks(101),
      shielded(101),
      shield(0),
      shield(11),
      shield(1, 0),
      shield(1, 2881),
      new ListTasksCommand({ cluster, maxResults: 101 }),
      new ListServicesCommand({ cluster, maxResults: 101 }),
      new ListServicesCommand({ cluster, nextToken: 'none' }),
    );
  });

  stage.test('tasks: definitions, counts, tokens and texts', TASKS, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const taskDefinition = the.REMOTE_TASK_DEFINITION;
    const startedBy = 'x'.repeat(129);
    const containerInstances = [NO_ID];
    await refused(
      ecs,
      ClientException,
      new RunTaskCommand({ cluster, taskDefinition: NO_CLUSTER }),
      new StartTaskCommand({ cluster, taskDefinition: NO_CLUSTER, containerInstances }),
      new DescribeTaskDefinitionCommand({ taskDefinition: NO_CLUSTER }),
    );
    await refused(
      ecs,
      InvalidParameterException,
      new RunTaskCommand({ cluster, taskDefinition, count: 0 }),
      new RunTaskCommand({ cluster, taskDefinition, count: 11 }),
      new RunTaskCommand({ cluster, taskDefinition, startedBy }),
      new StartTaskCommand({ cluster, taskDefinition, containerInstances: [] }),
      new StopTaskCommand({ cluster, task: NO_ID }),
      new StopTaskCommand({ cluster, task: NO_ID, reason: 'r'.repeat(1025) }),
    );
    const clientToken = `${stage.prefix}-conflict`;
    await run({ cluster, taskDefinition, clientToken });
    const other = new RunTaskCommand({ cluster, taskDefinition, clientToken, count: 2 });
    await refused(ecs, ConflictException, other);
  });

  stage.test('services and what may filter tasks', SERVICE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    await refused(
      ecs,
      ServiceNotFoundException,
      new UpdateServiceCommand({ cluster, service: NO_CLUSTER }),
      new ListTasksCommand({ cluster, serviceName: NO_CLUSTER }),
    );
    await refused(
      ecs,
      InvalidParameterException,
      new ListTasksCommand({ cluster, startedBy: 'a', family: 'b' }),
      new ListTasksCommand({ cluster, containerInstance: NO_ID }),
      new UpdateServiceCommand({ cluster, service: the.REMOTE_SERVICE, desiredCount: -1 }),
    );
  });
});

describe('behaviour', () => {
  stage.test('a task that is run goes through its statuses, and is stopped', TASKS, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const taskDefinition = the.REMOTE_TASK_DEFINITION;
    const clientToken = `${stage.prefix}-idempotent`;
    const startedBy = `${stage.prefix}-run`;
    const first = await run({ cluster, taskDefinition, clientToken, startedBy });
    const task = first.tasks![0]!.taskArn!;
    const again = await run({ cluster, taskDefinition, clientToken, startedBy });
    expect(again.tasks?.[0]?.taskArn).toBe(task);
    const running = await stage.eventually(
      () => describeTask(cluster, task),
      (one) => one?.lastStatus === 'RUNNING',
    );
    expect(running!.startedAt!.getTime()).toBeGreaterThanOrEqual(running!.createdAt!.getTime());
    const { taskDefinition: definition } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition }),
    );
    expect(running?.taskDefinitionArn).toBe(definition?.taskDefinitionArn);
    const listed = await ecs.send(new ListTasksCommand({ cluster, startedBy }));
    expect(listed.taskArns).toEqual([task]);
    await ecs.send(new StopTaskCommand({ cluster, task, reason: stage.prefix }));
    const stopped = await stage.eventually(
      () => describeTask(cluster, task),
      (one) => one?.lastStatus === 'STOPPED',
    );
    expect(stopped).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: stage.prefix,
      stoppedAt: expect.any(Date),
    });
    expect((await ecs.send(new ListTasksCommand({ cluster, startedBy }))).taskArns).toEqual([]);
    const over = await ecs.send(
      new ListTasksCommand({ cluster, startedBy, desiredStatus: 'STOPPED' }),
    );
    expect(over.taskArns).toEqual([task]);
  });

  stage.test('a task that is started is counted where it runs', PLACED, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const containerInstance = the.REMOTE_CONTAINER_INSTANCE;
    const { tasks } = await ecs.send(
      new StartTaskCommand({
        cluster,
        taskDefinition: the.REMOTE_TASK_DEFINITION,
        containerInstances: [containerInstance],
      }),
    );
    const task = tasks![0]!.taskArn!;
    stage.afterwards(() => ecs.send(new StopTaskCommand({ cluster, task })));
    const { items } = await allPages(
      (nextToken) =>
        ecs.send(new ListTasksCommand({ cluster, containerInstance, maxResults: 1, nextToken })),
      ({ taskArns }) => taskArns,
      ({ nextToken }) => nextToken,
    );
    expect(items).toContain(task);
    expect(new Set(items).size).toBe(items.length);
    const protection = await ecs.send(
      new UpdateTaskProtectionCommand({ cluster, tasks: [task], protectionEnabled: true }),
    );
    expect(protection.failures?.[0]).toMatchObject({ arn: task, reason: 'TASK_NOT_VALID' });
  });

  stage.test('protection is seen until it is taken away', SERVICE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const task = await runningTask(cluster, the.REMOTE_SERVICE);
    const { protectedTasks } = await protect(cluster, task, 60);
    const get = async () => {
      const answer = await ecs.send(new GetTaskProtectionCommand({ cluster, tasks: [task] }));
      return answer.protectedTasks?.[0];
    };
    expect((await get())?.expirationDate).toEqual(protectedTasks?.[0]?.expirationDate);
    await ecs.send(
      new UpdateTaskProtectionCommand({ cluster, tasks: [task], protectionEnabled: false }),
    );
    expect(await get()).toEqual({ taskArn: task, protectionEnabled: false });
  });

  stage.test('a service that shall have one task more gets it', CHANGES_SERVICE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const service = the.REMOTE_SERVICE;
    const before = (await describeService(cluster, service))!.desiredCount!;
    const back = () =>
      ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: before }));
    stage.afterwards(back);
    await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: before + 1 }));
    const grown = () => serviceTasks(cluster, service);
    await stage.eventually(grown, (tasks) => tasks.length === before + 1);
    await back();
    await stage.eventually(grown, (tasks) => tasks.length === before, { withinSeconds: 600 });
    const { items } = await allPages(
      (nextToken) => ecs.send(new ListServicesCommand({ cluster, maxResults: 1, nextToken })),
      ({ serviceArns }) => serviceArns,
      ({ nextToken }) => nextToken,
    );
    expect(items).toContain((await describeService(cluster, service))?.serviceArn);
  });
});

stage.proveComplete();
