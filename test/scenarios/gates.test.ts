// Scenarios: failure budgets, windows, calendars, alarms, fleets of odd shapes, and a plan without a rollout.

import { describe, expect, it } from 'vitest';
import { FLEET_PARAMETER_PREFIX } from '../../infra/names.ts';
import type { FleetPlan, ServicePlan } from '../../simulator/fleet-file/fleet-plan.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import { CLUSTER, idsOf, runRollout, smallFleet, withRelease } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const WEB: ServicePlan = {
  name: 'web',
  tasksPerInstance: 1,
  cpu: 512,
  memory: 1024,
  minimumHealthyPercent: 100,
  maximumPercent: 200,
};

function outcomesOf(plan: Partial<FleetPlan>, service: Partial<ServicePlan> = {}, policy = {}) {
  return runRollout({ fleet: smallFleet({ ...plan, services: [{ ...WEB, ...service }] }), policy });
}

describe('failure budget', () => {
  const fleet = smallFleet({ containerInstances: 5 });

  it('0: the first failure halts', async () => {
    const ended = await runRollout({ fleet: withRelease(fleet, 'falls-back') });
    expectEnd(ended, 'FailedClean');
    expect(Object.values(ended.outcomes).sort()).toEqual([
      'FellBack',
      'NotStarted',
      'NotStarted',
      'NotStarted',
      'NotStarted',
    ]);
  });

  it('1: the second failure halts', async () => {
    const bad = withRelease(fleet, 'falls-back');
    const ended = await runRollout({ fleet: bad, policy: { failureBudget: 1 } });
    expectEnd(ended, 'FailedClean');
    expect(Object.values(ended.outcomes).filter((one) => one === 'FellBack')).toHaveLength(2);
  });
});

describe('a drain that takes longer than it may', () => {
  it.each([
    ['a minute', 60, 300],
    ['a quarter of an hour', 900, 3600],
  ])('%s, however long it was expected to take: given back', async (_, may, takes) => {
    const service = { deregistrationDelaySeconds: takes };
    const ended = await outcomesOf({}, service, { drain: { timeoutSeconds: may } });
    expectEnd(ended, 'Succeeded', ['Blocked', 'Blocked']);
    for (const { reason, drainedAt = 0, finishedAt = 0 } of Object.values(ended.instances)) {
      expect(reason).toMatch(new RegExp(`^not drained within ${may / 60} minutes?: `));
      // One period of the sweep, and what the undo takes.
      expect(finishedAt - drainedAt).toBeLessThan((may + 180) * 1000);
    }
  });
});

describe('windows', () => {
  it('too short for one instance: refused before anything', async () => {
    const ended = await runRollout({ policy: { window: { durationMinutes: 30 } } });
    expectEnd(ended, 'FailedClean');
    expect(ended.reason).toContain('window.durationMinutes: found 30');
    expect(ended.watched.documents).toEqual([]);
  });

  it('closes in the middle: what began is finished, the others wait for the next one', async () => {
    const policy = {
      drain: { timeoutSeconds: 120 },
      reboot: { timeoutSeconds: 240 },
      verify: { timeoutSeconds: 120 },
    };
    // One instance may take 85 minutes at worst, its undo included; the first starts in the third minute.
    const updated: number[] = [];
    for (const durationMinutes of [87, 100]) {
      const ended = await runRollout({ policy: { ...policy, window: { durationMinutes } } });
      expectEnd(ended, ['Halted', 'Succeeded']);
      updated.push(Object.values(ended.outcomes).filter((one) => one === 'Updated').length);
    }
    expect(updated).toEqual([1, 2]);
  });

  it('scheduled for a later day: refused before anything', async () => {
    const window = { durationMinutes: 120 };
    const ended = await runRollout({ policy: { window, scheduledAt: '2030-01-01T00:00:00Z' } });
    expectEnd(ended, 'FailedClean');
    expect(ended.reason).toContain('scheduledAt: found 2030-01-01T00:00:00Z, but it is 2026-11-24');
    expect(ended.watched.documents).toEqual([]);
  });

  it('closed already: Halted before anything', async () => {
    const window = { durationMinutes: 180 };
    const ended = await runRollout({ policy: { window, scheduledAt: '2026-11-23T02:00:00Z' } });
    expect(ended.execution.ending).toMatchObject({ status: 'SUCCEEDED' });
    expect(ended.watched.documents).toEqual([]);
    expect(ended.leases).toEqual([]);
  });

  it('a change calendar is closed for an hour: waits, then goes on', async () => {
    const fleet = smallFleet();
    const closed = [{ from: '2026-11-24T01:00:00.000Z', until: '2026-11-24T03:00:00.000Z' }];
    const ended = await runRollout({
      fleet: { ...fleet, calendars: [{ name: 'freeze', closed }] },
      policy: { window: { calendars: ['freeze'] } },
    });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });

  it('a change calendar that does not exist counts as closed', async () => {
    const ended = await runRollout({
      policy: { window: { calendars: ['no-such'] } },
      meanwhile: async ({ control, region, untilState }) => {
        await untilState('run-wave', 'AwaitProgress');
        await region.advance(3600);
        await control('abort');
      },
    });
    expectEnd(ended, 'Halted', ['NotStarted', 'NotStarted']);
  });
});

