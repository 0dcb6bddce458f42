// Scenarios: Systems Manager loses, repeats, garbles or misreports, and the update repository is away.

import { describe, expect, it } from 'vitest';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import { type Ended, idsOf, runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const [first = ''] = idsOf(smallFleet());

async function withFault(fault: FaultSpec): Promise<Ended> {
  return runRollout({ faults: [{ subject: first, ...fault }], policy: { failureBudget: 1 } });
}

describe('the reboot command', () => {
  it.each(['ssm-reruns-reboot', 'ssm-reboot-reported-failed'])(
    '%s: boot id and version judge, and it reboots once',
    async (name) => {
      const ended = await runRollout({ faults: [{ name }] });
      expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
      expect([...ended.watched.wentDown.values()]).toEqual([1, 1]);
    },
  );

  it('is never delivered: nothing reboots, ACTIVE again, Failed', async () => {
    // Check and prepare are the first two commands to a host.
    const faults = [{ name: 'ssm-delivery-lost', subject: first, fromSeconds: 58, timesMax: 1 }];
    const ended = await runRollout({ faults, policy: { failureBudget: 1 } });
    expectEnd(ended, 'FailedClean', ['Failed', 'Updated']);
    expect(ended.watched.wentDown.get(first)).toBeUndefined();
  });

  it('is never delivered, and nothing after it either: NeedsAttention', async () => {
    const faults = [{ name: 'ssm-delivery-lost', subject: first, fromSeconds: 58 }];
    const ended = await runRollout({ faults });
    expectEnd(ended, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
  });
});

describe('delivery', () => {
  it.each([{}, { how: 'undeliverable' }])(
    'is lost from the start: skipped (%o)',
    async (parameters) => {
      const ended = await withFault({ name: 'ssm-delivery-lost', parameters });
      expectEnd(ended, 'Succeeded', ['Skipped', 'Updated']);
    },
  );

  it.each([0, 5, 180, 250, 300, 340, 400])(
    'is lost once after %i seconds: ends clean',
    async (fromSeconds) => {
      const ended = await withFault({ name: 'ssm-delivery-lost', fromSeconds, timesMax: 1 });
      expectEnd(ended, ['Succeeded', 'FailedClean']);
    },
  );

  it('a fifth of all commands is lost: ends clean or reported', async () => {
    for (const seed of [1, 2, 3]) {
      const faults = [{ name: 'ssm-delivery-lost', probability: 0.2 }];
      expectEnd(await runRollout({ faults, seed }), ['Succeeded', 'FailedClean', 'FailedDirty']);
    }
  });

  it('is not known yet right after it was sent', async () => {
    const ended = await runRollout({ faults: [{ name: 'ssm-invocation-unknown' }] });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });
});

describe('output', () => {
  it.each(['ssm-output-cut', 'ssm-output-garbled'])(
    '%s always: unknown is never "no update", nothing is drained',
    async (name) => {
      const ended = await runRollout({ faults: [{ name }] });
      expectEnd(ended, 'FailedClean', ['Skipped', 'Skipped']);
      expect(ended.watched.outOfServiceMax).toBe(0);
    },
  );

  it.each(['ssm-output-cut', 'ssm-output-garbled'])(
    '%s once, at every step: ends clean',
    async (name) => {
      for (const fromSeconds of [0, 5, 180, 250, 300, 340, 400]) {
        const ended = await withFault({ name, fromSeconds, timesMax: 1 });
        expectEnd(ended, ['Succeeded', 'FailedClean']);
      }
    },
  );

  it.each(['ssm-output-cut', 'ssm-output-garbled'])('%s for good once drained', async (name) => {
    const ended = await withFault({ name, fromSeconds: 58 });
    expectEnd(ended, ['Succeeded', 'FailedClean', 'FailedDirty']);
    // It answers, so it lives.
    expect(ended.watched.reboots.get(first)?.ec2 ?? 0).toBe(0);
  });
});

describe('the update repository', () => {
  it.each(['refused', 'black-holed'])(
    'is unreachable (%s): FailedClean, nothing touched',
    async (how) => {
      const ended = await runRollout({
        faults: [{ name: 'repository-unreachable', parameters: { how } }],
      });
      expectEnd(ended, 'FailedClean', ['Skipped', 'Skipped']);
      expect(ended.watched.outOfServiceMax).toBe(0);
      expect(ended.watched.reboots.size).toBe(0);
    },
  );

  it('goes away after the check: prepare fails, nothing drained', async () => {
    const ended = await runRollout({
      faults: [{ name: 'repository-unreachable', fromSeconds: 7 }],
    });
    expectEnd(ended, 'FailedClean', ['Skipped', 'Skipped']);
    expect(ended.watched.outOfServiceMax).toBe(0);
  });

  it('is away when a bad version must be rolled back: reported, left drained', async () => {
    const ended = await runRollout({
      faults: [
        { name: 'ecs-agent-fails', subject: first, timesMax: 1 },
        { name: 'repository-unreachable', fromSeconds: 200 },
      ],
    });
    expectEnd(ended, ['FailedDirty', 'FailedClean']);
  });
});

describe('somebody else', () => {
  it.each(['Ready', 'Staged'])('has the update %s already: adopted or skipped', async (state) => {
    const faults = [
      { name: 'already-ready-by-someone', subject: first, timesMax: 1, parameters: { state } },
    ];
    expectEnd(await runRollout({ faults }), ['Succeeded', 'FailedClean']);
  });

  it('holds the update lock for a while', async () => {
    const faults = [{ name: 'apiclient-locked', subject: first, timesMax: 3 }];
    expectEnd(await runRollout({ faults }), ['Succeeded', 'FailedClean']);
  });
});

const DENIED = { name: 'api-access-denied', subject: 'ssm:SendCommand' };

/** As roles deny it: what has no tag is denied, and so is every command that names it beside others. */
function untagged(...ids: readonly string[]): FaultSpec[] {
  return ids.map((naming) => ({ ...DENIED, parameters: { naming } }));
}

describe('hosts without the tag that the roles ask for', () => {
  it('one of them: skipped with the reason, all others are updated', async () => {
    const fleet = smallFleet({ containerInstances: 4 });
    const [, second = ''] = idsOf(fleet);
    const ended = await runRollout({ fleet, faults: untagged(second) });
    expectEnd(ended, 'Succeeded', ['Updated', 'Skipped', 'Updated', 'Updated']);
    expect(ended.instances[second]).toMatchObject({
      code: 'CommandDenied',
      reason: expect.stringMatching(
        /^check cannot be sent to its host: .* tag bottlerocket-fleet,/,
      ),
    });
    expect(ended.reason).toContain('1 could not be asked');
  });

  it('a whole second group, more than one command holds: the others are planned', async () => {
    const fleet = smallFleet({ containerInstances: 100 });
    const ids = idsOf(fleet);
    const ended = await runRollout({
      ...{ fleet, policy: { planOnly: true }, faults: untagged(...ids.slice(20, 75)) },
    });
    expectEnd(ended, 'Succeeded');
    const codes = ids.map((id) => ended.instances[id]?.code);
    expect(codes.filter((code) => code === 'CommandDenied')).toHaveLength(55);
    expect(codes.slice(20, 75).every((code) => code === 'CommandDenied')).toBe(true);
  });

  it('every one: it must be the role, and the rollout says so before long', async () => {
    const fleet = smallFleet({ containerInstances: 100 });
    const ended = await runRollout({ fleet, faults: [DENIED] });
    expectEnd(ended, 'FailedClean');
    expect(ended.reason).toContain('CheckUpdates failed with AccessDeniedException');
    expect(ended.region.counts.of('ssm:SendCommand')).toBe(100);
  });

  it('on the way back: it stays on the version that was to be left, and has failed', async () => {
    const alarm = { name: 'alarm-fires', subject: 'web-5xx', parameters: { seconds: 0 } };
    // The command for both, and that for itself.
    const denied = untagged(first).map((one) => ({ ...one, fromSeconds: 400, timesMax: 2 }));
    const ended = await runRollout({
      faults: [{ ...alarm, fromSeconds: 400, timesMax: 1 }, ...denied],
      policy: { gates: { alarms: ['web-5xx'] }, rollback: { onHalt: 'rollout' } },
    });
    expectEnd(ended, 'FailedClean', ['Failed', 'RolledBack']);
    expect(ended.instances[first]?.reason).toMatch(
      /^still on 1\.65\.0, no way back: prepare cannot be sent to its host: /,
    );
  });
});
