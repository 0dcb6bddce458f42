// Draining: which tasks leave, when, and what keeps them.

import { describe, expect, it } from 'vitest';
import { ec2Id, makeEcs, type ServiceSketch, targetGroupArn } from './support/ecs-region.ts';

const ZONE = 'eu-west-1a';

/**
 * Least and most tasks of the service that were running and healthy, or not stopped at all, while
 * time passed.
 */
async function watch(region: ReturnType<typeof makeEcs>, service: string, seconds: number) {
  const seen = { leastRunning: Number.POSITIVE_INFINITY, most: 0 };
  const look = () => {
    const tasks = region.ecs.world.tasks('prod').filter((task) => task.serviceName === service);
    const wanted = tasks.filter((task) => task.lastStatus === 'RUNNING' && task.healthy);
    seen.leastRunning = Math.min(seen.leastRunning, wanted.length);
    seen.most = Math.max(seen.most, tasks.filter((task) => task.lastStatus !== 'STOPPED').length);
  };
  region.kernel.log.subscribe(look);
  await region.advance(seconds);
  look();
  return seen;
}

describe('a drain with spare capacity', () => {
  const rows: [string, ServiceSketch, { leastRunning: number; most: number; left: number }][] = [
    [
      'desired 4, min 50, max 200',
      { name: 'web', desiredCount: 4, min: 50, max: 200 },
      { leastRunning: 2, most: 8, left: 0 },
    ],
    [
      'desired 4, min 50, max 100',
      { name: 'web', desiredCount: 4, min: 50, max: 100 },
      { leastRunning: 2, most: 4, left: 0 },
    ],
    [
      'desired 4, min 100, max 200',
      { name: 'web', desiredCount: 4, min: 100, max: 200 },
      { leastRunning: 4, most: 8, left: 0 },
    ],
    [
      'desired 4, min 100, max 150',
      { name: 'web', desiredCount: 4, min: 100, max: 150 },
      { leastRunning: 4, most: 6, left: 0 },
    ],
    [
      'desired 4, min = max = 100',
      { name: 'web', desiredCount: 4, min: 100, max: 100 },
      { leastRunning: 4, most: 4, left: 4 },
    ],
    [
      'desired 2, min 75 (rounds up to 2), max 100',
      { name: 'web', desiredCount: 2, min: 75, max: 100 },
      { leastRunning: 2, most: 2, left: 2 },
    ],
    [
      'desired 3, min 100, max 125 (rounds down to 3)',
      { name: 'web', desiredCount: 3, min: 100, max: 125 },
      { leastRunning: 3, most: 3, left: 3 },
    ],
    [
      'desired 1, min 0, max 100',
      { name: 'web', desiredCount: 1, min: 0, max: 100 },
      { leastRunning: 0, most: 1, left: 0 },
    ],
  ];
  it.each(rows)('%s', async (_, service, expected) => {
    // All tasks start on machine 0, because the others are DRAINING when the fleet is loaded.
    const region = makeEcs({
      zones: [ZONE, ZONE, ZONE],
      services: [service],
      instances: (n) => (n === 0 ? {} : { status: 'DRAINING' }),
    });
    await region.activate(1, 2);
    await region.drain(0);
    const { leastRunning, most } = await watch(region, 'web', 900);
    const left = region.ecs.world.tasksOn(ec2Id(0)).length;
    expect({ leastRunning, most, left }).toEqual(expected);
  });
});