describe('alarms', () => {
  const policy = { gates: { alarms: ['web-5xx'] } };

  it.each(['ALARM', 'INSUFFICIENT_DATA'])(
    '%s for a while before the start: waits',
    async (state) => {
      const faults = [
        {
          name: 'alarm-fires',
          subject: 'web-5xx',
          timesMax: 1,
          parameters: { state, seconds: 1200 },
        },
      ];
      expectEnd(await runRollout({ faults, policy }), 'Succeeded', ['Updated', 'Updated']);
    },
  );

  it('ALARM for good while baking: the wave fails', async () => {
    const faults = [
      {
        name: 'alarm-fires',
        subject: 'web-5xx',
        fromSeconds: 361,
        timesMax: 1,
        parameters: { seconds: 0 },
      },
    ];
    expectEnd(await runRollout({ faults, policy }), ['Halted', 'FailedClean']);
  });

  it('flaps: every ALARM restarts the bake', async () => {
    const faults = [
      {
        name: 'alarm-fires',
        subject: 'web-5xx',
        fromSeconds: 356,
        timesMax: 1,
        parameters: { seconds: 600, flapSeconds: 60 },
      },
    ];
    expectEnd(await runRollout({ faults, policy }), 'Succeeded', ['Updated', 'Updated']);
  });

  it('that do not exist are never green', async () => {
    const ended = await runRollout({ policy: { gates: { alarms: ['no-such'] } } });
    expectEnd(ended, 'Halted');
    expect(ended.watched.outOfServiceMax).toBe(0);
  });
});

describe('fleets', () => {
  it('minimum and maximum both 100: Blocked by arithmetic, never drained', async () => {
    const ended = await outcomesOf({}, { maximumPercent: 100 });
    expectEnd(ended, 'Succeeded', ['Blocked', 'Blocked']);
    expect(ended.watched.outOfServiceMax).toBe(0);
  });

  it('no spare capacity: never loses a task, ends clean', async () => {
    const ended = await outcomesOf({}, { cpu: 3500, memory: 12_000 });
    expectEnd(ended, ['Succeeded', 'Halted']);
  });

  it('a host port on every instance: never loses a task, ends clean', async () => {
    const ended = await outcomesOf({ containerInstances: 3 }, { hostPort: 8443 });
    expectEnd(ended, ['Succeeded', 'Halted']);
  });

  it('one zone', async () => {
    const ended = await outcomesOf({ availabilityZones: 1, containerInstances: 3 });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated', 'Updated']);
  });

  it('one instance, whose tasks have nowhere to go', async () => {
    expectEnd(await outcomesOf({ containerInstances: 1 }), ['Succeeded', 'Halted']);
  });

  it('one instance without replica tasks', async () => {
    const fleet = smallFleet({ containerInstances: 1, services: [] });
    expectEnd(await runRollout({ fleet }), 'Succeeded', ['Updated']);
  });

  it('no instance at all', async () => {
    const fleet = smallFleet({ containerInstances: 1, services: [] });
    const empty = { ...fleet, containerInstances: [], hosts: [], autoScalingGroups: [] };
    expectEnd(await runRollout({ fleet: empty }), 'Succeeded', []);
  });

  it('mixed variants, older ones, standalone tasks, other systems', async () => {
    const { services: _, ...demo } = { services: [] };
    const fleet = smallFleet({
      ...demo,
      containerInstances: 12,
      availabilityZones: 3,
      olderEvery: 5,
      variants: [
        { variant: 'aws-ecs-2', arch: 'x86_64', instanceType: 'm6i.xlarge', weight: 2 },
        { variant: 'aws-ecs-2', arch: 'aarch64', instanceType: 'm7g.xlarge', weight: 1 },
      ],
      standaloneTasks: [{ family: 'legacy-import', cpu: 256, memory: 512 }],
    });
    const [odd] = idsOf(fleet);
    const hosts = fleet.hosts.map((host) =>
      host.ec2InstanceId === odd ? { ...host, bottlerocket: undefined } : host,
    );
    const policy = { budget: { outOfServiceMax: 3 }, waves: { canaryCount: 1, sizes: ['50%'] } };
    const ended = await runRollout({ fleet: { ...fleet, hosts }, policy });
    expectEnd(ended, 'Succeeded');
    const outcomes = Object.values(ended.outcomes);
    expect(outcomes.filter((one) => one === 'Updated')).toHaveLength(10);
    expect(outcomes.filter((one) => one === 'Skipped')).toHaveLength(2);
  });
});

