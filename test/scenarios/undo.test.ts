// Scenarios: every row of the undo table, on the real state machines, handlers and scripts.

import { describe, expect, it } from 'vitest';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import { idsOf, type Policy, runRollout, smallFleet, withRelease } from '../support/rollout.ts';

const ids = idsOf(smallFleet());
const first = ids[0]!;
const other = ids[1]!;

/** One fault on the first instance of two. */
async function withFault(fault: FaultSpec, policy: Policy = {}) {
  const faults = [{ subject: first, ...fault }];
  // A failure budget of its own lets the other instance have its turn.
  return runRollout({ faults, policy: { failureBudget: 1, ...policy } });
}

describe('before the reboot', () => {
  it('prepare fails: skipped in service, the others go on', async () => {
    const ended = await withFault({ name: 'prepare-fails' });
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes).toEqual({ [first]: 'Skipped', [other]: 'Updated' });
    expect(ended.instances[first]?.code).toBe('PrepareFailed');
    expect(ended.watched.reboots.has(first)).toBe(false);
    expect(ended.ending).toBe('Succeeded');
  });

  it('prepare fails everywhere: FailedClean, nothing drained', async () => {
    const ended = await runRollout({ faults: [{ name: 'prepare-fails' }] });
    expect(ended.violations).toEqual([]);
    expect(ended.ending).toBe('FailedClean');
    expect(ended.watched.outOfServiceMax).toBe(0);
  });

  it('a standalone task starts at the drain: ACTIVE again, Blocked', async () => {
    const ended = await withFault({ name: 'standalone-task-starts' });
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes).toEqual({ [first]: 'Blocked', [other]: 'Updated' });
    expect(ended.instances[first]?.reason).toMatch(/standalone task/);
    expect(ended.watched.reboots.has(first)).toBe(false);
  });

  it('a standalone task that starts at the drain is waited for, where the policy says so', async () => {
    const ended = await withFault(
      { name: 'standalone-task-starts', parameters: { endsAfterSeconds: 600 } },
      { drain: { standaloneTasks: 'wait' } },
    );
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes).toEqual({ [first]: 'Updated', [other]: 'Updated' });
  });

  it('a standalone task that starts at the drain is stopped, where the policy says so', async () => {
    const ended = await withFault(
      { name: 'standalone-task-starts' },
      { drain: { standaloneTasks: 'stop' } },
    );
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes).toEqual({ [first]: 'Updated', [other]: 'Updated' });
  });

  it('a drain that does not end in time: ACTIVE again, Blocked', async () => {
    const ended = await withFault(
      { name: 'standalone-task-starts' },
      { drain: { standaloneTasks: 'wait', timeoutSeconds: 300 } },
    );
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes).toEqual({ [first]: 'Blocked', [other]: 'Updated' });
    expect(ended.watched.reboots.has(first)).toBe(false);
  });
});

describe('around the reboot', () => {
  it('activated, never rebooted: cancelled, ACTIVE, Failed', async () => {
    const ended = await withFault({ name: 'reboot-never-happens' });
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes).toEqual({ [first]: 'Failed', [other]: 'Updated' });
    expect(ended.watched.wentDown.get(first)).toBeUndefined();
    const updates = ended.region.hosts.get(first)?.bottlerocket?.disk;
    expect(updates?.next()).toBe(updates?.active);
  });

  it('reboots minutes late: the boot is what counts', async () => {
    const ended = await withFault({ name: 'reboot-late', parameters: { seconds: 240 } });
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes).toEqual({ [first]: 'Updated', [other]: 'Updated' });
  });

  it('reboots after its undo began: still ends in one of the two, drained until then', async () => {
    const ended = await withFault({ name: 'reboot-late', parameters: { seconds: 600 } });
    expect(ended.violations).toEqual([]);
    expect(ended.ending).not.toBe('FailedDirty');
  });

  it('the host falls back by itself: ACTIVE, FellBack, quarantined', async () => {
    const ended = await withFault({ name: 'host-falls-back' });
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes[first]).toBe('FellBack');
    expect(ended.region.hosts.get(first)?.version).toBe('1.64.0');
  });

  it('a release on which every host falls back stops at the first one', async () => {
    const fleet = withRelease(smallFleet(), 'falls-back');
    const ended = await runRollout({ fleet });
    expect(ended.violations).toEqual([]);
    expect(Object.values(ended.outcomes).sort()).toEqual(['FellBack', 'NotStarted']);
    expect(ended.ending).toBe('FailedClean');
  });

  it('reboots twice to reconcile: the boot id that stays counts', async () => {
    const ended = await withFault({ name: 'reboot-to-reconcile' });
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes[first]).toBe('Updated');
  });

  it('a third version: left drained, NeedsAttention, FailedDirty', async () => {
    const fleet = smallFleet();
    const ended = await runRollout({
      fleet,
      faults: [{ name: 'third-version', subject: first, parameters: { version: '1.63.0' } }],
    });
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes[first]).not.toBe('Updated');
  });

  it('a host that never returns: one EC2 reboot, then NeedsAttention, FailedDirty', async () => {
    const ended = await withFault({ name: 'host-never-returns' });
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes[first]).toBe('NeedsAttention');
    expect(ended.watched.reboots.get(first)).toEqual({ api: 1, ec2: 1 });
    expect(ended.ending).toBe('FailedDirty');
  });

  it('a host that hangs before it marks its boot: the EC2 reboot lets it fall back', async () => {
    const fleet = withRelease(smallFleet(), 'never-boots');
    const ended = await runRollout({ fleet });
    expect(ended.violations).toEqual([]);
    expect(Object.values(ended.outcomes).sort()).toEqual(['FellBack', 'NotStarted']);
    expect(ended.ending).toBe('FailedClean');
  });
});

