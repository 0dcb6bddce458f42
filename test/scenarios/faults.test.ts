// Scenarios: limits and machines that a fault file brings in, and how the product takes them.

import { describe, expect, it } from 'vitest';
import { functionName, TABLE_NAME } from '../../infra/names.ts';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import { EXECUTION, idsOf, type Policy, runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const fleet = smallFleet();
const [first = ''] = idsOf(fleet);
const UPDATED = ['Updated', 'Updated'];
/** The first one drains, or has just been drained. */
const MIDDLE_SECONDS = 120;

function run(faults: readonly FaultSpec[], policy: Policy = {}) {
  return runRollout({ fleet, faults, policy });
}

describe('compute and limits', () => {
  it.each(['drain-container-instance', 'reboot-into-update', 'dispatch-container-instances'])(
    '%s runs into its time limit once: tried again',
    async (file) => {
      const faults = [{ name: 'lambda-times-out', subject: functionName(file), timesMax: 1 }];
      expectEnd(await run(faults), 'Succeeded', UPDATED);
    },
  );

  it('all functions are deployed again in the middle', async () => {
    const faults = [
      { name: 'function-code-updated', fromSeconds: MIDDLE_SECONDS },
      { name: 'state-machine-updated', fromSeconds: MIDDLE_SECONDS },
    ];
    expectEnd(await run(faults), 'Succeeded', UPDATED);
  });

  it('an execution reaches the limit of its history: undone by the sweep', async () => {
    const parameters = { events: 40 };
    const faults = [{ name: 'history-limit-lowered', subject: `${EXECUTION}.*`, parameters }];
    expectEnd(await run(faults), ['Succeeded', 'FailedClean', 'Halted']);
  });

  it('the second copy of every event comes two hours later', async () => {
    expectEnd(await run([{ name: 'event-repeated-late' }]), 'Succeeded', UPDATED);
  });

  it('a sweep that lags behind the end of the rollout leaves no lease', async () => {
    // It has read that the rollout is open, and is about to renew a lease that is given back meanwhile.
    const frozen = { afterCalls: 3, seconds: 100 };
    const faults = [{ name: 'lambda-frozen', subject: functionName('sweep'), parameters: frozen }];
    const ended = await runRollout({ faults });
    expectEnd(ended, 'Succeeded');
    expect(ended.leases).toEqual([]);
  });

  it('the key of the table is disabled for ten minutes while one drains', async () => {
    const span = { fromSeconds: MIDDLE_SECONDS, untilSeconds: MIDDLE_SECONDS + 600 };
    const faults = [{ name: 'kms-key-disabled', subject: TABLE_NAME, ...span }];
    expectEnd(await run(faults), ['Succeeded', 'FailedClean', 'Halted']);
  });
});

describe('the cluster', () => {
  it("a repository wave is not open for one host: skipped with the reason, the other's turn comes", async () => {
    const ended = await run([{ name: 'repository-wave-closed', subject: first }]);
    expectEnd(ended, 'Succeeded');
    expect(['Skipped', 'Updated']).toContain(ended.outcomes[first]);
  });

  it('replacements find no place: blocked, ACTIVE again, nothing rebooted', async () => {
    const ended = await run([{ name: 'placement-fails', subject: 'web' }]);
    expectEnd(ended, ['Succeeded', 'FailedClean', 'Halted']);
    expect(ended.outcomes[first]).toBe('Blocked');
    expect(ended.watched.reboots.size).toBe(0);
  });

  it('a daemon that ignores SIGTERM holds a drain for two minutes and no longer', async () => {
    const late = await run([{ name: 'daemon-stops-late' }]);
    expectEnd(late, 'Succeeded', UPDATED);
    const { drainedAt = 0, rebootSentAt = 0 } = late.instances[first] ?? {};
    expect(rebootSentAt - drainedAt).toBeGreaterThan(120_000);
    expect(rebootSentAt - drainedAt).toBeLessThan(420_000);
    const parameters = { seconds: 60 };
    expectEnd(await run([{ name: 'daemon-stops-late', parameters }]), 'Succeeded', UPDATED);
  });

  it('a task that ignores SIGTERM is waited for, as long as a drain may take; the reason names it', async () => {
    const ended = await run([{ name: 'task-stops-late', subject: 'web' }]);
    expectEnd(ended, 'Succeeded', ['Blocked', 'Blocked']);
    expect(ended.instances[first]?.reason).toMatch(
      /^not drained within 15 minutes: .*web STOPPING \([0-9a-f]{32}\)$/,
    );
  });

  it('nobody may change the state of an instance for ten minutes: it is not left drained', async () => {
    const { bootedAt = 0 } = (await run([])).instances[first] ?? {};
    const fromSeconds = (bootedAt - Date.parse(fleet.startAt)) / 1000;
    const subject = 'ecs:UpdateContainerInstancesState';
    const window = { fromSeconds, untilSeconds: fromSeconds + 600 };
    const ended = await run([{ name: 'api-access-denied', subject, ...window }]);
    expectEnd(ended, ['Succeeded', 'Halted', 'FailedClean']);
    expect(ended.instances[first]?.outcome).toBe('Updated');
  });

  it('ECS leaves one out of its answer when stock is taken: asked again, it is updated like the others', async () => {
    const left = { name: 'ecs-partial-failure', subject: first, untilSeconds: 10, timesMax: 2 };
    expectEnd(await run([left]), 'Succeeded', UPDATED);
  });

  it('ECS leaves one out for good when stock is taken: nothing is begun, and the reason names it', async () => {
    const left = { name: 'ecs-partial-failure', subject: first, untilSeconds: 900 };
    const ended = await run([left]);
    expectEnd(ended, 'FailedClean');
    expect(ended.watched.mutations.get('ssm:SendCommand')).toBeUndefined();
    const arn = fleet.containerInstances[0]?.containerInstanceArn;
    expect(ended.reason).toContain(`ECS lists ${arn}, but does not say how it is`);
  });

  it('a drain that waits for a protected task says until when it is protected', async () => {
    const faults = [{ name: 'tasks-protected', subject: first }];
    const drain = { protectedTasks: 'wait', timeoutSeconds: 300 };
    const ended = await run(faults, { drain });
    expectEnd(ended, 'Succeeded');
    expect(ended.outcomes[first]).toBe('Blocked');
    expect(ended.instances[first]?.reason).toMatch(
      /^not drained within 5 minutes: .*web RUNNING, protected until 2026-11-26T02:\d\d:\d\dZ \([0-9a-f]{32}\)/,
    );
  });

  it('one that cannot be drained on the way back has failed, and stays on the version that was to be left', async () => {
    const alarm = { name: 'alarm-fires', subject: 'web-5xx', parameters: { seconds: 0 } };
    const faults = [
      { ...alarm, fromSeconds: 400, timesMax: 1 },
      { name: 'tasks-protected', subject: first, fromSeconds: 1500 },
    ];
    const ended = await run(faults, {
      gates: { alarms: ['web-5xx'] },
      rollback: { onHalt: 'rollout' },
      drain: { protectedTasks: 'wait', timeoutSeconds: 300 },
    });
    expectEnd(ended, 'FailedClean', ['Failed', 'RolledBack']);
    expect(ended.instances[first]?.reason).toMatch(
      /^still on 1\.65\.0, no way back: not drained within 5 minutes: /,
    );
  });

  it('one that somebody uses on the way back has failed, too', async () => {
    const alarm = { name: 'alarm-fires', subject: 'web-5xx', parameters: { seconds: 0 } };
    const ended = await runRollout({
      fleet,
      faults: [{ ...alarm, fromSeconds: 400, timesMax: 1 }],
      policy: { gates: { alarms: ['web-5xx'] }, rollback: { onHalt: 'rollout' } },
      meanwhile: async ({ region, untilState }) => {
        await untilState('roll-out-cluster', 'PlanRollback');
        const containerInstances = [fleet.containerInstances[0]?.containerInstanceArn];
        await region.call('ecs', 'StartTask', {
          ...{ cluster: 'prod', taskDefinition: 'web', containerInstances },
        });
      },
    });
    expectEnd(ended, 'FailedClean', ['Failed', 'RolledBack']);
    expect(ended.instances[first]?.reason).toMatch(
      /^still on 1\.65\.0, no way back: one standalone task on it would be lost/,
    );
  });

  it('a drain whose tasks ECS cannot place says so in the words of ECS', async () => {
    const ended = await run([{ name: 'placement-fails', subject: 'web' }], {
      drain: { timeoutSeconds: 300 },
    });
    expectEnd(ended, 'Succeeded', ['Blocked', 'Blocked']);
    expect(ended.instances[first]?.reason).toMatch(
      /^not drained within 5 minutes: .*; ECS: \(service web\) was unable to place a task because no container instance met all of its requirements\.[^;]*[^.]$/,
    );
  });

  it.each(['undeliverable', 'access-denied', 'connection-lost', 'delivery-timed-out'])(
    'a command is lost in the middle: %s',
    async (how) => {
      const lost = { name: 'ssm-delivery-lost', subject: first, parameters: { how }, timesMax: 1 };
      const ended = await run([{ ...lost, fromSeconds: 60 }], { failureBudget: 1 });
      expectEnd(ended, ['Succeeded', 'FailedClean', 'Halted']);
    },
  );

  it.each([MIDDLE_SECONDS, 150])(
    'ECS does not answer for an instance for ten minutes from second %i: it is not left drained',
    async (fromSeconds) => {
      const span = { fromSeconds, untilSeconds: fromSeconds + 600 };
      const ended = await run([{ name: 'ecs-partial-failure', subject: first, ...span }]);
      expectEnd(ended, ['Succeeded', 'FailedClean', 'Halted']);
    },
  );
});
