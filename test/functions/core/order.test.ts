// The order of work: long ones late, so that what they move lands on what is updated, and a quick round at the end.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetRefusal, type FleetSize } from '../../../functions/core/budget.ts';
import { orderOfWork, type Work } from '../../../functions/core/order.ts';
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

  it('orderOfWork() begins those that share a narrow service early enough for all of them', () => {
    const narrow = ['x', 'y', 'z'].map((id) => work(id, 100, ['narrow']));
    const quick = Array.from({ length: 12 }, (_, index) => work(`q${index}`, 30));
    const ordered = order([...narrow, ...quick], 3, sizeOf(15, { narrow: 3 }));
    // One at a time they need 300 of about 220 seconds: the first of them cannot wait.
    expect(ordered.slice(0, 3)).toContain('x');
    expect(ordered.indexOf('y')).toBeLessThan(ordered.length - 3);
  });

  it('orderOfWork() keeps everybody, even who could never be begun', () => {
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

function byId(a: Work, b: Work): number {
  return a.ec2InstanceId < b.ec2InstanceId ? -1 : 1;
}
