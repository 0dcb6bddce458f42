// Budgets: each of them alone, their order, and all of them against a slow count.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  budgetRefusal,
  type FleetSize,
  type OutOfService,
} from '../../../functions/core/budget.ts';
import { PROPERTY, policyOf } from './samples.ts';

function one(id: string, zone = 'a', ...services: string[]): OutOfService {
  return { ec2InstanceId: `i-${id}`, availabilityZone: `eu-west-1${zone}`, services };
}

const size: FleetSize = {
  containerInstances: 20,
  perAvailabilityZone: { 'eu-west-1a': 10, 'eu-west-1b': 10 },
  perService: { web: 9, tiny: 2 },
};

function refusal(candidate: OutOfService, out: readonly OutOfService[], budget: object = {}) {
  return budgetRefusal(candidate, out, size, policyOf({ budget }).budget);
}

describe('budgetRefusal() for the cluster', () => {
  it('budgetRefusal() allows as many as the limit says and refuses the next', () => {
    expect(refusal(one('c'), [one('a')])).toBeUndefined();
    expect(refusal(one('c'), [one('a'), one('b')])).toBe(
      '2 of at most 2 container instances are out of service',
    );
    expect(refusal(one('c'), [one('a'), one('b'), one('d')])).toBe(
      '3 of at most 2 container instances are out of service',
    );
  });

  it.each([
    ['19%', 3],
    ['20%', 4],
    ['1%', 1],
    [5, 5],
  ])('budgetRefusal() takes %s of 20 as %i', (outOfServiceMax, max) => {
    const out = Array.from({ length: max }, (_, index) => one(String(index)));
    expect(refusal(one('x'), out.slice(1), { outOfServiceMax })).toBeUndefined();
    expect(refusal(one('x'), out, { outOfServiceMax })).toBe(
      `${max} of at most ${max} container instances are out of service`,
    );
  });
});

describe('budgetRefusal() for zones', () => {
  it('budgetRefusal() counts only the candidate’s zone', () => {
    const budget = { outOfServiceMax: 10, perAvailabilityZoneMax: 2 };
    const out = [one('1', 'a'), one('2', 'a'), one('3', 'b')];
    expect(refusal(one('x', 'b'), out, budget)).toBeUndefined();
    expect(refusal(one('x', 'a'), out, budget)).toBe(
      '2 of at most 2 container instances of zone eu-west-1a are out of service',
    );
  });

  it('budgetRefusal() takes a percentage of the zone, and one for a zone nobody counted', () => {
    const budget = { outOfServiceMax: 10, perAvailabilityZoneMax: '29%' };
    const two = [one('1', 'a'), one('2', 'a')];
    expect(refusal(one('x', 'a'), two.slice(1), budget)).toBeUndefined();
    expect(refusal(one('x', 'a'), two, budget)).toContain('2 of at most 2');
    expect(refusal(one('x', 'c'), two, budget)).toBeUndefined();
    expect(refusal(one('x', 'c'), [one('1', 'c')], budget)).toBe(
      '1 of at most 1 container instances of zone eu-west-1c are out of service',
    );
  });

  it('budgetRefusal() works on one zone at a time when asked to', () => {
    const budget = { outOfServiceMax: 10, oneAvailabilityZoneAtATime: true };
    expect(refusal(one('x', 'a'), [], budget)).toBeUndefined();
    expect(refusal(one('x', 'a'), [one('1', 'a'), one('2', 'a')], budget)).toBeUndefined();
    expect(refusal(one('x', 'b'), [one('1', 'a')], budget)).toBe(
      'zone eu-west-1a is being worked on, and only one zone may be at a time',
    );
    expect(refusal(one('x', 'b'), [one('1', 'b'), one('2', 'a')], budget)).toBe(
      'zone eu-west-1a is being worked on, and only one zone may be at a time',
    );
    expect(refusal(one('x', 'b'), [one('1', 'a')], { outOfServiceMax: 10 })).toBeUndefined();
  });
});

