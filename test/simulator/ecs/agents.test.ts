// Agents and hosts: reboots, ends of machines, new machines, and the flaps of normal operation.

import { describe, expect, it } from 'vitest';
import { ec2Id, instanceArn, makeEcs } from './support/ecs-region.ts';

const AGENT = { agentVersion: '1.99.0', dockerVersion: '26.0.0' };

describe('a host that goes down', () => {
  const down = (region: ReturnType<typeof makeEcs>) =>
    region.kernel.signals.emit('host-down', { ec2InstanceId: ec2Id(0), why: 'reboot' });
  const up = (region: ReturnType<typeof makeEcs>) =>
    region.kernel.signals.emit('ecs-agent-up', { ec2InstanceId: ec2Id(0), ...AGENT });

  it('leaves its tasks RUNNING for ECS; nothing is rescheduled until the agent is back', async () => {
    const region = makeEcs({ services: [{ name: 'web', desiredCount: 3 }] });
    down(region);
    await region.advance(3600);
    expect(region.ecs.world.tasksOn(ec2Id(0))).toMatchObject([
      { lastStatus: 'RUNNING', alive: false },
    ]);
    expect(region.ecs.world.service('prod', 'web')).toMatchObject({
      runningCount: 3,
      aliveCount: 2,
    });
    up(region);
    await region.advance(120);
    const stopped = region.ecs.world
      .tasks('prod')
      .filter(({ lastStatus }) => lastStatus === 'STOPPED');
    expect(stopped).toHaveLength(1);
    expect(region.ecs.world.service('prod', 'web')).toMatchObject({ aliveCount: 3, steady: true });
  });

  it('comes back as the same container instance, with the versions its agent reports', async () => {
    const region = makeEcs();
    down(region);
    expect(region.ecs.world.containerInstanceOn(ec2Id(0))).toMatchObject({
      agentConnected: false,
      version: 2,
    });
    await region.advance(60);
    up(region);
    const containerInstances = [instanceArn(0)];
    const answer = await region.ask('DescribeContainerInstances', { containerInstances });
    expect(answer.containerInstances).toMatchObject([
      {
        agentConnected: true,
        version: 3,
        versionInfo: { agentVersion: '1.99.0', dockerVersion: 'DockerVersion: 26.0.0' },
      },
    ]);
    const flips = region
      .events('ECS Container Instance State Change')
      .map(({ detail }) => `${detail.agentConnected} v${detail.version}`);
    expect(flips).toEqual(['false v2', 'true v3']);
  });

  it('reports a leftover standalone task as STOPPED when its agent is back', async () => {
    const region = makeEcs({ services: [{ name: 'job', desiredCount: 0 }] });
    await region.ask('StartTask', { taskDefinition: 'job', containerInstances: [instanceArn(0)] });
    await region.advance(30);
    await region.drain(0);
    down(region);
    await region.advance(60);
    up(region);
    await region.advance(5);
    const [task] = region.ecs.world.tasks('prod');
    expect(task).toMatchObject({ lastStatus: 'STOPPED' });
    const { tasks } = await region.ask('DescribeTasks', { tasks: [task?.taskArn] });
    expect(tasks).toMatchObject([
      {
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        containers: [{ exitCode: 137 }],
      },
    ]);
  });

  it('starts its daemons again', async () => {
    const region = makeEcs({ services: [{ name: 'log', daemon: true }] });
    down(region);
    await region.advance(60);
    up(region);
    await region.advance(90);
    expect(region.statuses('log', 0)).toEqual({ 'RUNNING RUNNING': 1 });
    expect(region.ecs.world.service('prod', 'log')).toMatchObject({ aliveCount: 3, steady: true });
  });

  it('may register as a new container instance; the old one stays, disconnected', async () => {
    const region = makeEcs({ services: [{ name: 'web', desiredCount: 3 }] });
    await region.drain(0);
    down(region);
    await region.advance(60);
    region.kernel.signals.emit('ecs-agent-up', {
      ec2InstanceId: ec2Id(0),
      ...AGENT,
      newRegistration: true,
    });
    const all = region.ecs.world
      .containerInstances('prod')
      .filter((each) => each.ec2InstanceId === ec2Id(0));
    expect(all).toMatchObject([
      { status: 'DRAINING', agentConnected: false, containerInstanceArn: instanceArn(0) },
      { status: 'ACTIVE', agentConnected: true },
    ]);
  });
});

