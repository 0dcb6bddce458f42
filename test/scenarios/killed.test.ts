// Scenarios: a function dies, or freezes, after every single call that it makes to AWS.

import { describe, expect, it } from 'vitest';
import { runRollout } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const CLEAN = ['Succeeded', 'Halted', 'FailedClean'];

/** Functions, and more calls than each makes. */
const FUNCTIONS: readonly (readonly [string, number])[] = [
  ['open-rollout', 8],
  ['discover-container-instances', 7],
  ['check-updates', 8],
  ['plan-waves', 15],
  ['prepare-updates', 8],
  ['dispatch-container-instances', 14],
  ['drain-container-instance', 8],
  ['reboot-into-update', 7],
  ['verify-container-instance', 5],
  ['return-to-service', 8],
  ['confirm-container-instance', 4],
  ['record-outcome', 4],
  ['bake-wave', 6],
  ['evaluate-wave', 7],
  ['close-rollout', 12],
  ['wake-waits', 8],
  ['sweep', 8],
];

describe.each(FUNCTIONS)('%s', (file, calls) => {
  const subject = `bottlerocket-fleet-${file}`;
  const numbers = Array.from({ length: calls }, (_, index) => index + 1);

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
    expect(ended.recordedEnding).toBeDefined();
    expect(ended.leases).toEqual([]);
  });
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
    for (const afterCalls of [1, 2, 3, 4, 5]) {
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
