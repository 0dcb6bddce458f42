// Scenarios: people, limits and machines that a fault file brings in, and how the product takes them.

import { describe, expect, it } from 'vitest';
import { FLEET_PARAMETER_PREFIX, functionName, TABLE_NAME } from '../../infra/names.ts';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import {
  CLUSTER,
  EXECUTION,
  idsOf,
  type Policy,
  runRollout,
  smallFleet,
} from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const fleet = smallFleet();
const [first = ''] = idsOf(fleet);
const UPDATED = ['Updated', 'Updated'];
/** The first one drains, or has just been drained. */
const MIDDLE_SECONDS = 120;

function run(faults: readonly FaultSpec[], policy: Policy = {}) {
  return runRollout({ fleet, faults, policy });
}

/** Somebody presses a button or types a command. */
function person(action: string, by: string, fromSeconds: number): FaultSpec {
  const payload = JSON.stringify({ action, rolloutId: EXECUTION, by });
  const subject = functionName('control-rollout');
  return { name: 'function-invoked', subject, fromSeconds, parameters: { payload } };
}

describe('people', () => {
  it('one approves and one aborts at the same instant: abort wins, both are in the journal', async () => {
    const faults = [person('approve', 'ann', 100), person('abort', 'bob', 100)];
    const ended = await run(faults, { approval: { required: true } });
    expectEnd(ended, 'Halted');
    expect(ended.watched.reboots.size).toBe(0);
    const said = ended.journal.map(({ what, who }) => `${what} by ${who}`);
    expect(said).toEqual(expect.arrayContaining(['approve by ann', 'abort by bob']));
  });

  it('the same with the abort first', async () => {
    const faults = [person('abort', 'bob', 100), person('approve', 'ann', 100)];
    const ended = await run(faults, { approval: { required: true } });
    expectEnd(ended, 'Halted');
    expect(ended.watched.reboots.size).toBe(0);
  });

  it('put hostile text into tags: nothing of it runs, the tagged one is updated', async () => {
    const ended = await run([{ name: 'tags-put' }]);
    expectEnd(ended, 'Succeeded', UPDATED);
  });

  it('protect the tasks of a host for two days: it is left in service, the other is updated', async () => {
    const faults = [{ name: 'tasks-protected', subject: first }];
    const ended = await run(faults, { failureBudget: 1 });
    expectEnd(ended, ['Succeeded', 'FailedClean', 'Halted']);
    expect(ended.outcomes[first]).not.toBe('Updated');
    expect(ended.watched.reboots.has(first)).toBe(false);
  });

  it('break the configured policy in the middle: this rollout goes on with the one it began with', async () => {
    const subject = `${FLEET_PARAMETER_PREFIX}/${CLUSTER}`;
    const parameters = { value: '{"no": "policy"}' };
    const faults = [
      { name: 'parameter-changed', subject, fromSeconds: MIDDLE_SECONDS, parameters },
    ];
    expectEnd(await run(faults), 'Succeeded', UPDATED);
  });

  describe('tighten the configured policy in the middle', () => {
    /** Four rounds: the change is heard of five minutes after the rollout's first dispatch, in the third. */
    const large = smallFleet({ containerInstances: 12 });
    const POLICY = { budget: { outOfServiceMax: 3, perServiceMaxPercent: 100 } };
    function changed(policy: object): FaultSpec {
      const subject = `${FLEET_PARAMETER_PREFIX}/${CLUSTER}`;
      const parameters = { value: JSON.stringify(policy) };
      return { name: 'parameter-changed', subject, fromSeconds: 130, parameters };
    }

    async function ended(faults: readonly FaultSpec[], policy: Policy = {}) {
      let most = 0;
      const ended = await runRollout({
        fleet: large,
        faults,
        policy: { ...POLICY, ...policy },
        observe: (region) => {
          region.kernel.log.subscribe(({ at, name, detail }) => {
            if (name !== 'container-instance-status' || detail.status !== 'DRAINING') return;
            if (at < Date.parse('2026-11-24T02:06:30Z')) return;
            const world = region.services.ecs.world.containerInstances(CLUSTER);
            most = Math.max(most, world.filter(({ status }) => status === 'DRAINING').length);
          });
        },
      });
      const why = ended.journal.find(({ what }) => what === 'policy tightened')?.why;
      return { ...ended, most, why };
    }

    it('the budget: the next start waits for it', async () => {
      const found = await ended([changed({ budget: { outOfServiceMax: 1 } })]);
      expectEnd(found, 'Succeeded');
      expect(found.why).toBe('budget.outOfServiceMax 3 to 1');
      expect(found.most).toBe(1);
    });

    it('a looser one is for the next rollout', async () => {
      const found = await ended([changed({ budget: { outOfServiceMax: 5 } })]);
      expectEnd(found, 'Succeeded');
      expect(found.why).toBeUndefined();
      expect(found.watched.outOfServiceMax).toBe(3);
    });

    it('the version: nothing more is started', async () => {
      const found = await ended([changed({ target: { skipVersions: ['1.65.0'] } })]);
      expectEnd(found, 'Succeeded');
      const heardAt = found.execution.startAt + 435_000;
      for (const { outcome, drainedAt } of Object.values(found.instances)) {
        expect(outcome).toBe(drainedAt === undefined ? 'Skipped' : 'Updated');
        expect(drainedAt ?? 0).toBeLessThan(heardAt);
      }
      const skipped = Object.values(found.instances).find(({ outcome }) => outcome === 'Skipped');
      expect(skipped?.reason).toContain('target.skipVersions names 1.65.0');
    });

    it('the window: nothing is started that could not end in it', async () => {
      const found = await ended([changed({ window: { durationMinutes: 109 } })]);
      expectEnd(found, 'Halted');
      expect(found.reason).toContain('the window closes at 2026-11-24T03:49:');
    });

    it('nothing that an earlier rollout has heard counts for the next one', async () => {
      const Name = `${FLEET_PARAMETER_PREFIX}/${CLUSTER}`;
      const { world, region } = await runRollout({
        meanwhile: async ({ region, untilState, start }) => {
          const put = (policy: object) =>
            region.call('ssm', 'PutParameter', {
              Name,
              Value: JSON.stringify(policy),
              Overwrite: true,
            });
          await untilState('roll-out-cluster', 'CheckUpdates');
          await put({ target: { skipVersions: ['1.65.0'] } });
          // It has ended by then, and what it read is younger than five minutes.
          await region.advance(240);
          await put({});
          await start('second');
          await region.advance(1800);
        },
      });
      const versions = world.map(
        ({ ec2InstanceId }) => region.hosts.get(ec2InstanceId)?.bottlerocket?.version,
      );
      expect(versions).toEqual(['1.65.0', '1.65.0']);
    });

    it('one of them is excluded by its tag: it is left alone', async () => {
      const [last = ''] = idsOf(large).slice(-1);
      const tagged = {
        name: 'tags-put',
        subject: last,
        fromSeconds: 60,
        parameters: { key: 'bottlerocket-fleet:exclude', value: 'yes' },
      };
      const found = await ended([tagged]);
      expectEnd(found, 'Succeeded');
      expect(found.outcomes[last]).toBe('Skipped');
      expect(found.instances[last]?.code).toBe('Excluded');
      expect(found.watched.reboots.has(last)).toBe(false);
    });
  });

  it('raise the capacity: the new host is left for the next rollout', async () => {
    const ended = await run([{ name: 'group-scales-out', fromSeconds: MIDDLE_SECONDS }]);
    expectEnd(ended, 'Succeeded', UPDATED);
    expect(ended.world.length).toBeGreaterThan(2);
    expect(Object.keys(ended.outcomes)).toHaveLength(2);
  });

  it('close the calendar for an hour: nothing starts meanwhile, then it goes on', async () => {
    const closing = { ...fleet, calendars: [{ name: 'freeze', closed: [] }] };
    const faults = [{ name: 'calendar-closes', fromSeconds: MIDDLE_SECONDS }];
    const policy = { window: { calendars: ['freeze'] } };
    const ended = await runRollout({ fleet: closing, faults, policy });
    expectEnd(ended, 'Succeeded', UPDATED);
    expect(ended.region.kernel.clock.now() - ended.execution.startAt).toBeGreaterThan(3_600_000);
  });

  it('close the calendar for good: it ends with its window', async () => {
    const closing = { ...fleet, calendars: [{ name: 'freeze', closed: [] }] };
    const parameters = { seconds: 0 };
    const faults = [{ name: 'calendar-closes', fromSeconds: MIDDLE_SECONDS, parameters }];
    const policy = { window: { calendars: ['freeze'], durationMinutes: 120 } };
    const ended = await runRollout({ fleet: closing, faults, policy });
    expectEnd(ended, 'Halted');
    expect(ended.outcomes[first]).not.toBe('Blocked');
  });

  it('redrive an execution whose history is full: refused, and closed by the sweep', async () => {
    const full = { name: 'history-limit-lowered', parameters: { events: 30 }, timesMax: 1 };
    const redriven = { name: 'execution-redriven', parameters: { seconds: 60 } };
    const ended = await run([full, redriven].map((one) => ({ ...one, subject: EXECUTION })));
    expectEnd(ended, 'FailedClean');
    expect(ended.reason).toContain('maximum number of history events (30)');
  });

  it('redrive an execution that was aborted and undone: it changes nothing any more', async () => {
    const aborted = `${EXECUTION}.${first}*/VerifyContainerInstance`;
    const faults = [
      { name: 'execution-aborted-in-state', subject: aborted, timesMax: 1 },
      { name: 'execution-redriven', parameters: { seconds: 1200 }, subject: `${EXECUTION}.*` },
    ];
    expectEnd(await run(faults, { failureBudget: 1 }), ['Succeeded', 'FailedClean', 'Halted']);
  });
});

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
