// Scenarios: every row of the undo table, on the real state machines, handlers and scripts.

import { describe, expect, it } from 'vitest';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import type { Region } from '../../simulator/region.ts';
import {
  CLUSTER,
  type Ended,
  idsOf,
  type Policy,
  runRollout,
  smallFleet,
  withoutGroups,
  withRelease,
} from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const [first = ''] = idsOf(smallFleet());
/** Nothing that replaces a host behind our back. */
const alone = withoutGroups(smallFleet());

/** One fault on the first instance of two; a failure budget of its own lets the other have its turn. */
async function withFault(fault: FaultSpec, policy: Policy = {}): Promise<Ended> {
  const faults = [{ subject: first, ...fault }];
  return runRollout({ faults, policy: { failureBudget: 1, ...policy } });
}

function versionOf({ region }: Ended, ec2InstanceId: string): string | undefined {
  return region.hosts.get(ec2InstanceId)?.version;
}

describe('before the reboot', () => {
  it('prepare fails: skipped in service, the others go on', async () => {
    const ended = await withFault({ name: 'prepare-fails' });
    expectEnd(ended, 'Succeeded', ['Skipped', 'Updated']);
    expect(ended.instances[first]?.code).toBe('PrepareFailed');
    expect(ended.watched.reboots.has(first)).toBe(false);
  });

  it('prepare fails everywhere: FailedClean, nothing drained', async () => {
    const ended = await runRollout({ faults: [{ name: 'prepare-fails' }] });
    expectEnd(ended, 'FailedClean', ['Skipped', 'Skipped']);
    expect(ended.watched.outOfServiceMax).toBe(0);
  });

  it('a standalone task starts at the drain: ACTIVE again, Blocked', async () => {
    const ended = await withFault({ name: 'standalone-task-starts' });
    expectEnd(ended, 'Succeeded', ['Blocked', 'Updated']);
    expect(ended.instances[first]?.reason).toMatch(/standalone task/);
    expect(ended.watched.reboots.has(first)).toBe(false);
  });

  it('a standalone task that starts at the drain is waited for, where the policy says so', async () => {
    const ended = await withFault(
      { name: 'standalone-task-starts', parameters: { endsAfterSeconds: 600 } },
      { drain: { standaloneTasks: 'wait' } },
    );
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });

  it('a standalone task that starts at the drain is stopped, where the policy says so', async () => {
    const ended = await withFault(
      { name: 'standalone-task-starts' },
      { drain: { standaloneTasks: 'stop' } },
    );
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });

  it('a drain that does not end in time: ACTIVE again, Blocked', async () => {
    const ended = await withFault(
      { name: 'standalone-task-starts' },
      { drain: { standaloneTasks: 'wait', timeoutSeconds: 300 } },
    );
    expectEnd(ended, 'Succeeded', ['Blocked', 'Updated']);
    expect(ended.watched.reboots.has(first)).toBe(false);
  });
});

