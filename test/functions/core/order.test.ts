// The order of work: long ones late, so that what they move lands on what is updated, and a quick round at the end.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetRefusal, type FleetSize } from '../../../functions/core/budget.ts';
import { orderOfWork, type Work } from '../../../functions/core/order.ts';
import type { Policy } from '../../../functions/core/policy.ts';
import { PROPERTY, policyOf } from './samples.ts';

function work(id: string, expectedSeconds: number, services: readonly string[] = []): Work {
  return { ec2InstanceId: id, availabilityZone: 'a', services, expectedSeconds };
}

function sizeOf(containerInstances: number, perService: Record<string, number> = {}): FleetSize {
  return { containerInstances, perAvailabilityZone: { a: containerInstances }, perService };
}

function order(all: readonly Work[], places: number, size = sizeOf(all.length)): string[] {
  const quickestFirst = [...all].sort((a, b) => a.expectedSeconds - b.expectedSeconds);
  const { budget } = policyOf({ budget: { outOfServiceMax: places } });
  return orderOfWork(quickestFirst, size, budget).map((one) => one.ec2InstanceId);
}

describe('orderOfWork()', () => {
  it('orderOfWork() has nothing to order', () => {
    expect(order([], 2)).toEqual([]);
  });

  it('orderOfWork() begins quick ones, then the long ones, and ends with the quickest', () => {
    const all = [work('a', 10), work('b', 11), work('c', 12), work('d', 40), work('e', 41)];
    expect(order(all, 1)).toEqual(['b', 'c', 'd', 'e', 'a']);
  });

  it('orderOfWork() keeps equals in the order they are given in', () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((id) => work(id, 10));
    for (const places of [1, 2, 9]) expect(order(all, places)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('orderOfWork() begins those that share a narrow service early enough for all of them', () => {
    const narrow = ['x', 'y', 'z'].map((id) => work(id, 100, ['narrow']));
    const quick = Array.from({ length: 12 }, (_, index) => work(`q${index}`, 30));
    const ordered = order([...narrow, ...quick], 3, sizeOf(15, { narrow: 3 }));
    // One at a time they need 300 of about 220 seconds: the first of them cannot wait.
    expect(ordered.slice(0, 3)).toContain('x');
    expect(ordered.indexOf('y')).toBeLessThan(ordered.length - 3);
  });

  it('orderOfWork() keeps everybody, and begins with one that may be begun', () => {
    const budget = policyOf({ budget: { outOfServiceMax: 3 } }).budget;
    const one = fc.record({
      ec2InstanceId: fc.integer({ min: 0, max: 9999 }).map((n) => `i-${n}`),
      availabilityZone: fc.constantFrom('a', 'b'),
      services: fc.subarray(['web', 'api', 'toString']),
      expectedSeconds: fc.integer({ min: 0, max: 500 }),
    });
    const fleet = fc.uniqueArray(one, { selector: ({ ec2InstanceId }) => ec2InstanceId });
    fc.assert(
      fc.property(fleet, (all) => {
        const ordered = orderOfWork(all, sizeOf(all.length, { web: 4, api: 9 }), budget);
        expect([...ordered].sort(byId)).toEqual([...all].sort(byId));
        const [first] = ordered;
        if (first) expect(budgetRefusal(first, [], sizeOf(all.length), budget)).toBeUndefined();
      }),
      PROPERTY,
    );
  });
});

describe('orderOfWork() against every order there is', () => {
  /** Seconds until all are done, each begun as soon as the budgets allow it, in this order. */
  function makespan(order: readonly Work[], size: FleetSize, budget: Policy['budget']): number {
    let left = [...order];
    let running: { work: Work; endAt: number }[] = [];
    let now = 0;
    while (left.length + running.length > 0) {
      for (const next of left) {
        const out = running.map(({ work: one }) => one);
        if (budgetRefusal(next, out, size, budget)) continue;
        running.push({ work: next, endAt: now + next.expectedSeconds });
        left = left.filter((one) => one !== next);
      }
      now = Math.min(...running.map(({ endAt }) => endAt));
      running = running.filter(({ endAt }) => endAt > now);
    }
    return now;
  }

  function* orders<T>(all: readonly T[]): Generator<T[]> {
    if (all.length === 0) yield [];
    for (const [index, one] of all.entries()) {
      for (const rest of orders(all.toSpliced(index, 1))) yield [one, ...rest];
    }
  }

  const fleets = fc
    .array(
      fc.record({
        expectedSeconds: fc.integer({ min: 1, max: 20 }),
        services: fc.subarray(['web', 'api']),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((all) =>
      all
        .map(({ expectedSeconds, services }, index) =>
          work(`i-${index}`, expectedSeconds, services),
        )
        .sort((a, b) => a.expectedSeconds - b.expectedSeconds),
    );

  it('orderOfWork() takes little longer than the best of all orders', () => {
    const ratios: number[] = [];
    fc.assert(
      fc.property(fleets, fc.integer({ min: 1, max: 3 }), (fleet, places) => {
        const { budget } = policyOf({ budget: { outOfServiceMax: places } });
        const size = sizeOf(fleet.length, { web: 4, api: 6 });
        const all = [...orders(fleet)].map((one) => makespan(one, size, budget));
        ratios.push(makespan(orderOfWork(fleet, size, budget), size, budget) / Math.min(...all));
      }),
      { ...PROPERTY, numRuns: 300 },
    );
    // Long ones do not come first, as they would in the shortest schedules, so that what they move moves once.
    expect(Math.max(...ratios)).toBeLessThan(1.25);
    expect(ratios.reduce((sum, one) => sum + one, 0) / ratios.length).toBeLessThan(1.01);
  });
});

function byId(a: Work, b: Work): number {
  return a.ec2InstanceId < b.ec2InstanceId ? -1 : 1;
}
