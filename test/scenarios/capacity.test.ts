// Scenarios: no spare capacity, scale-in protection, and a dead host that its Auto Scaling group replaces.

import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import type { Region } from '../../simulator/region.ts';
import { type Ended, idsOf, runRollout, smallFleet, withGroups } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const [first = ''] = idsOf(smallFleet());

/** A service whose tasks fill each instance: m6i.xlarge has 4,096 CPU units. */
function filling(minimumHealthyPercent: number, hostPort?: number) {
  return {
    name: 'web',
    tasksPerInstance: 1,
    cpu: hostPort === undefined ? 2500 : 256,
    memory: 1024,
    minimumHealthyPercent,
    maximumPercent: 200,
    ...(hostPort === undefined ? {} : { hostPort, deregistrationDelaySeconds: 30 }),
  };
}

/** As `aws ecs describe-*` tells it: so many GPUs on each container instance, and what a task of `web` takes. */
function withGpus(gpus: number, value: string): Fleet {
  const fleet = smallFleet();
  const GPU = { name: 'GPU', stringSetValue: Array.from({ length: gpus }, (_, at) => `GPU-${at}`) };
  const sizes = [
    { name: 'CPU', integerValue: 4096 },
    { name: 'MEMORY', integerValue: 15_000 },
  ];
  return {
    ...fleet,
    containerInstances: fleet.containerInstances.map((one) => ({
      ...one,
      registeredResources: [...sizes, GPU],
    })),
    taskDefinitions: fleet.taskDefinitions.map((one) => ({
      ...one,
      containerDefinitions: one.containerDefinitions.map((container) => ({
        ...container,
        ...(one.taskDefinitionArn.includes('/web:')
          ? { resourceRequirements: [{ type: 'GPU', value }] }
          : {}),
      })),
    })),
  };
}

describe('room for the tasks of what is drained', () => {
  it('a fleet without spare CPU: nothing is drained, and the reason says what binds', async () => {
    const ended = await runRollout({ fleet: smallFleet({ services: [filling(100)] }) });
    expectEnd(ended, 'Succeeded', ['Blocked', 'Blocked']);
    expect(ended.watched.outOfServiceMax).toBe(0);
    const { code, reason } = ended.instances[first] ?? {};
    expect(code).toBe('NoRoom');
    expect(reason).toMatch(
      /^no other container instance of 1 has 2500 CPU units free for a task of web; the most is 1596 \(i-\w+\)$/,
    );
  });

  it('a fleet without a free host port: nothing is drained', async () => {
    const ended = await runRollout({ fleet: smallFleet({ services: [filling(100, 8443)] }) });
    expectEnd(ended, 'Succeeded', ['Blocked', 'Blocked']);
    expect(ended.instances[first]?.reason).toContain('has host port 8443/tcp free');
  });

  it('a fleet without a free GPU: nothing is drained', async () => {
    const ended = await runRollout({ fleet: withGpus(1, '1') });
    expectEnd(ended, 'Succeeded', ['Blocked', 'Blocked']);
    expect(ended.watched.outOfServiceMax).toBe(0);
    expect(ended.instances[first]?.reason).toMatch(
      /^no other container instance of 1 has 1 GPU free for a task of web; the most is 0 \(i-\w+\)$/,
    );
  });

  it('a fleet with a GPU to spare on each: updated', async () => {
    const ended = await runRollout({ fleet: withGpus(2, '1') });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });

  it('a service that takes all GPUs there are: started, because it cannot be told, and undone', async () => {
    const policy = { drain: { timeoutSeconds: 600 } };
    const ended = await runRollout({ fleet: withGpus(1, 'ALL'), policy });
    expectEnd(ended, 'Succeeded', ['Blocked', 'Blocked']);
    expect(ended.instances[first]?.reason).toMatch(
      /^not drained within 10 minutes: 2 tasks left: .*web RUNNING .*; ECS: .*RESOURCE:GPU/,
    );
  });

  it('the same fleet with a service that may lack a task: updated', async () => {
    const ended = await runRollout({ fleet: smallFleet({ services: [filling(50)] }) });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });

  it('room for one at a time: never two at once, whatever the budget allows', async () => {
    const plan = { containerInstances: 4, services: [{ ...filling(100), tasksPerInstance: 0.75 }] };
    const policy = { budget: { outOfServiceMax: 3, perServiceMaxPercent: 100 } };
    const ended = await runRollout({ fleet: smallFleet(plan), policy });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated', 'Updated', 'Updated']);
    expect(ended.watched.outOfServiceMax).toBe(1);
  });
});

