// Scenarios: somebody or something else takes an instance away at every step of its update.

import { describe, expect, it } from 'vitest';
import { CLUSTER, type Ended, idsOf, runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const fleet = smallFleet({ containerInstances: 4, availabilityZones: 2 });
const [first = '', ...others] = idsOf(fleet);
/** One place for what is gone for good, one to go on with. */
const policy = { budget: { outOfServiceMax: 2, perServiceMaxPercent: 100 } };

function expectOthersUpdated({ outcomes }: Ended): void {
  expect(others.map((id) => outcomes[id])).toEqual(['Updated', 'Updated', 'Updated']);
}

/** Checked, prepared, drained, told to reboot, down, up without agents, settling, confirmed, over, baked. */
const STEPS = [0, 10, 50, 140, 160, 190, 200, 220, 260, 270, 290, 320, 450];

describe.each(['instance-terminated', 'spot-interruption'])('%s', (name) => {
  it.each(STEPS)('after %i seconds: Gone is no failure, the others go on', async (fromSeconds) => {
    const faults = [{ name, subject: first, fromSeconds, timesMax: 1 }];
    const ended = await runRollout({ fleet, faults, policy });
    expectEnd(ended, 'Succeeded');
    expect(['Gone', 'Updated', 'Skipped']).toContain(ended.outcomes[first]);
    expectOthersUpdated(ended);
  });
});

describe.each(['ACTIVE', 'DRAINING', 'DEREGISTERED'])('another actor sets it to %s', (status) => {
  it.each(STEPS)('after %i seconds: left alone, the others go on', async (fromSeconds) => {
    const name = 'another-actor-changes-state';
    const faults = [{ name, subject: first, fromSeconds, timesMax: 1, parameters: { status } }];
    const ended = await runRollout({ fleet, faults, policy });
    expectEnd(ended, 'Succeeded');
    expectOthersUpdated(ended);
  });
});

describe('another actor sees our drain', () => {
  it.each(['ACTIVE', 'DEREGISTERED'])('and sets it to %s: nothing is rebooted', async (status) => {
    const name = 'another-actor-ends-drain';
    const faults = [{ name, subject: first, parameters: { status } }];
    const ended = await runRollout({ fleet, faults, policy });
    expectEnd(ended, 'Succeeded');
    expect(ended.outcomes[first]).toBe(status === 'ACTIVE' ? 'Yielded' : 'Gone');
    expect(ended.watched.reboots.has(first)).toBe(false);
    expectOthersUpdated(ended);
  });
});

describe('a task that somebody stops right before the drain', () => {
  /** Its target deregisters for five minutes before the containers get their signal. */
  const web = {
    name: 'web',
    tasksPerInstance: 1,
    cpu: 512,
    memory: 1024,
    minimumHealthyPercent: 50,
    maximumPercent: 200,
    hostPort: 8443,
    deregistrationDelaySeconds: 300,
  };

  it('is waited for, although ECS does not list it as running any more', async () => {
    const slow = smallFleet({ containerInstances: 3, availabilityZones: 3, services: [web] });
    const [drainedFirst = ''] = idsOf(slow);
    const ended = await runRollout({
      fleet: slow,
      policy: { budget: { outOfServiceMax: 1, perServiceMaxPercent: 100 } },
      meanwhile: async ({ region, untilState }) => {
        await untilState('run-wave', 'DispatchContainerInstances');
        const listed = await region.call('ecs', 'ListTasks', { cluster: CLUSTER });
        for (const task of listed.taskArns as string[]) {
          await region.call('ecs', 'StopTask', { cluster: CLUSTER, task });
        }
      },
    });
    expectEnd(ended, 'Succeeded');
    expect(ended.outcomes[drainedFirst]).toBe('Updated');
  });
});
