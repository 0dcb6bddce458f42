// Scenarios: what people do meanwhile, as a fault file brings it in, and how the product takes it.

import { describe, expect, it } from 'vitest';
import { FLEET_PARAMETER_PREFIX, functionName } from '../../infra/names.ts';
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
