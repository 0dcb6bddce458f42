// The plan: a verdict for every container instance that was asked, waves of those selected, sizes of the whole cluster.

import { describe, expect, it } from 'vitest';
import { drainImpossible } from '../../../functions/core/drain.ts';
import type { Task } from '../../../functions/core/model.ts';
import {
  type Asked,
  movableServices,
  type PlanInput,
  planRollout,
} from '../../../functions/core/plan.ts';
import {
  byName,
  containerInstanceArn,
  hostOf,
  NOW,
  policyOf,
  serviceOf,
  taskOf,
} from './samples.ts';

function askedOf(id: string, over: Partial<Asked> = {}): Asked {
  return {
    ec2InstanceId: `i-${id}`,
    containerInstanceArn: containerInstanceArn(id),
    availabilityZone: 'eu-west-1a',
    image: 'aws-ecs-2/x86_64',
    report: hostOf('1.64.0', '1.65.0'),
    ...over,
  };
}

function on(id: string, serviceName?: string, over: Partial<Task> = {}): Task {
  return taskOf({ containerInstanceArn: containerInstanceArn(id), serviceName, ...over });
}

function planOf(over: Partial<PlanInput> = {}) {
  return planRollout({
    now: NOW,
    policy: policyOf(),
    asked: [askedOf('1'), askedOf('2'), askedOf('3')],
    zones: ['eu-west-1a', 'eu-west-1a', 'eu-west-1b', 'eu-west-1b'],
    tasks: [],
    services: [],
    knownVersions: new Map(),
    ...over,
  });
}