describe('budgetRefusal() for services', () => {
  it('budgetRefusal() keeps most instances of each service in service', () => {
    const budget = { outOfServiceMax: 20 };
    const out = [one('1', 'a', 'web'), one('2', 'a', 'web')];
    expect(refusal(one('x', 'a', 'web'), out, budget)).toBeUndefined();
    expect(refusal(one('x', 'a', 'web'), [...out, one('3', 'b', 'web')], budget)).toBe(
      '3 of at most 3 container instances of service web are out of service',
    );
    expect(refusal(one('x', 'a', 'other'), [...out, one('3', 'b', 'web')], budget)).toBeUndefined();
  });

  it('budgetRefusal() lets at least one of a small service go, and of one nobody counted', () => {
    const budget = { outOfServiceMax: 20, perServiceMaxPercent: 1 };
    for (const service of ['tiny', 'new', 'constructor', '__proto__', 'toString']) {
      expect(refusal(one('x', 'a', service), [], budget)).toBeUndefined();
      expect(refusal(one('x', 'a', service), [one('1', 'a', service)], budget)).toBe(
        `1 of at most 1 container instances of service ${service} are out of service`,
      );
    }
  });

  it('budgetRefusal() judges every service of the candidate', () => {
    const budget = { outOfServiceMax: 20 };
    expect(refusal(one('x', 'a', 'web', 'tiny'), [one('1', 'a', 'tiny')], budget)).toBe(
      '1 of at most 1 container instances of service tiny are out of service',
    );
  });

  it('budgetRefusal() counts a service that no instance hosts as one', () => {
    const empty: FleetSize = { ...size, perService: { web: 0 } };
    const { budget } = policyOf({ budget: { perServiceMaxPercent: 100, outOfServiceMax: 20 } });
    expect(budgetRefusal(one('x', 'a', 'web'), [one('1', 'a', 'web')], empty, budget)).toContain(
      '1 of at most 1',
    );
  });
});

describe('budgetRefusal() altogether', () => {
  it('budgetRefusal() names the widest budget that binds', () => {
    const budget = {
      outOfServiceMax: 1,
      oneAvailabilityZoneAtATime: true,
      perAvailabilityZoneMax: 1,
      perServiceMaxPercent: 1,
    };
    const out = [one('1', 'a', 'web')];
    expect(refusal(one('x', 'a', 'web'), out, budget)).toMatch(
      /^1 of at most 1 container instances are/,
    );
    const wider = { ...budget, outOfServiceMax: 5 };
    expect(refusal(one('x', 'b', 'web'), out, wider)).toMatch(
      /^zone eu-west-1a is being worked on/,
    );
    expect(refusal(one('x', 'a', 'web'), out, wider)).toMatch(/of zone eu-west-1a are out/);
    expect(refusal(one('x', 'a', 'web'), out, { ...wider, perAvailabilityZoneMax: 5 })).toMatch(
      /of service web are out/,
    );
  });

  it('budgetRefusal() agrees with a slow count of every budget', () => {
    const zone = fc.constantFrom('a', 'b', 'c');
    const services = fc.uniqueArray(fc.constantFrom('web', 'tiny', 'api', 'constructor'), {
      maxLength: 3,
    });
    const instance = fc
      .tuple(fc.nat({ max: 999 }), zone, services)
      .map(([id, letter, names]) => one(String(id), letter, ...names));
    const limit = fc.oneof(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
    );
    const budgets = fc.record(
      {
        outOfServiceMax: limit,
        perAvailabilityZoneMax: limit,
        oneAvailabilityZoneAtATime: fc.boolean(),
        perServiceMaxPercent: fc.integer({ min: 1, max: 100 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(instance, { maxLength: 10 }), instance, budgets, (out, next, budget) => {
        const policy = policyOf({ budget });
        const allowed = allowedSlowly([...out, next], next, policy.budget);
        const said = budgetRefusal(next, out, size, policy.budget);
        expect(said === undefined).toBe(allowed);
        // With nothing out any one may be taken: no policy brings a rollout to a standstill by itself.
        expect(budgetRefusal(next, [], size, policy.budget)).toBeUndefined();
      }),
      { ...PROPERTY, numRuns: 3000 },
    );
  });
});

/** Percentages without division: `count` is within `percent` of `total`, or is the one that is always allowed. */
function within(count: number, limit: number | string, total: number): boolean {
  if (typeof limit === 'number') return count <= limit;
  return count === 1 || count * 100 <= Number(limit.replace('%', '')) * total;
}

function allowedSlowly(
  all: readonly OutOfService[],
  next: OutOfService,
  budget: ReturnType<typeof policyOf>['budget'],
): boolean {
  const zones = new Set(all.map((entry) => entry.availabilityZone));
  if (budget.oneAvailabilityZoneAtATime && zones.size > 1) return false;
  if (!within(all.length, budget.outOfServiceMax, size.containerInstances)) return false;
  const sameZone = all.filter((entry) => entry.availabilityZone === next.availabilityZone).length;
  const zoneTotal = next.availabilityZone === 'eu-west-1c' ? 1 : 10;
  const zoneMax = budget.perAvailabilityZoneMax;
  if (zoneMax !== undefined && !within(sameZone, zoneMax, zoneTotal)) return false;
  const totals = new Map(Object.entries(size.perService));
  return next.services.every((service) => {
    const sharing = all.filter((entry) => entry.services.includes(service)).length;
    return within(sharing, `${budget.perServiceMaxPercent}%`, totals.get(service) ?? 1);
  });
}