/** What was done to the protection of each instance, in order. */
function watchProtection(region: Region): Map<string, unknown[]> {
  const set = new Map<string, unknown[]>();
  region.kernel.log.subscribe(({ source, name, subject, detail }) => {
    if (source !== 'autoscaling' || name !== 'protection-set') return;
    set.set(subject, [...(set.get(subject) ?? []), detail.isProtected]);
  });
  return set;
}

async function protections({ region }: Ended): Promise<Record<string, unknown>> {
  const answer = await region.call('autoscaling', 'DescribeAutoScalingInstances', {});
  const instances = answer.AutoScalingInstances as Record<string, unknown>[];
  return Object.fromEntries(instances.map((one) => [one.InstanceId, one.ProtectedFromScaleIn]));
}

describe('scale-in protection', () => {
  const policy = { autoScaling: { protectFromScaleIn: true } };
  const [protectedId = '', freeId = ''] = idsOf(smallFleet());
  const fleet = withGroups(smallFleet(), [protectedId]);
  const found = { [protectedId]: true, [freeId]: false };
  /** The second one is drained, and protected, by then. */
  const PROTECTED_SECONDS = 250;

  function outOfServiceSeconds({ instances }: Ended, id: string): number {
    const { drainedAt = 0, returnedAt = 0 } = instances[id] ?? {};
    return (returnedAt - drainedAt) / 1000;
  }

  it('set where it was not, and put back exactly as found', async () => {
    let set = new Map<string, unknown[]>();
    const ended = await runRollout({
      fleet,
      policy,
      meanwhile: async ({ region }) => {
        set = watchProtection(region);
      },
    });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
    expect(set.get(freeId)).toEqual([true, false]);
    expect(set.has(protectedId)).toBe(false);
    expect(await protections(ended)).toEqual(found);
  });

  it('put back by the undo', async () => {
    const faults = [{ name: 'host-falls-back', subject: freeId }];
    const ended = await runRollout({ fleet, policy: { ...policy, failureBudget: 1 }, faults });
    expect(ended.outcomes[freeId]).toBe('FellBack');
    expect(await protections(ended)).toEqual(found);
  });

  it('put back on one that stays drained', async () => {
    const faults = [{ name: 'host-never-returns', subject: freeId }];
    const ended = await runRollout({
      fleet,
      policy: { ...policy, failureBudget: 1 },
      faults,
      meanwhile: suspended,
    });
    expect(ended.outcomes[freeId]).toBe('NeedsAttention');
    expect(await protections(ended)).toEqual(found);
  });

  it('put back by the sweep when the execution is stopped', async () => {
    const ended = await runRollout({
      fleet,
      policy,
      meanwhile: async ({ region, untilState, execution }) => {
        await untilState('update-container-instance', 'RebootIntoUpdate');
        for (const one of region.services.states.executions()) {
          if (one.status !== 'RUNNING') continue;
          await region.call('states', 'StopExecution', { executionArn: one.arn });
        }
        expect(execution.status).not.toBe('RUNNING');
      },
    });
    expect(await protections(ended)).toEqual(found);
    expect(ended.leases).toEqual([]);
  });

  describe('that nobody may set', () => {
    const denied = { name: 'api-access-denied', subject: 'autoscaling:SetInstanceProtection' };

    it('from the start: Failed, nothing is left behind, and the cluster is free', async () => {
      const free = withGroups(smallFleet(), []);
      const ended = await runRollout({ fleet: free, policy, faults: [denied] });
      expectEnd(ended, 'FailedClean', ['Failed', 'NotStarted']);
      expect(ended.leases).toEqual([]);
      expect(Object.values(await protections(ended))).toEqual([false, false]);
    });

    it('any more, once it was set: in service at once, FailedDirty soon, and it is named', async () => {
      const faults = [{ ...denied, fromSeconds: PROTECTED_SECONDS }];
      const ended = await runRollout({ fleet, policy, faults });
      expectEnd(ended, 'FailedDirty', ['Updated', 'Updated']);
      expect(ended.reason).toContain(`scale-in protection could not be put back on ${freeId}`);
      expect(ended.instances[freeId]?.reason).toContain(
        'scale-in protection could not be put back',
      );
      expect(ended.leases).toEqual([]);
      expect(await protections(ended)).toEqual({ ...found, [freeId]: true });
    });

    it('for some minutes: not a minute longer out of service, put back at the end', async () => {
      const span = { fromSeconds: PROTECTED_SECONDS, untilSeconds: PROTECTED_SECONDS + 900 };
      const ended = await runRollout({ fleet, policy, faults: [{ ...denied, ...span }] });
      const without = await runRollout({ fleet, policy });
      expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
      expect(await protections(ended)).toEqual(found);
      expect(outOfServiceSeconds(ended, freeId)).toBeCloseTo(
        outOfServiceSeconds(without, freeId),
        -1,
      );
    });

    it('any more, when its execution is stopped: the sweep closes it all the same', async () => {
      const ended = await runRollout({
        fleet,
        policy,
        faults: [{ ...denied, fromSeconds: PROTECTED_SECONDS }],
        meanwhile: async ({ region, untilState, execution }) => {
          await region.advance(PROTECTED_SECONDS);
          await untilState('update-container-instance', 'VerifyContainerInstance');
          await region.call('states', 'StopExecution', { executionArn: execution.arn });
        },
      });
      expectEnd(ended, 'FailedDirty');
      expect(ended.leases).toEqual([]);
    });
  });

  it('untouched by default', async () => {
    const ended = await runRollout({ fleet });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
    expect(ended.watched.mutations.get('autoscaling:SetInstanceProtection')).toBeUndefined();
  });
});

