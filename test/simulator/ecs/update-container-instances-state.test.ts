// UpdateContainerInstancesState: what it changes, what it refuses, and what others do meanwhile.

import { describe, expect, it } from 'vitest';
import { ec2Id, instanceArn, makeEcs } from './support/ecs-region.ts';

const OPERATION = 'UpdateContainerInstancesState';

describe('validation', () => {
  it.each([
    [{ containerInstances: [], status: 'DRAINING' }, 'Container instances cannot be empty.'],
    [
      { containerInstances: Array(11).fill('x'), status: 'DRAINING' },
      'instanceIds can have at most 10 items.',
    ],
    [
      { containerInstances: ['x'], status: 'INACTIVE' },
      'Container instance status should be one of [ACTIVE, DRAINING].',
    ],
    [
      { containerInstances: ['x'] },
      'Container instance status should be one of [ACTIVE, DRAINING].',
    ],
  ])('refuses %j', async (input, message) => {
    const refused = await makeEcs().refuse(OPERATION, input);
    expect(refused).toEqual({ code: 'InvalidParameterException', message });
  });

  it.each(['REGISTERING', 'DEREGISTERING', 'REGISTRATION_FAILED'])(
    'refuses an instance that is %s, and changes none',
    async (status) => {
      const region = makeEcs({ instances: (n) => (n === 1 ? { status } : {}) });
      const containerInstances = [instanceArn(0), instanceArn(1)];
      const refused = await region.refuse(OPERATION, { containerInstances, status: 'DRAINING' });
      expect(refused.code).toBe('InvalidParameterException');
      expect(region.ecs.world.containerInstanceOn(ec2Id(0))?.status).toBe('ACTIVE');
    },
  );
});

describe('behaviour', () => {
  it('changes those it can and names the others in failures', async () => {
    const region = makeEcs();
    await region.ask('DeregisterContainerInstance', { containerInstance: instanceArn(2) });
    const answer = await region.ask(OPERATION, {
      containerInstances: [instanceArn(0), instanceArn(2), 'nope'],
      status: 'DRAINING',
    });
    expect(answer.containerInstances).toMatchObject([{ status: 'DRAINING', version: 2 }]);
    expect(answer.failures).toEqual([
      { arn: instanceArn(2), reason: 'INACTIVE' },
      { arn: expect.stringMatching(/\/prod\/nope$/), reason: 'MISSING' },
    ]);
  });

  it('repeated, it is no change: the version stays', async () => {
    const region = makeEcs();
    await region.drain(0);
    const again = await region.drain(0);
    expect(again.containerInstances).toMatchObject([{ status: 'DRAINING', version: 2 }]);
  });

  it('emits no container instance event of its own', async () => {
    const region = makeEcs();
    await region.drain(0, 1);
    await region.activate(0);
    await region.advance(60);
    expect(region.emitted).toEqual([]);
  });

  it('DRAINING survives a reboot', async () => {
    const region = makeEcs();
    await region.drain(0);
    region.kernel.signals.emit('host-down', { ec2InstanceId: ec2Id(0), why: 'reboot' });
    await region.advance(60);
    const agent = { agentVersion: '1.99.0', dockerVersion: '25.0.13' };
    region.kernel.signals.emit('ecs-agent-up', { ec2InstanceId: ec2Id(0), ...agent });
    expect(region.ecs.world.containerInstanceOn(ec2Id(0))).toMatchObject({
      containerInstanceArn: instanceArn(0),
      status: 'DRAINING',
      agentConnected: true,
    });
  });
});

describe('others', () => {
  it('a batch may fail in part (fault ecs-partial-failure)', async () => {
    const faults = [
      { name: 'ecs-partial-failure', subject: ec2Id(1), parameters: { reason: 'INACTIVE' } },
    ];
    const region = makeEcs({ faults });
    const answer = await region.drain(0, 1);
    expect(answer.failures).toEqual([{ arn: instanceArn(1), reason: 'INACTIVE' }]);
    expect(region.ecs.world.containerInstanceOn(ec2Id(1))?.status).toBe('ACTIVE');
  });

  it('a standalone task starts just before the drain (fault standalone-task-starts)', async () => {
    const faults = [
      { name: 'standalone-task-starts', subject: ec2Id(0), parameters: { endsAfterSeconds: 60 } },
    ];
    const region = makeEcs({ faults, services: [{ name: 'job', desiredCount: 0 }] });
    await region.drain(0);
    expect(region.ecs.world.tasksOn(ec2Id(0))).toMatchObject([
      { lastStatus: 'PENDING', serviceName: undefined },
    ]);
    await region.advance(30);
    expect(region.ecs.world.tasksOn(ec2Id(0))).toMatchObject([{ lastStatus: 'RUNNING' }]);
    await region.advance(60);
    expect(region.ecs.world.tasksOn(ec2Id(0))).toEqual([]);
  });

  it('another actor ends the drain (fault another-actor-ends-drain)', async () => {
    const faults = [{ name: 'another-actor-ends-drain', parameters: { afterSeconds: 20 } }];
    const region = makeEcs({ faults });
    await region.drain(0);
    await region.advance(19);
    expect(region.ecs.world.containerInstanceOn(ec2Id(0))?.status).toBe('DRAINING');
    await region.advance(2);
    expect(region.ecs.world.containerInstanceOn(ec2Id(0))).toMatchObject({
      status: 'ACTIVE',
      version: 3,
    });
  });

  it.each([
    ['DRAINING', 'DRAINING'],
    ['DEREGISTERED', undefined],
  ])('another actor makes it %s (fault another-actor-changes-state)', async (status, expected) => {
    const name = 'another-actor-changes-state';
    const faults = [
      { name, subject: ec2Id(1), fromSeconds: 60, timesMax: 1, parameters: { status } },
    ];
    const region = makeEcs({ faults });
    await region.advance(59);
    expect(region.ecs.world.containerInstanceOn(ec2Id(1))?.status).toBe('ACTIVE');
    await region.advance(12);
    expect(region.ecs.world.containerInstanceOn(ec2Id(1))?.status).toBe(expected);
    expect(region.ecs.world.containerInstanceOn(ec2Id(0))?.status).toBe('ACTIVE');
  });

  it('somebody deletes the cluster (fault cluster-deleted)', async () => {
    const faults = [{ name: 'cluster-deleted', fromSeconds: 60, timesMax: 1 }];
    const region = makeEcs({ faults, services: [{ name: 'web', desiredCount: 3 }] });
    await region.advance(75);
    const { clusters } = await region.ask('DescribeClusters', { clusters: ['prod'] });
    expect(clusters).toMatchObject([{ status: 'INACTIVE', registeredContainerInstancesCount: 0 }]);
    expect(await region.refuse('ListTasks')).toEqual({
      code: 'ClusterNotFoundException',
      message: 'The referenced cluster was inactive.',
    });
    await region.advance(600);
    expect(region.ecs.world.tasks('prod').every(({ lastStatus }) => lastStatus === 'STOPPED')).toBe(
      true,
    );
  });

  it('a deployment starts (fault service-deployment-starts)', async () => {
    const faults = [
      { name: 'service-deployment-starts', subject: 'web', fromSeconds: 30, timesMax: 1 },
    ];
    const region = makeEcs({ faults, services: [{ name: 'web', desiredCount: 3 }] });
    await region.advance(41);
    expect(region.ecs.world.service('prod', 'web')?.deploymentInProgress).toBe(true);
    await region.advance(300);
    expect(region.ecs.world.service('prod', 'web')).toMatchObject({
      deploymentInProgress: false,
      steady: true,
    });
  });
});