describe('replacements', () => {
  it('count as healthy 40 seconds after RUNNING when there is no health check', async () => {
    const region = makeEcs({ zones: [ZONE, ZONE], services: [{ name: 'web', desiredCount: 1 }] });
    const [task] = region.ecs.world.tasks('prod');
    const n = task?.ec2InstanceId === ec2Id(0) ? 0 : 1;
    await region.drain(n);
    await region.runUntil(() => region.statuses('web')['RUNNING RUNNING'] === 2);
    const runningAt = region.kernel.clock.now();
    await region.runUntil(() => region.logged.some(({ name }) => name === 'task-stopping'));
    const waitedSeconds = (region.kernel.clock.now() - runningAt) / 1000;
    expect(waitedSeconds).toBeGreaterThanOrEqual(40);
    expect(waitedSeconds).toBeLessThan(42);
  });

  it('count as healthy after the first container health check', async () => {
    const web = { name: 'web', desiredCount: 1, healthCheckInterval: 10 };
    const region = makeEcs({ zones: [ZONE, ZONE], services: [web] });
    const [task] = region.ecs.world.tasks('prod');
    await region.drain(task?.ec2InstanceId === ec2Id(0) ? 0 : 1);
    await region.runUntil(() => region.statuses('web')['RUNNING RUNNING'] === 2);
    const runningAt = region.kernel.clock.now();
    await region.runUntil(() => region.logged.some(({ name }) => name === 'task-stopping'));
    expect((region.kernel.clock.now() - runningAt) / 1000).toBeLessThan(12);
  });

  it('count as moves, and a drain creates no deployment', async () => {
    const web = { name: 'web', desiredCount: 6 };
    const region = makeEcs({ services: [web] });
    await region.drain(0);
    await region.advance(300);
    const { services } = await region.ask('DescribeServices', { services: ['web'] });
    const [found] = services as { deployments: { rolloutState: string }[]; serviceArn: string }[];
    expect(found?.deployments).toMatchObject([{ status: 'PRIMARY', rolloutState: 'COMPLETED' }]);
    expect(region.ecs.world.taskMoves.get(found?.serviceArn ?? '')).toBe(2);
  });
});