describe('planRollout()', () => {
  it('planRollout() selects, pins and forms waves', () => {
    const plan = planOf();
    expect(plan.targets).toEqual(
      new Map([
        [
          'aws-ecs-2/x86_64',
          { kind: 'pinned', version: '1.65.0', reason: 'the newest version offered' },
        ],
      ]),
    );
    expect(plan.waves.map((wave) => wave.ec2InstanceIds)).toEqual([['i-3'], ['i-1'], ['i-2']]);
    expect(plan.instances).toEqual(
      [
        ['i-1', 2],
        ['i-2', 3],
        ['i-3', 1],
      ].map(([ec2InstanceId, wave]) => ({
        ec2InstanceId,
        verdict: { code: 'Selected', reason: '1.64.0 to 1.65.0' },
        wave,
        place: 0,
        toVersion: '1.65.0',
        expectedSeconds: 105,
        services: [],
        moving: [],
      })),
    );
  });

  it('planRollout() plans nothing for nobody', () => {
    const plan = planOf({ asked: [] });
    expect(plan).toMatchObject({ instances: [], waves: [], expectedSeconds: 0 });
    expect(plan.targets.size).toBe(0);
  });

  it('planRollout() gives what is not selected its verdict, and no wave', () => {
    const plan = planOf({ asked: [askedOf('1'), askedOf('2', { report: hostOf('1.65.0') })] });
    expect(plan.instances[1]).toEqual({
      ec2InstanceId: 'i-2',
      verdict: { outcome: 'UpToDate', code: 'UpToDate', reason: 'runs 1.65.0 already' },
      services: [],
    });
    expect(plan.waves.flatMap((wave) => wave.ec2InstanceIds)).toEqual(['i-1']);
  });

  it('planRollout() leaves out what could not be drained, and says why', () => {
    const stiff = serviceOf({ minimumHealthyPercent: 100, maximumPercent: 100 });
    const plan = planOf({ services: [stiff], tasks: [on('2', 'web')] });
    expect(plan.instances.map((one) => one.verdict.code)).toEqual([
      'Selected',
      'DrainImpossible',
      'Selected',
    ]);
    expect(plan.instances[1]).toEqual({
      ec2InstanceId: 'i-2',
      verdict: { outcome: 'Blocked', code: 'DrainImpossible', reason: drainImpossible(stiff) },
      services: ['web'],
    });
  });

  it('planRollout() says that a host is up to date before it says that it cannot be drained', () => {
    const plan = planOf({
      asked: [askedOf('1', { report: hostOf('1.65.0', '1.65.0') })],
      tasks: [on('1', undefined)],
    });
    expect(plan.instances[0]?.verdict.outcome).toBe('UpToDate');
  });

  it('planRollout() judges protection at its own time', () => {
    const tasks = [on('1', 'web', { protectedUntilAt: NOW + 1 })];
    const asked = [askedOf('1')];
    const services = [serviceOf()];
    expect(planOf({ asked, services, tasks }).instances[0]?.verdict.code).toBe('ProtectedTasks');
    expect(planOf({ asked, services, tasks, now: NOW + 1 }).instances[0]?.verdict.code).toBe(
      'Selected',
    );
  });

  it('planRollout() pins a target per image, from that image’s own offers and record', () => {
    const arm = { image: 'aws-ecs-2/aarch64', report: hostOf('1.64.0', '1.65.0', '1.64.5') };
    const plan = planOf({
      asked: [askedOf('1'), askedOf('2', arm)],
      knownVersions: new Map([
        [
          'aws-ecs-2/aarch64',
          [{ version: '1.65.0', firstSeenAt: 0, quarantinedReason: 'i-9 fell back' }],
        ],
      ]),
    });
    expect(plan.instances.map((one) => one.toVersion)).toEqual(['1.65.0', '1.64.5']);
    expect(plan.waves).toHaveLength(1);
    expect(plan.waves[0]?.ec2InstanceIds).toHaveLength(2);
  });

  it('planRollout() takes no step to a release that the record has quarantined', () => {
    const known = [{ version: '1.63.0', firstSeenAt: 0, quarantinedReason: 'i-9 fell back' }];
    const plan = planOf({
      policy: policyOf({ target: { maxStepReleases: 2 } }),
      asked: [askedOf('1', { report: hostOf('1.61.0', '1.65.0', '1.64.0', '1.63.0', '1.62.0') })],
      knownVersions: new Map([['aws-ecs-2/x86_64', known]]),
    });
    expect(plan.instances[0]).toMatchObject({ toVersion: '1.62.0', wave: 1 });
  });

  it('planRollout() counts zones over the whole cluster, and services over what hosts them', () => {
    const services = [
      serviceOf(),
      serviceOf({ serviceName: 'constructor' }),
      serviceOf({ serviceName: '__proto__' }),
      serviceOf({ serviceName: 'agent', schedulingStrategy: 'DAEMON' }),
    ];
    const tasks = [
      on('1', 'web'),
      on('1', 'web'),
      on('1', 'agent'),
      on('2', 'web'),
      on('2', 'constructor'),
      on('9', 'constructor'),
      on('9', '__proto__'),
      on('9', undefined),
    ];
    const { size } = planOf({ services, tasks });
    expect(size.containerInstances).toBe(4);
    expect(size.perAvailabilityZone).toEqual({ 'eu-west-1a': 2, 'eu-west-1b': 2 });
    expect(Object.entries(size.perService)).toEqual([
      ['web', 2],
      ['constructor', 2],
      ['__proto__', 1],
    ]);
  });

  it('planRollout() expects each wave to take its slowest slot and its bake', () => {
    const policy = policyOf({
      budget: { outOfServiceMax: 2 },
      waves: { canaryCount: 1, sizes: ['100%'], bakeTimeSeconds: 50 },
    });
    const asked = ['1', '2', '3', '4'].map((id) => askedOf(id));
    const services = [serviceOf({ hasLoadBalancer: true })];
    const plan = planOf({ policy, asked, services, tasks: [on('1', 'web')] });
    // One of 435 s (330 + 90 + 15), three of 105 s: the canary is quick, then two slots.
    expect(plan.instances[0]?.expectedSeconds).toBe(435);
    expect(plan.expectedSeconds).toBe(105 + 50 + 435 + 50);
  });

  it('planRollout() counts percentages of out of service over the whole cluster', () => {
    const policy = policyOf({
      budget: { outOfServiceMax: '50%' },
      waves: { canaryCount: 0, sizes: ['100%'], bakeTimeSeconds: 0 },
    });
    expect(planOf({ policy }).expectedSeconds).toBe(2 * 105);
    expect(planOf({ policy, zones: new Array(6).fill('a') }).expectedSeconds).toBe(105);
  });
});

describe('movableServices()', () => {
  it('movableServices() names each replica service once, in order of name', () => {
    const services = byName(
      serviceOf({ serviceName: 'web' }),
      serviceOf({ serviceName: 'api' }),
      serviceOf({ serviceName: 'agent', schedulingStrategy: 'DAEMON' }),
    );
    const tasks = [
      on('1', 'web'),
      on('1', 'api'),
      on('1', 'web'),
      on('1', 'agent'),
      on('1', 'gone'),
    ];
    expect(movableServices([...tasks, on('1', undefined)], services)).toEqual(['api', 'web']);
    expect(movableServices([], services)).toEqual([]);
  });
});