describe('after the reboot', () => {
  it('the ECS agent fails: rolled back on the host, RolledBack, quarantined', async () => {
    const fleet = withRelease(smallFleet(), 'ecs-agent-fails');
    const ended = await runRollout({ fleet });
    expect(ended.violations).toEqual([]);
    expect(Object.values(ended.outcomes).sort()).toEqual(['NotStarted', 'RolledBack']);
    expect(ended.ending).toBe('FailedClean');
    for (const id of ids) expect(ended.region.hosts.get(id)?.version).toBe('1.64.0');
    const again = await runRollout({ fleet, seed: 2 });
    expect(again.violations).toEqual([]);
  });

  it('the ECS agent fails and the policy allows no rollback: NeedsAttention', async () => {
    const fleet = withRelease(smallFleet(), 'ecs-agent-fails');
    const ended = await runRollout({ fleet, policy: { rollback: { onVerifyFailure: false } } });
    expect(ended.violations).toEqual([]);
    expect(Object.values(ended.outcomes).sort()).toEqual(['NeedsAttention', 'NotStarted']);
    expect(ended.ending).toBe('FailedDirty');
  });

  it('the ECS agent flaps for a while: waited out', async () => {
    const ended = await withFault({ name: 'ecs-agent-flaps', parameters: { times: 4 } });
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes).toEqual({ [first]: 'Updated', [other]: 'Updated' });
  });

  it('the ECS agent registers as a new container instance: Gone', async () => {
    const ended = await withFault({ name: 'reregisters-as-new-container-instance' });
    expect(ended.violations).toEqual([]);
  });
});

describe('others', () => {
  it.each([
    { name: 'instance-terminated' },
    { name: 'spot-interruption' },
  ])('$name at every step: Gone, not a failure, the others go on', async ({ name }) => {
    // The timeline of the first instance: checked, prepared, draining, rebooting, verifying, over.
    for (const fromSeconds of [10, 40, 60, 80, 110, 150]) {
      const ended = await runRollout({ faults: [{ name, subject: first, fromSeconds, timesMax: 1 }] });
      expect(ended.violations, String(fromSeconds)).toEqual([]);
      expect(['Succeeded', 'FailedClean'], `${fromSeconds} ${ended.reason}`).toContain(ended.ending);
      expect(ended.outcomes[other], String(fromSeconds)).toBe('Updated');
    }
  });

  it.each([
    'ACTIVE',
    'DRAINING',
    'DEREGISTERED',
  ])('another actor sets it to %s at every step: left alone', async (status) => {
    for (const fromSeconds of [40, 60, 80, 110, 150]) {
      const ended = await runRollout({
        faults: [
          {
            name: 'another-actor-changes-state',
            subject: first,
            fromSeconds,
            timesMax: 1,
            parameters: { status },
          },
        ],
      });
      expect(ended.violations, String(fromSeconds)).toEqual([]);
    }
  });

  it('another actor ends the drain: Yielded, and nothing rebooted', async () => {
    const ended = await withFault({ name: 'another-actor-ends-drain' });
    expect(ended.violations).toEqual([]);
    expect(ended.outcomes).toEqual({ [first]: 'Yielded', [other]: 'Updated' });
    expect(ended.watched.reboots.has(first)).toBe(false);
  });
});
