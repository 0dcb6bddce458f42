// Scenarios: a function dies, or freezes, after a call that it makes to AWS, once or for good.

import { describe, expect, it } from 'vitest';
import { runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const CLEAN = ['Succeeded', 'Halted', 'FailedClean'];

/** Functions, and some calls after which each is killed: around its writes, where it matters. */
const FUNCTIONS: readonly (readonly [string, readonly number[]])[] = [
  ['open-rollout', [3, 4, 5, 6]],
  ['discover-container-instances', [5]],
  ['check-updates', [3, 5]],
  ['plan-waves', [12, 14]],
  ['prepare-updates', [3, 5]],
  ['dispatch-container-instances', [1, 10, 12, 13, 14]],
  ['drain-container-instance', [3, 4, 5, 6]],
  ['reboot-into-update', [4, 5, 6]],
  ['verify-container-instance', [1, 2]],
  ['return-to-service', [3, 4, 5, 6, 7]],
  ['confirm-container-instance', [2]],
  ['record-outcome', [2, 3]],
  ['bake-wave', [3]],
  ['evaluate-wave', [4, 6]],
  ['close-rollout', [5, 6, 7, 8, 9, 10]],
  ['wake-waits', [2, 3, 4]],
  ['sweep', [2, 4]],
];

describe.each(FUNCTIONS)('%s', (file, numbers) => {
  const subject = `bottlerocket-fleet-${file}`;

  it.each(numbers)('killed after call %i, once: goes on', async (afterCalls) => {
    const faults = [{ name: 'lambda-killed', subject, timesMax: 1, parameters: { afterCalls } }];
    const ended = await runRollout({ faults });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });
});

describe('for good', () => {
  it.each([
    'drain-container-instance',
    'reboot-into-update',
    'verify-container-instance',
    'return-to-service',
    'confirm-container-instance',
    'dispatch-container-instances',
    'bake-wave',
    'evaluate-wave',
    'wake-waits',
  ])('%s is killed after its third call, always: ends clean', async (file) => {
    const subject = `bottlerocket-fleet-${file}`;
    const faults = [{ name: 'lambda-killed', subject, parameters: { afterCalls: 3 } }];
    expectEnd(await runRollout({ faults }), CLEAN);
  });

  it('close-rollout is killed always: the sweep closes', async () => {
    const subject = 'bottlerocket-fleet-close-rollout';
    const faults = [{ name: 'lambda-killed', subject, parameters: { afterCalls: 1 } }];
    const ended = await runRollout({ faults });
    expect(ended.recordedEnding).toBe('FailedClean');
    expect(ended.record.rollout?.reason).toMatch(
      /^its only wave is good; its execution ended FAILED and did not close it: CloseRollout failed with Runtime\.ExitError: .*killed; closed by the sweep$/,
    );
    expect(ended.leases).toEqual([]);
    expect(ended.violations).toEqual([]);
  });
});

it('a download that was asked for twice, and cut off by the reboot, does not keep a rollout open for hours', async () => {
  const subject = 'bottlerocket-fleet-prepare-updates';
  const killed = { name: 'lambda-killed', subject, timesMax: 1, parameters: { afterCalls: 7 } };
  const fell = { name: 'host-falls-back', timesMax: 1 };
  const { containerInstances, ...rest } = smallFleet();
  const tags = [{ key: 'bottlerocket-fleet:exclude', value: 'yes' }];
  const one = containerInstances.map((each, index) => (index === 0 ? { ...each, tags } : each));
  const ended = await runRollout({
    fleet: { ...rest, containerInstances: one },
    faults: [killed, fell],
    policy: { verify: { timeoutSeconds: 60 }, drain: { timeoutSeconds: 300 } },
  });
  expectEnd(ended, 'FailedClean');
  // In this run Systems Manager shows the command that the reboot cut off as running for three hours.
  const { openedAt = 0, closedAt = 0 } = ended.record.rollout ?? {};
  expect((closedAt - openedAt) / 60_000).toBeLessThan(50);
});

describe('frozen for five minutes and thawed', () => {
  it.each([
    'drain-container-instance',
    'reboot-into-update',
    'return-to-service',
    'dispatch-container-instances',
    'record-outcome',
    'close-rollout',
    'undo-container-instance',
  ])('%s, after each of its first calls', async (file) => {
    const subject = `bottlerocket-fleet-${file}`;
    for (const afterCalls of [2, 4]) {
      const faults = [
        { name: 'lambda-frozen', subject, timesMax: 1, parameters: { afterCalls } },
        ...(file === 'undo-container-instance' ? [{ name: 'host-falls-back', timesMax: 1 }] : []),
      ];
      const ended = await runRollout({ faults });
      expectEnd(ended, CLEAN);
      expect([...ended.watched.reboots.values()].every(({ api }) => api === 1)).toBe(true);
    }
  });
});