describe('a way back', () => {
  it.each(['wave', 'rollout'])('of the %s, when the gates close for good', async (onHalt) => {
    const faults = [
      {
        name: 'alarm-fires',
        subject: 'web-5xx',
        fromSeconds: 361,
        timesMax: 1,
        parameters: { seconds: 0 },
      },
    ];
    const policy = { gates: { alarms: ['web-5xx'] }, rollback: { onHalt } };
    const ended = await runRollout({ faults, policy });
    expectEnd(ended, 'FailedClean', ['RolledBack', 'RolledBack']);
  });
});

it('a plan only, and one host cannot be asked: the plan is made all the same, and says so', async () => {
  const fleet = smallFleet();
  const [first = ''] = idsOf(fleet);
  const faults = [{ name: 'ssm-output-garbled', subject: first, timesMax: 1 }];
  const ended = await runRollout({ fleet, faults, policy: { planOnly: true } });
  expectEnd(ended, 'Succeeded', ['Skipped', 'NotStarted']);
  expect(ended.reason).toContain('1 could not be asked');
});

it('a plan only, and no host can be asked: Succeeded, and says so', async () => {
  const faults = [{ name: 'ssm-output-garbled' }];
  const ended = await runRollout({ faults, policy: { planOnly: true } });
  expectEnd(ended, 'Succeeded', ['Skipped', 'Skipped']);
  expect(ended.reason).toContain('2 could not be asked');
});

it('a plan only: nothing is touched, the hosts are only asked', async () => {
  const ended = await runRollout({ policy: { planOnly: true } });
  expectEnd(ended, 'Succeeded', ['NotStarted', 'NotStarted']);
  expect(ended.watched.documents).toEqual(['BottlerocketFleet-Check']);
  const own = /^(dynamodb:|events:PutEvents|states:SendTask)/;
  const others = [...ended.watched.mutations.keys()].filter((call) => !own.test(call));
  expect(others).toEqual(['ssm:SendCommand']);
});

describe('as many gates as there may be', () => {
  const names = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `alarm-${from + index}`);

  function withAlarms(count: number): Fleet {
    const alarms = names(0, count).map((AlarmName) => ({ AlarmName, StateValue: 'OK' as const }));
    return { ...smallFleet(), alarms };
  }

  it('60 alarms, all OK: updated', async () => {
    const gates = { alarms: names(0, 60) };
    const ended = await runRollout({ fleet: withAlarms(60), policy: { gates } });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });

  it('the 60th of them fires: nothing starts', async () => {
    const fires = { name: 'alarm-fires', subject: 'alarm-59', parameters: { seconds: 0 } };
    const gates = { alarms: names(0, 60) };
    const ended = await runRollout({ fleet: withAlarms(60), faults: [fires], policy: { gates } });
    expectEnd(ended, 'Halted', ['NotStarted', 'NotStarted']);
    expect(ended.reason).toContain('alarm alarm-59 is in ALARM');
  });

  it('120, because a person added some in the middle: all of them are read', async () => {
    const fleet = { ...smallFleet({ containerInstances: 6 }), alarms: withAlarms(120).alarms };
    const value = JSON.stringify({ gates: { alarms: names(60, 120) } });
    const tightened = {
      ...{ name: 'parameter-changed', subject: `${FLEET_PARAMETER_PREFIX}/${CLUSTER}` },
      ...{ fromSeconds: 130, parameters: { value } },
    };
    const ended = await runRollout({
      ...{ fleet, faults: [tightened], policy: { gates: { alarms: names(0, 60) } } },
    });
    expectEnd(ended, 'Succeeded');
    expect(ended.journal.map(({ what }) => what)).toContain('policy tightened');
    expect(Object.values(ended.outcomes).every((one) => one === 'Updated')).toBe(true);
  });

  it('24 target groups whose health is read slowly: read side by side, the wave bakes', async () => {
    const services = Array.from({ length: 24 }, (_, index) => ({
      ...WEB,
      ...{ name: `web-${index}`, cpu: 32, memory: 64, deregistrationDelaySeconds: 1 },
    }));
    const subject = 'elasticloadbalancing:DescribeTargetHealth';
    const slow = { name: 'api-slow', subject, parameters: { seconds: 4 } };
    const ended = await runRollout({
      fleet: smallFleet({ services }),
      ...{ faults: [slow], policy: { gates: { targetHealth: true } } },
    });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });
});