describe('a task behind a load balancer', () => {
  const web = { name: 'web', desiredCount: 2, min: 50, max: 200, deregistrationDelaySeconds: 300 };

  it('stays DEACTIVATING for the deregistration delay before it gets SIGTERM', async () => {
    const region = makeEcs({ zones: [ZONE, ZONE], services: [web] });
    await region.drain(0);
    await region.runUntil(() => region.statuses('web', 0)['DEACTIVATING STOPPED'] === 1);
    const startedAt = region.kernel.clock.now();
    await region.runUntil(() => region.statuses('web', 0)['STOPPING STOPPED'] === 1);
    const seconds = (region.kernel.clock.now() - startedAt) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(300);
    expect(seconds).toBeLessThan(302);
    await region.runUntil(() => region.ecs.world.tasksOn(ec2Id(0)).length === 0, 31);
  });

  it('is shown as gone by the default ListTasks and runningTasksCount while it still runs', async () => {
    const region = makeEcs({ zones: [ZONE, ZONE], services: [web] });
    await region.drain(0);
    await region.runUntil(() => region.statuses('web', 0)['DEACTIVATING STOPPED'] === 1);
    const containerInstance = region.ecs.world.containerInstanceOn(ec2Id(0))?.containerInstanceArn;
    const running = await region.ask('ListTasks', { containerInstance });
    const stopped = await region.ask('ListTasks', { containerInstance, desiredStatus: 'STOPPED' });
    expect(running.taskArns).toEqual([]);
    expect(stopped.taskArns).toHaveLength(1);
    expect(region.ecs.world.containerInstanceOn(ec2Id(0))?.runningTasksCount).toBe(0);
    expect(region.ecs.world.tasksOn(ec2Id(0))[0]?.alive).toBe(true);
  });

  it('is replaced first at min 100, and leaves only when the new target is healthy', async () => {
    const region = makeEcs({ zones: [ZONE, ZONE], services: [{ ...web, min: 100 }] });
    await region.drain(0);
    await region.runUntil(() => region.statuses('web', 0)['DEACTIVATING STOPPED'] === 1);
    expect(region.statuses('web', 1)).toEqual({ 'RUNNING RUNNING': 2 });
    const healthy = region.logged.filter(({ name }) => name === 'target-healthy');
    expect(healthy).toHaveLength(1);
    const group = targetGroupArn('web');
    expect((await region.messages('web')).map((text) => text.replace(/ \(task.*/, ''))).toEqual([
      '(service web) has begun draining connections on 1 tasks.',
      `(service web) deregistered 1 targets in (target-group ${group})`,
      '(service web) has stopped 1 running tasks:',
      `(service web) registered 1 targets in (target-group ${group})`,
      '(service web) has started 1 tasks:',
    ]);
  });
});

describe('what keeps a drain from ending', () => {
  it('no spare capacity: the placement failure is an event of the service, told once', async () => {
    const web = { name: 'web', desiredCount: 2, cpu: 3000, min: 100, max: 200 };
    const region = makeEcs({ zones: [ZONE, ZONE], services: [web] });
    await region.drain(0);
    await region.advance(1800);
    expect(region.statuses('web', 0)).toEqual({ 'RUNNING RUNNING': 1 });
    const messages = await region.messages('web');
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(
      /^\(service web\) was unable to place a task because no container instance met all of its requirements\. The closest matching \(container-instance [0-9a-f]{32}\) has insufficient CPU units available\./,
    );
    const failures = region
      .events('ECS Service Action')
      .filter(({ detail }) => detail.eventName === 'SERVICE_TASK_PLACEMENT_FAILURE');
    expect(failures).toMatchObject([{ detail: { eventType: 'ERROR', reason: 'RESOURCE:CPU' } }]);
  });

  it('a static host port: there must be an instance where it is free', async () => {
    const web = { name: 'web', desiredCount: 2, hostPort: 8080 };
    const region = makeEcs({ zones: [ZONE, ZONE], services: [web] });
    await region.drain(0);
    await region.advance(600);
    expect(region.statuses('web', 0)).toEqual({ 'RUNNING RUNNING': 1 });
    expect((await region.messages('web'))[0]).toContain(
      'is already using a port required by your task.',
    );
  });

  it('one zone: with a constraint on the drained zone there is nowhere to go', async () => {
    const expression = 'attribute:ecs.availability-zone == eu-west-1a';
    const placementConstraints = [{ type: 'memberOf', expression }];
    const web = { name: 'web', desiredCount: 2, more: { placementConstraints } };
    const region = makeEcs({ services: [web] });
    await region.drain(0);
    await region.advance(600);
    expect(region.statuses('web', 0)).toEqual({ 'RUNNING RUNNING': 2 });
    expect((await region.messages('web'))[0]).toContain(
      'encountered error "MemberOf placement constraint unsatisfied."',
    );
  });

  it('min = max = 100 is told as an event', async () => {
    const web = { name: 'web', desiredCount: 3, min: 100, max: 100 };
    const region = makeEcs({ services: [web] });
    await region.drain(0);
    await region.advance(60);
    expect((await region.messages('web'))[0]).toContain('was unable to stop or start tasks');
  });

  it('capacity that appears later is used at once', async () => {
    const web = { name: 'web', desiredCount: 2, cpu: 3000 };
    const region = makeEcs({
      zones: [ZONE, ZONE, ZONE],
      services: [web],
      instances: (n) => (n === 2 ? { status: 'DRAINING' } : {}),
    });
    await region.drain(0);
    await region.advance(600);
    expect(region.statuses('web', 0)).toEqual({ 'RUNNING RUNNING': 1 });
    await region.activate(2);
    await region.runUntil(() => region.ecs.world.tasksOn(ec2Id(0)).length === 0, 120);
  });
});

describe('tasks that are not replaced', () => {
  it('standalone tasks are untouched; one may end by itself', async () => {
    const region = makeEcs({ services: [{ name: 'job', desiredCount: 0 }] });
    await region.ask('StartTask', { taskDefinition: 'job', containerInstances: [idOf(0)] });
    await region.advance(30);
    await region.drain(0);
    await region.advance(3600);
    const [task] = region.ecs.world.tasksOn(ec2Id(0));
    expect(task).toMatchObject({ lastStatus: 'RUNNING', desiredStatus: 'RUNNING' });
  });

  it('service tasks in PENDING are stopped immediately, before any replacement runs', async () => {
    const region = makeEcs({ zones: [ZONE, ZONE], services: [{ name: 'web', desiredCount: 0 }] });
    await region.ask('UpdateService', { service: 'web', desiredCount: 2 });
    await region.runUntil(() => region.statuses('web', 0)['PENDING RUNNING'] === 1);
    await region.drain(0);
    await region.runUntil(() => region.ecs.world.tasksOn(ec2Id(0)).length === 0, 4);
  });

  it('a protected task stays, its replacement starts; when protection ends it goes', async () => {
    const region = makeEcs({ zones: [ZONE, ZONE], services: [{ name: 'web', desiredCount: 2 }] });
    const [task] = region.ecs.world.tasksOn(ec2Id(0));
    const tasks = [task?.taskArn];
    await region.ask('UpdateTaskProtection', {
      tasks,
      protectionEnabled: true,
      expiresInMinutes: 30,
    });
    await region.drain(0);
    await region.advance(1700);
    expect(region.statuses('web', 0)).toEqual({ 'RUNNING RUNNING': 1 });
    expect(region.statuses('web', 1)).toEqual({ 'RUNNING RUNNING': 2 });
    await region.advance(160);
    expect(region.ecs.world.tasksOn(ec2Id(0))).toEqual([]);
  });

  it('protection is ignored where the run says so, by option or by fault', async () => {
    const sketch = { zones: [ZONE, ZONE], services: [{ name: 'web', desiredCount: 2 }] };
    const fault = { name: 'drain-ignores-task-protection' };
    for (const more of [{ options: { drainHonoursProtection: false } }, { faults: [fault] }]) {
      const region = makeEcs({ ...sketch, ...more });
      const [task] = region.ecs.world.tasksOn(ec2Id(0));
      const tasks = [task?.taskArn];
      await region.ask('UpdateTaskProtection', { tasks, protectionEnabled: true });
      await region.drain(0);
      await region.advance(300);
      expect(region.ecs.world.tasksOn(ec2Id(0))).toEqual([]);
    }
  });
});

describe('daemons', () => {
  const log = { name: 'log', daemon: true };

  it('stop last, after the replicas have left RUNNING, and come back first', async () => {
    const web = { name: 'web', desiredCount: 3, min: 50 };
    const region = makeEcs({ services: [web, log] });
    await region.drain(0);
    await region.runUntil(() => (region.statuses('log', 0)['RUNNING STOPPED'] ?? 0) > 0);
    expect(region.statuses('web', 0)['RUNNING RUNNING']).toBeUndefined();
    expect(region.statuses('web', 0)['RUNNING STOPPED']).toBeUndefined();
    await region.runUntil(() => region.ecs.world.tasksOn(ec2Id(0)).length === 0, 120);
    await region.activate(0);
    expect(region.statuses('log', 0)).toEqual({ 'PENDING RUNNING': 1 });
  });

  it('are one per eligible instance, and none is placed on a DRAINING one', async () => {
    const placementConstraints = [
      { type: 'memberOf', expression: 'attribute:bottlerocket.variant exists' },
    ];
    const region = makeEcs({ services: [{ ...log, more: { placementConstraints } }] });
    expect(region.ecs.world.service('prod', 'log')).toMatchObject({
      desiredCount: 3,
      runningCount: 3,
    });
    await region.drain(0);
    await region.advance(120);
    expect(region.ecs.world.service('prod', 'log')).toMatchObject({
      desiredCount: 2,
      runningCount: 2,
    });
  });
});

describe('ACTIVE again in the middle of a drain', () => {
  it('stops no further task; those stopping go on; nothing moves back', async () => {
    const web = { name: 'web', desiredCount: 4, min: 100, max: 125 };
    const region = makeEcs({
      zones: [ZONE, ZONE],
      services: [web],
      instances: (n) => (n === 1 ? { status: 'DRAINING' } : {}),
    });
    await region.activate(1);
    await region.drain(0);
    await region.runUntil(() => (region.statuses('web', 0)['RUNNING STOPPED'] ?? 0) === 1);
    await region.activate(0);
    await region.advance(900);
    expect(region.statuses('web', 0)).toEqual({ 'RUNNING RUNNING': 3 });
    expect(region.statuses('web', 1)).toEqual({ 'RUNNING RUNNING': 1 });
  });
});

function idOf(n: number): string {
  return n.toString(16).padStart(32, '0');
}
