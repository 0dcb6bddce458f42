// Scenarios: somebody or something else takes an instance away at every step of its update.

import { describe, expect, it } from 'vitest';
import { idsOf, runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const [first = '', other = ''] = idsOf(smallFleet());
/** Being checked, prepared, drained, rebooted, verified, confirmed; the other's turn; baked. */
const STEPS = [10, 30, 50, 60, 80, 110, 130, 150, 200, 300];

describe.each(['instance-terminated', 'spot-interruption'])('%s', (name) => {
  it.each(STEPS)('after %i seconds: Gone is no failure, the others go on', async (fromSeconds) => {
    const faults = [{ name, subject: first, fromSeconds, timesMax: 1 }];
    const ended = await runRollout({ faults });
    expectEnd(ended, 'Succeeded');
    expect(['Gone', 'Updated', 'Skipped']).toContain(ended.outcomes[first]);
    expect(ended.outcomes[other]).toBe('Updated');
  });
});

describe.each(['ACTIVE', 'DRAINING', 'DEREGISTERED'])('another actor sets it to %s', (status) => {
  it.each(STEPS)('after %i seconds: left alone, the others go on', async (fromSeconds) => {
    const name = 'another-actor-changes-state';
    const faults = [{ name, subject: first, fromSeconds, timesMax: 1, parameters: { status } }];
    const ended = await runRollout({ faults });
    expectEnd(ended, 'Succeeded');
    expect(ended.outcomes[other]).toMatch(/Updated|NotStarted/);
  });
});

describe('another actor sees our drain', () => {
  it.each(['ACTIVE', 'DEREGISTERED'])('and sets it to %s: nothing is rebooted', async (status) => {
    const name = 'another-actor-ends-drain';
    const faults = [{ name, subject: first, parameters: { status } }];
    const ended = await runRollout({ faults });
    const outcome = status === 'ACTIVE' ? 'Yielded' : 'Gone';
    expectEnd(ended, 'Succeeded', [outcome, 'Updated']);
    expect(ended.watched.reboots.has(first)).toBe(false);
  });
});
