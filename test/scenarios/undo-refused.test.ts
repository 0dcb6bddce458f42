// Scenarios: calls of an undo that AWS refuses or does not answer, once or for a while.

import { describe, expect, it } from 'vitest';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import {
  type Ended,
  idsOf,
  runRollout,
  smallFleet,
  withoutGroups,
  withRelease,
} from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const alone = withoutGroups(smallFleet());
const [first = ''] = idsOf(alone);
const unlinked = withRelease(alone, 'ecs-agent-fails');
const hanging = withRelease(alone, 'never-boots');

/** Seconds after the fleet's beginning at which the undo of the first instance does this, undisturbed. */
async function secondsOf(
  fleet: typeof alone,
  action: 'roll-back' | 'flip-partitions' | 'reboot-host',
  policy: object = {},
): Promise<number> {
  const { instances } = await runRollout({ fleet, policy: { ...policy } });
  const doneAt = instances[first]?.undo?.done[action] ?? Number.NaN;
  return (doneAt - Date.parse(fleet.startAt)) / 1000 - 1;
}

const FLIP = { rollback: { allowAdminContainer: true } };

async function withCall(
  fleet: typeof alone,
  action: 'roll-back' | 'flip-partitions' | 'reboot-host',
  fault: FaultSpec,
  policy: object = {},
): Promise<Ended> {
  const fromSeconds = await secondsOf(fleet, action, policy);
  const subject = action === 'reboot-host' ? 'ec2:RebootInstances' : 'ssm:SendCommand';
  const until =
    fault.untilSeconds === undefined ? {} : { untilSeconds: fromSeconds + fault.untilSeconds };
  const faults = [{ subject, ...fault, fromSeconds, ...until }];
  return runRollout({ fleet, policy: { ...policy }, faults });
}

describe('the command that takes a host back', () => {
  it.each<FaultSpec>([
    { name: 'api-access-denied', timesMax: 1 },
    { name: 'api-throttled', untilSeconds: 90 },
    { name: 'api-error-before-effect', untilSeconds: 90 },
    { name: 'api-error-after-effect', untilSeconds: 30 },
    { name: 'api-error-after-effect', untilSeconds: 30, parameters: { answer: 'none' } },
  ])('is sent again after $name: RolledBack', async (fault) => {
    const ended = await withCall(unlinked, 'roll-back', fault);
    expectEnd(ended, 'FailedClean', ['RolledBack', 'NotStarted']);
    expect(ended.region.hosts.get(first)?.version).toBe('1.64.0');
  });

  it('is sent again, too, where it flips the partition sets', async () => {
    const fault = { name: 'api-access-denied', timesMax: 1 };
    const ended = await withCall(unlinked, 'flip-partitions', fault, FLIP);
    expectEnd(ended, 'FailedClean', ['RolledBack', 'NotStarted']);
    expect(ended.instances[first]?.undo?.done['roll-back']).toBeUndefined();
  });

  it('is tried for a quarter of an hour, then a person is told why it could not be sent', async () => {
    const fault = { name: 'api-access-denied', untilSeconds: 7200 };
    const ended = await withCall(unlinked, 'roll-back', fault);
    expectEnd(ended, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
    expect(ended.instances[first]?.reason).toMatch(/^the undo failed with AccessDenied/);
    const { finishedAt = 0, undo } = ended.instances[first] ?? {};
    expect(finishedAt - (undo?.beganAt ?? 0)).toBeLessThan(45 * 60_000);
  });
});

describe('the EC2 reboot of a host that never came back', () => {
  it.each<FaultSpec>([
    { name: 'api-access-denied', timesMax: 1 },
    { name: 'api-throttled', untilSeconds: 90 },
  ])('is asked for again after $name: FellBack', async (fault) => {
    const ended = await withCall(hanging, 'reboot-host', fault);
    expectEnd(ended, 'FailedClean', ['FellBack', 'NotStarted']);
    expect(ended.watched.reboots.get(first)).toEqual({ api: 1, ec2: 1 });
  });

  it('is not asked for again where it may have been granted', async () => {
    const fault = { name: 'api-error-after-effect', untilSeconds: 30 };
    const ended = await withCall(hanging, 'reboot-host', fault);
    expectEnd(ended, ['FailedClean', 'FailedDirty']);
    expect(ended.violations).toEqual([]);
  });

  it('that is always refused terminates nothing: NeedsAttention', async () => {
    const fault = { name: 'api-access-denied', untilSeconds: 7200 };
    const policy = { rollback: { replaceDead: true } };
    const ended = await withCall(hanging, 'reboot-host', fault, policy);
    expectEnd(ended, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
    expect(ended.instances[first]?.reason).toMatch(/^the undo failed with UnauthorizedOperation/);
    expect(ended.instances[first]?.undo?.replacement).toBeUndefined();
  });
});

describe('the return to service of a verified host', () => {
  it('is tried for a quarter of an hour where it is denied for good; nothing is taken back meanwhile', async () => {
    const { bootedAt = 0 } = (await runRollout()).instances[first] ?? {};
    const fromSeconds = (bootedAt - Date.parse(smallFleet().startAt)) / 1000;
    const subject = 'ecs:UpdateContainerInstancesState';
    const ended = await runRollout({
      faults: [{ name: 'api-access-denied', subject, fromSeconds }],
    });
    expectEnd(ended, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
    const { reason, undo, finishedAt = 0 } = ended.instances[first] ?? {};
    expect(reason).toMatch(/^the undo failed with AccessDenied/);
    expect(undo?.decided?.outcome).toBe('Updated');
    expect(finishedAt - (undo?.beganAt ?? 0)).toBeLessThan(30 * 60_000);
    expect(ended.region.hosts.get(first)?.version).toBe('1.65.0');
    expect(ended.watched.reboots.get(first)).toEqual({ api: 1, ec2: 0 });
  });
});

describe('whoever may drain nothing', () => {
  it('leaves nothing drained, and no mark: FailedClean', async () => {
    const subject = 'ecs:UpdateContainerInstancesState';
    const faults = [{ name: 'api-access-denied', subject }];
    const ended = await runRollout({ fleet: alone, policy: { failureBudget: 1 }, faults });
    expectEnd(ended, 'FailedClean', ['Failed', 'Failed']);
    expect(ended.instances[first]?.reason).toMatch(
      /^DrainContainerInstance failed with AccessDenied/,
    );
  });
});