describe('a machine that is terminated', () => {
  it('with a connected agent is deregistered within a minute; its tasks are replaced', async () => {
    const region = makeEcs({ services: [{ name: 'web', desiredCount: 3 }] });
    const [lost] = region.ecs.world.tasksOn(ec2Id(0));
    region.kernel.signals.emit('host-down', { ec2InstanceId: ec2Id(0), why: 'terminate' });
    region.kernel.signals.emit('instance-terminated', { ec2InstanceId: ec2Id(0), why: 'spot' });
    await region.advance(200);
    expect(region.ecs.world.containerInstances('prod')[0]).toMatchObject({ status: 'INACTIVE' });
    expect(region.ecs.world.service('prod', 'web')).toMatchObject({
      runningCount: 3,
      steady: true,
    });
    const { tasks } = await region.ask('DescribeTasks', { tasks: [lost?.taskArn] });
    expect(tasks).toMatchObject([
      {
        lastStatus: 'STOPPED',
        stopCode: 'TerminationNotice',
        stoppedReason: `Host EC2 (instance ${ec2Id(0)}) terminated.`,
      },
    ]);
  });

  it('with a disconnected agent stays registered; its tasks end all the same', async () => {
    const region = makeEcs({ services: [{ name: 'web', desiredCount: 3 }] });
    region.kernel.signals.emit('host-down', { ec2InstanceId: ec2Id(0), why: 'crash' });
    await region.advance(600);
    region.kernel.signals.emit('instance-terminated', { ec2InstanceId: ec2Id(0), why: 'request' });
    await region.advance(200);
    expect(region.ecs.world.containerInstances('prod')[0]).toMatchObject({
      status: 'ACTIVE',
      agentConnected: false,
      runningTasksCount: 0,
    });
    expect(region.ecs.world.service('prod', 'web')).toMatchObject({ aliveCount: 3, steady: true });
  });
});

describe('registerContainerInstance()', () => {
  it('makes a launched machine a place for tasks', async () => {
    const region = makeEcs({
      zones: ['eu-west-1a'],
      services: [{ name: 'web', desiredCount: 2, cpu: 3000 }],
    });
    await region.advance(60);
    region.hosts.set(ec2Id(9), {
      availabilityZone: 'eu-west-1b',
      instanceType: 'm7g.xlarge',
      tags: [],
      state: 'running',
      variant: 'aws-ecs-2',
    });
    region.kernel.signals.emit('ecs-agent-up', { ec2InstanceId: ec2Id(9), ...AGENT });
    const arn = region.ecs.registerContainerInstance('prod', ec2Id(9));
    await region.advance(60);
    expect(region.statuses('web')).toEqual({ 'RUNNING RUNNING': 2 });
    const answer = await region.ask('DescribeContainerInstances', { containerInstances: [arn] });
    expect(answer.containerInstances).toMatchObject([
      {
        ec2InstanceId: ec2Id(9),
        versionInfo: { agentVersion: '1.99.0' },
        attributes: expect.arrayContaining([{ name: 'ecs.cpu-architecture', value: 'arm64' }]),
        registeredAt: region.kernel.clock.now() / 1000 - 60,
      },
    ]);
  });

  it('registers what others of its type have', async () => {
    const size = [
      { name: 'CPU', integerValue: 500 },
      { name: 'MEMORY', integerValue: 600 },
    ];
    const instanceType = 'x9zz.huge';
    const region = makeEcs({ instanceType, instances: () => ({ registeredResources: size }) });
    region.hosts.set(ec2Id(9), {
      ...{ availabilityZone: 'eu-west-1b', instanceType, tags: [], state: 'running' },
      variant: 'aws-ecs-2',
    });
    const arn = region.ecs.registerContainerInstance('prod', ec2Id(9));
    const answer = await region.ask('DescribeContainerInstances', { containerInstances: [arn] });
    expect(answer.containerInstances).toMatchObject([
      {
        registeredResources: expect.arrayContaining(
          size.map((one) => expect.objectContaining(one)),
        ),
      },
    ]);
  });
});

describe('agent flaps', () => {
  it('happen about three times an hour per agent, for 1 to 20 seconds, and harm nothing', async () => {
    const region = makeEcs({
      zones: Array(50).fill('eu-west-1a'),
      services: [{ name: 'web', desiredCount: 50 }],
      options: { agentFlaps: { perHour: 3, minSeconds: 1, maxSeconds: 20 } },
    });
    await region.advance(10 * 3600);
    const away = region.logged.filter(({ name }) => name === 'agent-disconnected');
    expect(away.length / 500).toBeGreaterThan(2.7);
    expect(away.length / 500).toBeLessThan(3.3);
    expect(region.logged.some(({ name }) => name === 'task-stopping')).toBe(false);
  });

  it('delay what the agent must do until it is connected again', async () => {
    const region = makeEcs({ services: [{ name: 'job', desiredCount: 0 }] });
    await region.ask('StartTask', { taskDefinition: 'job', containerInstances: [instanceArn(0)] });
    region.kernel.signals.emit('ecs-agent-down', { ec2InstanceId: ec2Id(0) });
    await region.advance(60);
    expect(region.ecs.world.tasksOn(ec2Id(0))).toMatchObject([{ lastStatus: 'PENDING' }]);
    region.kernel.signals.emit('ecs-agent-up', { ec2InstanceId: ec2Id(0), ...AGENT });
    await region.advance(20);
    expect(region.ecs.world.tasksOn(ec2Id(0))).toMatchObject([{ lastStatus: 'RUNNING' }]);
  });
});

describe('tasks-changed', () => {
  it('tells how many tasks but daemons an instance has', async () => {
    const region = makeEcs({
      zones: ['eu-west-1a', 'eu-west-1a'],
      services: [
        { name: 'web', desiredCount: 2, min: 50 },
        { name: 'log', daemon: true },
      ],
    });
    const told: number[] = [];
    region.kernel.signals.on('tasks-changed', ({ ec2InstanceId, nonDaemonTasks }) => {
      if (ec2InstanceId === ec2Id(0)) told.push(nonDaemonTasks);
    });
    await region.drain(0);
    await region.advance(120);
    expect(told).toEqual([0]);
  });
});
