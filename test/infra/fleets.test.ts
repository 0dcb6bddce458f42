// Fleets as people write them: what is accepted, what is refused in which words, and what becomes of an entry.

import { describe, expect, it } from 'vitest';
import { deployProduct } from '../../cli/product.ts';
import { defineFleets, FLEETS, policyOf } from '../../infra/fleets.ts';
import { stateMachineName } from '../../infra/names.ts';
import { fleetTemplate } from '../../infra/template.ts';
import { createRegion } from '../../simulator/region.ts';
import { smallFleet } from '../support/rollout.ts';

const EVERYTHING = {
  cluster: 'prod',
  // Wednesday at four in Tokyo is Tuesday evening in UTC.
  schedule: { expression: 'cron(0 4 ? * WED *)', timeZone: 'Asia/Tokyo', flexibleMinutes: 15 },
  windowMinutes: 240,
  calendars: ['prod-freeze'],
  policy: { waves: { bakeTimeSeconds: 60 }, planOnly: true },
  slackChannel: '#fleet',
};

function refusal(...entries: readonly unknown[]): string {
  try {
    defineFleets(entries);
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
}

interface Named {
  readonly Type: string;
  readonly Properties: { readonly Name?: string; readonly AlarmName?: string };
}

describe('clusters with the longest names', () => {
  it('have names of their own for schedules and alarms, as long as AWS takes them', () => {
    const clusters = ['a', 'b'].map((end) => `${'c'.repeat(254)}${end}`);
    const fleets = defineFleets(clusters.map((cluster) => ({ ...EVERYTHING, cluster })));
    const all = Object.values(fleetTemplate(fleets).Resources) as Named[];
    const named = (type: string, of: (one: Named['Properties']) => string | undefined) =>
      all.filter(({ Type }) => Type === type).map(({ Properties }) => of(Properties) ?? '');
    const schedules = named('AWS::Scheduler::Schedule', ({ Name }) => Name);
    const alarms = named('AWS::CloudWatch::Alarm', ({ AlarmName }) => AlarmName);
    expect(schedules.filter((name) => name.includes('-ccc'))).toHaveLength(2);
    expect(schedules.every((name) => name.length <= 64)).toBe(true);
    expect(alarms.every((name) => name.length <= 255)).toBe(true);
    expect(new Set([...schedules, ...alarms]).size).toBe(schedules.length + alarms.length);
  });
});

describe('defineFleets()', () => {
  it('accepts the list of this repository, and an entry with everything', () => {
    expect(FLEETS.length).toBeGreaterThan(0);
    expect(refusal(EVERYTHING)).toBe('accepted');
  });

  it.each([
    [{ cluster: 'a b' }, 'fleets[0] (cluster "a b"): cluster: expected the name of an ECS cluster'],
    [{ ...EVERYTHING, windowMinutes: 5 }, 'fleets[0] (cluster "prod"): windowMinutes: '],
    [
      { ...EVERYTHING, schedule: { ...EVERYTHING.schedule, timeZone: 'Berlin' } },
      'fleets[0] (cluster "prod"): schedule.timeZone: expected an IANA time zone such as "Europe/Berlin"',
    ],
    [
      { ...EVERYTHING, schedule: { expression: '0 2 * * 2', timeZone: 'UTC' } },
      'fleets[0] (cluster "prod"): schedule.expression: expected such as "cron(0 2 ? * TUE *)"',
    ],
    [
      { cluster: 'prod', policy: { failureBudgets: 1 } },
      'fleets[0] (cluster "prod"): policy: Cannot accept the policy: failureBudgets',
    ],
    [
      { cluster: 'prod', polcy: {} },
      'fleets[0] (cluster "prod"): entry: Unrecognized key: "polcy"',
    ],
    [{ cluster: 'prod', policy: { cluster: 'b' } }, 'policy.cluster: say it once, as "cluster"'],
    [undefined, 'fleets[0]: entry: '],
  ])('refuses %j by entry and key', (entry, message) => {
    expect(refusal(entry)).toContain(message);
  });

  it('names the second of two entries for one cluster', () => {
    const twice = refusal({ cluster: 'a' }, { cluster: 'b' }, { cluster: 'a' });
    expect(twice).toContain('fleets[2] (cluster "a"): cluster: has an entry already');
  });

  it('refuses a policy that does not fit a parameter', () => {
    const calendars = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(250));
    const skipVersions = Array.from({ length: 100 }, () => '10000.10000.10000');
    const entry = { cluster: 'prod', calendars, policy: { target: { skipVersions } } };
    expect(refusal(entry)).toContain('policy: expected at most 4096 bytes of JSON');
  });
});

describe('an entry of the list', () => {
  it('is the policy under every rollout of its cluster', () => {
    const [fleet] = defineFleets([EVERYTHING]);
    expect(policyOf(fleet!)).toEqual({
      cluster: 'prod',
      waves: { bakeTimeSeconds: 60 },
      planOnly: true,
      window: { durationMinutes: 240, calendars: ['prod-freeze'] },
      notify: { slackChannel: '#fleet' },
    });
  });

  it('starts rollouts by its schedule in its time zone, with the window counted from the plan', async () => {
    const startAt = '2026-11-24T18:50:00.000Z';
    const region = createRegion({ fleet: smallFleet(), startAt });
    const { calendars: _, ...entry } = EVERYTHING;
    await deployProduct(region, { template: fleetTemplate(defineFleets([entry])) });
    const rollouts = () =>
      region.services.states
        .executions()
        .filter(({ stateMachine }) => stateMachine.name === stateMachineName('roll-out-cluster'));
    await region.advance(9 * 60);
    expect(rollouts()).toEqual([]);
    await region.advance(30 * 60);
    const [rollout, ...others] = rollouts();
    expect(others).toEqual([]);
    expect(rollout?.input.value).toEqual({
      cluster: 'prod',
      scheduledAt: '2026-11-24T19:00:00Z',
      startedBy: 'schedule of prod',
    });
    // The configured policy was laid underneath: nothing is touched.
    expect(rollout?.status).toBe('SUCCEEDED');
    expect(region.counts.of('ssm:SendCommand')).toBeGreaterThan(0);
    expect(region.counts.of('ecs:UpdateContainerInstancesState')).toBe(0);
    await region.close();
  });
});