/** Its owner keeps the group from replacing what looks unhealthy: else the group would be first. */
async function suspended({ region }: { readonly region: Region }): Promise<void> {
  const answer = await region.call('autoscaling', 'DescribeAutoScalingGroups', {});
  for (const { AutoScalingGroupName } of answer.AutoScalingGroups as Record<string, unknown>[]) {
    await region.call('autoscaling', 'SuspendProcesses', {
      AutoScalingGroupName,
      ScalingProcesses: ['ReplaceUnhealthy'],
    });
  }
}

describe('a host that never comes back, where the policy allows its replacement', () => {
  const policy = { rollback: { replaceDead: true }, failureBudget: 1 };
  const faults = [{ name: 'host-never-returns', subject: first }];

  it('its group brings another one: Replaced, FailedClean', async () => {
    const fleet = withGroups(smallFleet());
    const ended = await runRollout({ fleet, policy, faults, meanwhile: suspended });
    expectEnd(ended, 'FailedClean', ['Replaced', 'Updated']);
    expect(ended.instances[first]?.reason).toMatch(/terminated, i-\w+ took its place in group/);
    const serving = ended.world.filter(({ status }) => status === 'ACTIVE');
    expect(serving).toHaveLength(2);
    expect(serving.some(({ ec2InstanceId }) => ec2InstanceId === first)).toBe(false);
    expect(ended.watched.reboots.get(first)).toEqual({ api: 1, ec2: 1 });
  });

  it('in no group: stays drained, NeedsAttention, FailedDirty', async () => {
    const { autoScalingGroups: _, ...rest } = smallFleet();
    const hosts = rest.hosts.map(({ autoScalingGroupName: __, ...host }) => host);
    const fleet = { ...rest, hosts, autoScalingGroups: [] };
    const ended = await runRollout({ fleet, policy, faults });
    expectEnd(ended, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
    expect(ended.instances[first]?.reason).toContain('in no Auto Scaling group');
  });
});
