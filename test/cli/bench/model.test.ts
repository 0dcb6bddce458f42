// The scheduling model of the benchmark: what holds for every algorithm, and what tells them apart.

import { describe, expect, it } from 'vitest';
import { benchFleet } from '../../../cli/bench/bench-fleet.ts';
import { Campaign } from '../../../cli/bench/campaign.ts';
import { spreadOf } from '../../../cli/bench/compare.ts';
import { ALGORITHMS, measure } from '../../../cli/bench/measure.ts';
import { Ours } from '../../../cli/bench/ours.ts';
import { costOfIncumbent, costOfOurs } from '../../../cli/bench/prices.ts';
import { policyOf, type Scenario, scenarios } from '../../../cli/bench/scenarios.ts';
import { Timeline } from '../../../cli/bench/timeline.ts';

const SCENARIO: Scenario = {
  containerInstances: 30,
  places: 4,
  budgets: 'yes',
  waves: 'no canary, one wave, no bake',
};

/** Most spans [from, to) that overlap. */
function mostAtOnce(spans: readonly (readonly [number, number])[]): number {
  const changes = spans
    .flatMap(([from, to]) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let open = 0;
  return Math.max(...changes.map(({ by }) => (open += by)));
}

describe('Timeline', () => {
  it('Timeline lets happen what is due first, and ties in the order they were made', () => {
    const timeline = new Timeline();
    const seen: string[] = [];
    for (const [at, name] of [
      [5, 'd'],
      [1, 'a'],
      [3, 'b'],
      [3, 'c'],
    ] as const) {
      timeline.after(at, () => seen.push(`${name}@${timeline.now}`));
    }
    timeline.run(() => false);
    expect(seen).toEqual(['a@1', 'b@3', 'c@3', 'd@5']);
  });
});

describe('the model', () => {
  const fleet = benchFleet(30, 2);
  const policy = policyOf(SCENARIO);
  const all = new Map(ALGORITHMS.map((one) => [one, measure(one, fleet, 2, policy)]));

  it.each(ALGORITHMS)('%s updates everybody, never below the bound of its own work', (name) => {
    const run = all.get(name)!;
    expect(run.work).toHaveLength(30);
    // brupop does not know the budgets of services and zones, which the bound keeps.
    if (name !== 'brupop') expect(run.ratio).toBeGreaterThan(1);
    expect(run.outOfServiceMinutes).toBeGreaterThan(1);
    // Every task leaves its container instance at least once.
    expect(run.movesPerTask).toBeGreaterThanOrEqual(1);
    expect(run.movesPerTask).toBeLessThan(2);
  });

  it('the same seed gives the same run, another seed another', () => {
    expect(measure('ours', fleet, 2, policy)).toEqual(all.get('ours'));
    expect(measure('ours', fleet, 3, policy).makespanSeconds).not.toBe(
      all.get('ours')?.makespanSeconds,
    );
  });

  // 15 % of the ten of a zone is one, so of four places three are ever used.
  it('the incumbent takes about as many times longer as there are places', () => {
    const ratio = all.get('incumbent')!.makespanSeconds / all.get('ours')!.makespanSeconds;
    expect(ratio).toBeGreaterThan(2.5);
    expect(ratio).toBeLessThan(4);
  });

  it('a barrier is never quicker', () => {
    expect(all.get('barrier')!.makespanSeconds).toBeGreaterThan(all.get('ours')!.makespanSeconds);
  });

  it('ours keeps the budget of the cluster, the zones and the services', () => {
    const campaign = new Campaign(fleet, 2);
    new Ours(campaign, { policy }).start();
    campaign.run();
    const stories = [...campaign.stories];
    const spans = (of: (zone: string, services: readonly string[]) => boolean) =>
      stories
        .filter(([{ zone }, { services }]) => of(zone, services))
        .map(([, { drainingAt, activeAt }]) => [drainingAt, activeAt] as const);
    expect(mostAtOnce(spans(() => true))).toBe(3);
    expect(mostAtOnce(spans((zone) => zone.endsWith('a')))).toBe(1);
    const hosts = fleet.tasks.filter(({ group }) => group === 'service:checkout').length;
    const most = mostAtOnce(spans((_, services) => services.includes('checkout')));
    expect(most).toBeLessThanOrEqual(Math.floor(hosts * 0.34));
  });
});

describe('the figures', () => {
  it('spreadOf() takes the smallest value that 95 % do not exceed', () => {
    const values = Array.from({ length: 30 }, (_, index) => index + 1);
    expect(spreadOf(values)).toEqual({ mean: 15.5, p95: 29, max: 30 });
  });

  it('a fleet of ten has one place, whatever the share', () => {
    expect(scenarios(10, SCENARIO.waves).map(({ places }) => places)).toEqual([1, 1]);
    expect(scenarios(100, SCENARIO.waves)).toHaveLength(6);
  });

  it('prices are per use, and per hour of the task of the incumbent', () => {
    const none = { stateTransitions: 0, lambdaRequests: 0, readUnits: 0, writeUnits: 0 };
    expect(costOfOurs(none)).toBe(0);
    expect(costOfOurs({ ...none, stateTransitions: 1000 })).toBeCloseTo(0.025);
    expect(costOfOurs({ ...none, writeUnits: 1e6 })).toBeCloseTo(0.625);
    expect(costOfIncumbent(3600)).toBeCloseTo(0.01234, 4);
  });
});
