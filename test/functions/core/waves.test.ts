// Waves: each chosen container instance exactly once, canaries first, sizes as the policy says.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitOf } from '../../../functions/core/policy.ts';
import { planWaves, type Selected } from '../../../functions/core/waves.ts';
import { PROPERTY, policyOf } from './samples.ts';

function fleetOf(
  count: number,
  over: (index: number) => Partial<Selected> = () => ({}),
): Selected[] {
  return Array.from({ length: count }, (_, index) => ({
    ec2InstanceId: `i-${String(index).padStart(4, '0')}`,
    image: 'aws-ecs-2/x86_64',
    expectedSeconds: 100,
    ...over(index),
  }));
}

function sizesOf(count: number, waves: object): number[] {
  return planWaves(fleetOf(count), policyOf({ waves })).map((wave) => wave.ec2InstanceIds.length);
}

describe('planWaves()', () => {
  it('planWaves() plans nothing for nothing', () => {
    expect(planWaves([], policyOf())).toEqual([]);
    expect(planWaves([], policyOf({ waves: { canaryCount: 0 } }))).toEqual([]);
  });

  it.each([
    ['the default of ten', 10, {}, [1, 2, 7]],
    ['one is its own canary', 1, {}, [1]],
    ['no canary', 10, { canaryCount: 0 }, [2, 8]],
    ['the last size repeats', 10, { canaryCount: 1, sizes: [2] }, [1, 2, 2, 2, 2, 1]],
    ['sizes in turn', 10, { canaryCount: 2, sizes: [1, 3] }, [2, 1, 3, 3, 1]],
    [
      'percentages of all that are chosen, rounded down',
      19,
      { sizes: ['10%'] },
      [1, ...new Array(18).fill(1)],
    ],
    ['at least one at a time', 3, { canaryCount: 0, sizes: ['1%'] }, [1, 1, 1]],
    ['a canary as large as the fleet', 3, { canaryCount: 20 }, [3]],
    ['all that are left', 1001, { canaryCount: 1, sizes: ['100%'] }, [1, 1000]],
  ])('planWaves() with %s', (_, count, waves, sizes) => {
    expect(sizesOf(count, waves)).toEqual(sizes);
  });

  it('planWaves() numbers the waves from one and calls the first the canary', () => {
    const waves = planWaves(fleetOf(5), policyOf({ waves: { sizes: [2] } }));
    expect(waves.map(({ wave, kind }) => [wave, kind])).toEqual([
      [1, 'canary'],
      [2, 'wave'],
      [3, 'wave'],
    ]);
    const [first] = planWaves(fleetOf(5), policyOf({ waves: { canaryCount: 0 } }));
    expect(first).toMatchObject({ wave: 1, kind: 'wave' });
  });

  it('planWaves() takes the quickest as canary, and then the next quickest', () => {
    const seconds = [30, 10, 50, 20, 40];
    const fleet = fleetOf(5, (index) => ({ expectedSeconds: seconds[index]! }));
    const waves = planWaves(fleet, policyOf({ waves: { canaryCount: 2, sizes: ['100%'] } }));
    expect(waves.map((wave) => wave.ec2InstanceIds)).toEqual([
      ['i-0001', 'i-0003'],
      ['i-0000', 'i-0004', 'i-0002'],
    ]);
  });

  it('planWaves() orders equals by id, whatever the order they come in', () => {
    const policy = policyOf({ waves: { canaryCount: 0, sizes: ['100%'] } });
    const ids = planWaves(fleetOf(4).reverse(), policy)[0]?.ec2InstanceIds;
    expect(ids).toEqual(['i-0000', 'i-0001', 'i-0002', 'i-0003']);
  });

  it('planWaves() gives each image its own canary', () => {
    const images = ['aws-ecs-2/x86_64', 'aws-ecs-2/aarch64', 'aws-ecs-2-nvidia/x86_64'];
    const fleet = fleetOf(9, (index) => ({ image: images[index % 3]!, expectedSeconds: index }));
    const [canary] = planWaves(fleet, policyOf({ waves: { canaryCount: 1 } }));
    expect([...(canary?.ec2InstanceIds ?? [])].sort()).toEqual(['i-0000', 'i-0001', 'i-0002']);
  });

  const fleet = fc.uniqueArray(
    fc.record({
      ec2InstanceId: fc.integer({ min: 0, max: 5000 }).map((n) => `i-${n}`),
      image: fc.constantFrom('a/x', 'a/y', 'b/x'),
      expectedSeconds: fc.integer({ min: 0, max: 5 }),
    }),
    { selector: (one) => one.ec2InstanceId, maxLength: 120 },
  );
  const size = fc.oneof(
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
  );
  const settings = fc.record({
    canaryCount: fc.integer({ min: 0, max: 4 }),
    sizes: fc.array(size, { minLength: 1, maxLength: 4 }),
  });

  it('planWaves() puts every chosen instance into exactly one wave, of the size the policy says', () => {
    fc.assert(
      fc.property(fleet, settings, (selected, waves) => {
        const planned = planWaves(selected, policyOf({ waves }));
        const all = planned.flatMap((wave) => wave.ec2InstanceIds);
        expect([...all].sort()).toEqual(selected.map((one) => one.ec2InstanceId).sort());
        expect(planned.map((wave) => wave.wave)).toEqual(planned.map((_, index) => index + 1));
        const later = planned.filter((wave) => wave.kind === 'wave');
        for (const [index, wave] of later.entries()) {
          const asked = waves.sizes[Math.min(index, waves.sizes.length - 1)]!;
          const wanted = limitOf(asked, selected.length);
          const last = index === later.length - 1;
          if (last) expect(wave.ec2InstanceIds.length).toBeLessThanOrEqual(wanted);
          else expect(wave.ec2InstanceIds).toHaveLength(wanted);
          expect(wave.ec2InstanceIds.length).toBeGreaterThan(0);
        }
        expect(planWaves([...selected].reverse(), policyOf({ waves }))).toEqual(planned);
      }),
      PROPERTY,
    );
  });

  it('planWaves() has the quickest of every image in the canary, and no image without one', () => {
    fc.assert(
      fc.property(fleet, settings, (selected, waves) => {
        const planned = planWaves(selected, policyOf({ waves }));
        const canary = new Set(
          planned.filter((one) => one.kind === 'canary').flatMap((one) => one.ec2InstanceIds),
        );
        for (const image of new Set(selected.map((one) => one.image))) {
          const own = selected.filter((one) => one.image === image);
          const inside = own.filter((one) => canary.has(one.ec2InstanceId));
          const outside = own.filter((one) => !canary.has(one.ec2InstanceId));
          expect(inside).toHaveLength(Math.min(waves.canaryCount, own.length));
          const slowestInside = Math.max(-1, ...inside.map((one) => one.expectedSeconds));
          for (const one of outside) {
            if (inside.length > 0)
              expect(one.expectedSeconds).toBeGreaterThanOrEqual(slowestInside);
          }
        }
      }),
      PROPERTY,
    );
  });
});

describe('planWaves() among instances that take equally long', () => {
  const moves = [3, 1, 2, 1];
  const fleet = fleetOf(4, (index) => ({ moves: moves[index] }));
  const order = (canaryCount: number) =>
    planWaves(fleet, policyOf({ waves: { canaryCount, sizes: [1] } })).flatMap(
      ({ ec2InstanceIds }) => ec2InstanceIds,
    );

  it('planWaves() takes the one that moves least first', () => {
    expect(order(0)).toEqual(['i-0001', 'i-0003', 'i-0002', 'i-0000']);
  });

  it('planWaves() makes the one that moves least the canary', () => {
    expect(order(1)).toEqual(['i-0003', 'i-0001', 'i-0002', 'i-0000']);
  });
});