describe('around the reboot', () => {
  it('activated, never rebooted: cancelled, ACTIVE, Failed', async () => {
    const ended = await withFault({ name: 'reboot-never-happens' });
    expectEnd(ended, 'FailedClean', ['Failed', 'Updated']);
    expect(ended.watched.wentDown.get(first)).toBeUndefined();
    const disk = ended.region.hosts.get(first)?.bottlerocket?.disk;
    expect(disk?.next()).toBe(disk?.active);
    expect(ended.instances[first]?.reason).toMatch(
      /^it never rebooted: its host took the reboot command and did not reboot \(/,
    );
  });

  it('the same when nothing tells what became of its command: still brought home', async () => {
    const ended = await runRollout({
      fleet: smallFleet(),
      policy: { failureBudget: 1 },
      faults: [
        { name: 'reboot-never-happens', subject: first },
        { name: 'api-access-denied', subject: 'ssm:ListCommands' },
      ],
    });
    expectEnd(ended, 'FailedClean', ['Failed', 'Updated']);
    expect(ended.instances[first]?.reason).toMatch(/^it never rebooted \(/);
  });

  it('the reboot command never arrives: the reason has what Systems Manager says of it', async () => {
    const { rebootSentAt = 0 } = (await runRollout()).instances[first] ?? {};
    const fromSeconds = (rebootSentAt - Date.parse(smallFleet().startAt)) / 1000;
    const ended = await withFault({ name: 'ssm-delivery-lost', fromSeconds, timesMax: 1 });
    expectEnd(ended, 'FailedClean', ['Failed', 'Updated']);
    expect(ended.instances[first]?.reason).toMatch(
      /^it never rebooted: the reboot command did not run: Systems Manager says Delivery ?Timed ?Out \(/,
    );
  });

  it('deregistered while it reboots: Gone, and the reason does not call it terminated', async () => {
    const { rebootSentAt = 0 } = (await runRollout()).instances[first] ?? {};
    const fromSeconds = (rebootSentAt - Date.parse(smallFleet().startAt)) / 1000 + 10;
    const parameters = { status: 'DEREGISTERED' };
    const ended = await withFault({
      ...{ name: 'another-actor-changes-state', fromSeconds, timesMax: 1, parameters },
    });
    expectEnd(ended, 'Succeeded', ['Gone', 'Blocked']);
    expect(ended.instances[first]?.reason).toBe(
      'somebody deregistered it during the update; its EC2 instance lives',
    );
  });

  it('reboots minutes late: the boot is what counts', async () => {
    const ended = await withFault({ name: 'reboot-late', parameters: { seconds: 240 } });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });

  it.each([330, 420, 570])(
    'reboots %i seconds late, having said that it would: waited for, drained, and Updated',
    async (seconds) => {
      const statusWhenDown: string[] = [];
      const faults = [{ name: 'reboot-late', subject: first, parameters: { seconds } }];
      const observe = (region: Region) => {
        region.kernel.signals.on('host-down', (down) => {
          const views = region.services.ecs.world.containerInstances(CLUSTER);
          const seen = views.find(({ ec2InstanceId }) => ec2InstanceId === down.ec2InstanceId);
          statusWhenDown.push(String(seen?.status));
        });
      };
      const ended = await runRollout({ faults, observe });
      expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
      expect(statusWhenDown).toEqual(['DRAINING', 'DRAINING']);
    },
  );

  it.each([620, 1200])(
    'reboots %i seconds late, longer than it may: ends clean',
    async (seconds) => {
      const ended = await withFault({ name: 'reboot-late', parameters: { seconds } });
      expectEnd(ended, ['Succeeded', 'FailedClean']);
    },
  );

  it('the host falls back by itself: ACTIVE, FellBack', async () => {
    const ended = await withFault({ name: 'host-falls-back' });
    expectEnd(ended, 'FailedClean');
    expect(ended.outcomes[first]).toBe('FellBack');
    expect(versionOf(ended, first)).toBe('1.64.0');
  });

  it('a release on which every host falls back stops at the first one', async () => {
    const ended = await runRollout({ fleet: withRelease(smallFleet(), 'falls-back') });
    expectEnd(ended, 'FailedClean', ['FellBack', 'NotStarted']);
  });

  it('reboots twice to reconcile: the boot id that stays counts', async () => {
    const ended = await withFault({ name: 'reboot-to-reconcile' });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });

  it('a third version is found before anything boots it: skipped', async () => {
    const ended = await withFault({ name: 'third-version', parameters: { version: '1.63.0' } });
    expectEnd(ended, ['FailedClean', 'FailedDirty', 'Succeeded']);
  });

  it('a third version that boots: NeedsAttention, left drained, and no second one', async () => {
    const ended = await runRollout({
      fleet: alone,
      meanwhile: async ({ region, untilState }) => {
        await untilState('update-container-instance', 'DrainContainerInstance');
        // What is in the inactive partition is not what its status says: the version lock did not hold.
        const staged = region.hosts.get(first)?.bottlerocket?.disk.inactiveSet;
        if (staged) staged.version = '1.66.0';
      },
    });
    expectEnd(ended, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
    expect(ended.instances[first]?.reason).toBe(
      'it came back on 1.66.0, neither 1.64.0 nor 1.65.0: the version lock did not hold; left drained',
    );
    expect(ended.world.map(({ status }) => status)).toEqual(['DRAINING', 'ACTIVE']);
    expect(ended.record.rollout?.drift?.[0]).toMatchObject({
      unknown: 0,
      versions: [
        { version: '1.66.0', containerInstances: 1 },
        { version: '1.64.0', containerInstances: 1 },
      ],
    });
  });

  it('a host that never returns, where the policy forbids the EC2 reboot: NeedsAttention', async () => {
    const faults = [{ name: 'host-never-returns', subject: first }];
    const policy = { rollback: { rebootDead: false } };
    const ended = await runRollout({ fleet: alone, faults, policy });
    expectEnd(ended, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
    expect(ended.watched.reboots.get(first)).toEqual({ api: 1, ec2: 0 });
    expect(ended.instances[first]?.reason).toContain('left drained: replace it');
  });

  it('a host that never returns: one EC2 reboot, then NeedsAttention, FailedDirty', async () => {
    const faults = [{ name: 'host-never-returns', subject: first }];
    const ended = await runRollout({ fleet: alone, faults });
    expectEnd(ended, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
    expect(ended.watched.reboots.get(first)).toEqual({ api: 1, ec2: 1 });
  });

  it('a host that hangs before it marks its boot: the EC2 reboot lets it fall back', async () => {
    const ended = await runRollout({ fleet: withRelease(alone, 'never-boots') });
    expectEnd(ended, 'FailedClean', ['FellBack', 'NotStarted']);
  });

  it('a release that hangs after it marked its boot: NeedsAttention, and no second one', async () => {
    const ended = await runRollout({ fleet: withRelease(alone, 'hangs-after-boot') });
    expectEnd(ended, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
  });

  it.each(['never-boots', 'hangs-after-boot'] as const)(
    'a release that %s, and Auto Scaling replaces the host: stops at the first',
    async (behaviour) => {
      const ended = await runRollout({ fleet: withRelease(smallFleet(), behaviour) });
      expectEnd(ended, 'FailedClean', ['Failed', 'NotStarted']);
    },
  );

  it('Auto Scaling replaces the host while it reboots as usual: Gone', async () => {
    const faults = [
      { name: 'asg-replaces-unhealthy', subject: first, parameters: { seconds: 20 } },
    ];
    expectEnd(await runRollout({ faults }), 'Succeeded', ['Gone', 'Updated']);
  });
});

describe('after the reboot', () => {
  it('the ECS agent fails: rolled back on the host by version lock, quarantined', async () => {
    const ended = await runRollout({ fleet: withRelease(smallFleet(), 'ecs-agent-fails') });
    expectEnd(ended, 'FailedClean', ['RolledBack', 'NotStarted']);
    expect(versionOf(ended, first)).toBe('1.64.0');
  });

  it('the same without a way to the repository: the admin container flips the partition sets', async () => {
    const offline = { name: 'repository-unreachable', fromSeconds: 150 };
    const fleet = withRelease(smallFleet(), 'ecs-agent-fails');
    const policy = { rollback: { allowAdminContainer: true } };
    const ended = await runRollout({ fleet, faults: [offline], policy });
    expectEnd(ended, 'FailedClean', ['RolledBack', 'NotStarted']);
    expect(versionOf(ended, first)).toBe('1.64.0');
    const stuck = await runRollout({ fleet, faults: [offline] });
    expectEnd(stuck, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
  });

  it('the ECS agent fails and the policy allows no rollback: NeedsAttention', async () => {
    const ended = await runRollout({
      fleet: withRelease(smallFleet(), 'ecs-agent-fails'),
      policy: { rollback: { onVerifyFailure: false } },
    });
    expectEnd(ended, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
  });

  it('the ECS agent flaps for a while: waited out', async () => {
    const ended = await withFault({ name: 'ecs-agent-flaps', parameters: { times: 4 } });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });

  it('the ECS agent registers as a new container instance: ends clean', async () => {
    const ended = await withFault({ name: 'reregisters-as-new-container-instance' });
    expectEnd(ended, ['Succeeded', 'FailedClean']);
  });
});
