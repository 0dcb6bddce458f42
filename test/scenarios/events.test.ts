// Scenarios: events are lost, doubled or late, and the sweep alone finishes a rollout.

import { describe, expect, it } from 'vitest';
import { runRollout } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const EVENTS = [
  'ECS Task State Change',
  'ECS Container Instance State Change',
  'EC2 Command Invocation Status-change Notification',
  'EC2 Command Status-change Notification',
  'Step Functions Execution Status Change',
];
const UPDATED = ['Updated', 'Updated'];

describe('lost', () => {
  it.each(EVENTS)('every %s: the sweep finds out', async (subject) => {
    expectEnd(
      await runRollout({ faults: [{ name: 'event-lost', subject }] }),
      'Succeeded',
      UPDATED,
    );
  });

  it('every event of every type: the sweep alone finishes the rollout', async () => {
    expectEnd(await runRollout({ faults: [{ name: 'event-lost' }] }), 'Succeeded', UPDATED);
  });

  it('every event, and two of three sweeps', async () => {
    const faults = [{ name: 'event-lost' }, { name: 'schedule-missed', probability: 0.66 }];
    expectEnd(await runRollout({ faults }), 'Succeeded', UPDATED);
  });

  it('every invocation of wake-waits', async () => {
    const faults = [{ name: 'async-invocation-lost', subject: 'bottlerocket-fleet-wake-waits' }];
    expectEnd(await runRollout({ faults }), 'Succeeded', UPDATED);
  });
});

describe('doubled and late', () => {
  it('every event twice', async () => {
    const faults = [{ name: 'event-duplicated' }];
    const ended = await runRollout({ faults });
    expectEnd(ended, 'Succeeded', UPDATED);
    expect([...ended.watched.reboots.values()].map(({ api }) => api)).toEqual([1, 1]);
  });

  it('every event twice, minutes apart', async () => {
    const faults = [{ name: 'event-duplicated', parameters: { seconds: 600 } }];
    expectEnd(await runRollout({ faults }), 'Succeeded', UPDATED);
  });

  it.each([30, 900])('every event %i seconds late', async (seconds) => {
    const faults = [{ name: 'event-late', parameters: { seconds } }];
    expectEnd(await runRollout({ faults }), 'Succeeded', UPDATED);
  });

  it('half of the events late or doubled, in any order', async () => {
    for (const seed of [1, 2, 3]) {
      const faults = [
        { name: 'event-late', probability: 0.3, parameters: { seconds: 90 } },
        { name: 'event-duplicated', probability: 0.3, parameters: { seconds: 120 } },
        { name: 'event-lost', probability: 0.2 },
      ];
      expectEnd(await runRollout({ faults, seed }), 'Succeeded', UPDATED);
    }
  });

  it('the sweep fires twice each time, and late', async () => {
    const faults = [
      { name: 'schedule-fires-twice' },
      { name: 'schedule-late', probability: 0.5, parameters: { seconds: 45 } },
      { name: 'event-lost' },
    ];
    expectEnd(await runRollout({ faults }), 'Succeeded', UPDATED);
  });
});
