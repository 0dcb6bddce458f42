// Scenarios: a version earns its scale, also when the canary never had its turn; and what a rollout says that did nothing.

import { describe, expect, it } from 'vitest';
import { idsOf, runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const fleet = smallFleet({ containerInstances: 4, availabilityZones: 2 });
/** Among equals the last by its id. */
const canary = idsOf(fleet).sort().at(-1) ?? '';
const others = idsOf(fleet).filter((id) => id !== canary);
const policy = {
  waves: { canaryCount: 1, sizes: ['100%'], bakeTimeSeconds: 60 },
  budget: { outOfServiceMax: 3, perServiceMaxPercent: 100 },
};
/** While the update is downloaded. */
const drainedByOthers = {
  name: 'another-actor-changes-state',
  subject: canary,
  fromSeconds: 50,
  timesMax: 1,
  parameters: { status: 'DRAINING' },
};

describe('a canary that somebody else took away before its turn', () => {
  it('one of the next wave goes alone in its place, then the rest together', async () => {
    const ended = await runRollout({ fleet, policy, faults: [drainedByOthers] });
    expectEnd(ended, 'Succeeded');
    expect(ended.outcomes[canary]).toBe('Skipped');
    const [alone, ...rest] = others
      .map((id) => ended.instances[id])
      .sort((a, b) => (a?.startedAt ?? 0) - (b?.startedAt ?? 0));
    expect(rest.map((one) => one?.startedAt)).toEqual([rest[0]?.startedAt, rest[0]?.startedAt]);
    expect(rest[0]?.startedAt).toBeGreaterThan(alone?.finishedAt ?? 0);
  });
});

describe('a rollout in which nothing could be started', () => {
  it('says so instead of calling its waves good', async () => {
    const full = { name: 'web', tasksPerInstance: 1, cpu: 2500, memory: 1024 };
    const services = [{ ...full, minimumHealthyPercent: 100, maximumPercent: 200 }];
    const ended = await runRollout({ fleet: smallFleet({ services }), policy });
    expectEnd(ended, 'Succeeded', ['Blocked', 'Blocked']);
    expect(ended.reason).toBe('nothing was updated: no chosen container instance could be');
  });
});

describe('a version that may just have failed', () => {
  it('nobody else goes to it while an undo may turn out to be one failure too many', async () => {
    const ended = await runRollout({
      fleet: smallFleet({ containerInstances: 6, availabilityZones: 2 }),
      policy: {
        waves: { canaryCount: 0, sizes: ['100%'], bakeTimeSeconds: 60 },
        budget: { outOfServiceMax: 2, perServiceMaxPercent: 100 },
        verify: { timeoutSeconds: 60 },
      },
      // The first of two that reboot beside each other.
      faults: [{ name: 'ecs-agent-fails', timesMax: 1 }],
    });
    expectEnd(ended, 'FailedClean');
    const all = Object.values(ended.instances);
    const undone = all.find(({ outcome }) => outcome === 'RolledBack')?.undo?.beganAt;
    expect(undone).toBeDefined();
    expect(all.filter(({ startedAt = 0 }) => startedAt > (undone ?? 0))).toEqual([]);
    expect(Object.values(ended.outcomes).filter((one) => one === 'NotStarted')).not.toEqual([]);
  });
});
