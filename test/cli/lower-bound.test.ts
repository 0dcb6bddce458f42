// The lower bound, against the best of all schedules of a few container instances.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundsOf, type Limits, lowerBound, type OutOfServiceSpan } from '../../cli/lower-bound.ts';

const NO_LIMITS: Limits = {
  cluster: 100,
  zones: new Map(),
  services: new Map(),
  oneZoneAtATime: false,
};

function span(
  seconds: number,
  { zone = 'a', services = [] as string[], prepare = 0, wave = 1 } = {},
): OutOfServiceSpan {
  return {
    ec2InstanceId: `i-${seconds}`,
    availabilityZone: zone,
    services,
    outOfServiceSeconds: seconds,
    prepareSeconds: prepare,
    wave,
  };
}

interface Placed {
  readonly span: OutOfServiceSpan;
  readonly from: number;
  readonly to: number;
}

/** Whether everything out at one instant is within every limit. */
function mayBeOut(out: readonly OutOfServiceSpan[], limits: Limits): boolean {
  const zones = Map.groupBy(out, (one) => one.availabilityZone);
  if (out.length > limits.cluster) return false;
  if (limits.oneZoneAtATime && zones.size > 1) return false;
  for (const [zone, limit] of limits.zones) {
    if ((zones.get(zone)?.length ?? 0) > limit) return false;
  }
  return [...limits.services].every(
    ([name, limit]) => out.filter((one) => one.services.includes(name)).length <= limit,
  );
}

function fits(placed: readonly Placed[], candidate: Placed, limits: Limits): boolean {
  const instants = [candidate.from, ...placed.map(({ from }) => from)].filter(
    (at) => at >= candidate.from && at < candidate.to,
  );
  return instants.every((at) => {
    const out = [...placed, candidate].filter(({ from, to }) => from <= at && at < to);
    return mayBeOut(
      out.map((one) => one.span),
      limits,
    );
  });
}

/** Ends of the schedule that starts each one, in this order, as early as it can. */
function makespan(order: readonly OutOfServiceSpan[], limits: Limits): number {
  const placed: Placed[] = [];
  for (const one of order) {
    const starts = [0, ...placed.map(({ to }) => to)].sort((a, b) => a - b);
    const from = starts.find((at) =>
      fits(placed, { span: one, from: at, to: at + one.outOfServiceSeconds }, limits),
    );
    if (from === undefined) throw new Error('a limit below one allows nothing');
    placed.push({ span: one, from, to: from + one.outOfServiceSeconds });
  }
  return Math.max(0, ...placed.map(({ to }) => to));
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

/** The shortest schedule there is: some order of early starts is optimal (Sprecher, Kolisch, Drexl 1995). */
function optimum(spans: readonly OutOfServiceSpan[], limits: Limits): number {
  return Math.min(...permutations(spans).map((order) => makespan(order, limits)));
}

const spans = fc.array(
  fc.record({
    seconds: fc.integer({ min: 1, max: 9 }),
    zone: fc.constantFrom('a', 'b', 'c'),
    services: fc.subarray(['web', 'api', 'jobs']),
  }),
  { maxLength: 6 },
);
const limit = fc.integer({ min: 1, max: 3 });
const allLimits = fc.record({
  cluster: limit,
  zones: fc.dictionary(fc.constantFrom('a', 'b', 'c'), limit),
  services: fc.dictionary(fc.constantFrom('web', 'api', 'jobs'), limit),
  oneZoneAtATime: fc.boolean(),
});

describe('boundsOf()', () => {
  it('never exceeds the best of all schedules of up to six', () => {
    fc.assert(
      fc.property(spans, allLimits, (drawn, { zones, services, ...rest }) => {
        const made = drawn.map(({ seconds, ...facts }) => span(seconds, facts));
        const limits = {
          ...rest,
          zones: new Map(Object.entries(zones)),
          services: new Map(Object.entries(services)),
        };
        const best = optimum(made, limits);
        for (const bound of boundsOf(made, limits)) {
          expect(bound.seconds, bound.name).toBeLessThanOrEqual(best + 1e-9);
        }
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['longest', [span(9), span(1)], NO_LIMITS, 9],
    ['area', [span(4), span(4), span(4), span(4)], { ...NO_LIMITS, cluster: 2 }, 8],
    ['pigeonhole', [span(4), span(4), span(4)], { ...NO_LIMITS, cluster: 2 }, 8],
    ['zone', [span(4), span(3)], { ...NO_LIMITS, zones: new Map([['a', 1]]) }, 7],
    [
      'service',
      [span(4, { services: ['web'] }), span(3, { services: ['web'], zone: 'b' })],
      { ...NO_LIMITS, services: new Map([['web', 1]]) },
      7,
    ],
    [
      'conflicts',
      [span(4, { zone: 'a' }), span(3, { zone: 'b' }), span(2, { zone: 'c' })],
      { ...NO_LIMITS, oneZoneAtATime: true },
      9,
    ],
  ] as const)('%s is as tight as the best schedule where it binds', (name, made, limits, best) => {
    expect(optimum(made, limits)).toBe(best);
    const bounds = boundsOf(made, limits);
    expect(Math.max(...bounds.map(({ seconds }) => seconds))).toBe(best);
    expect(bounds.find((bound) => bound.name === name)?.seconds).toBe(best);
  });
});

describe('lowerBound()', () => {
  const limits = { ...NO_LIMITS, cluster: 1 };

  it('is nothing when nothing was out of service', () => {
    expect(lowerBound([], limits, [])).toMatchObject({
      seconds: 0,
      withWavesSeconds: 0,
      bounds: [],
    });
  });

  it('adds the shortest download before the first drain, and every bake', () => {
    const made = [span(10, { prepare: 5 }), span(20, { prepare: 3 })];
    expect(lowerBound(made, limits, [{ wave: 1, seconds: 600 }]).seconds).toBe(3 + 30 + 600);
  });

  it('counts the own download of the one that takes longest', () => {
    const made = [span(10, { prepare: 50 }), span(10, { prepare: 1 })];
    expect(lowerBound(made, NO_LIMITS, []).seconds).toBe(60);
  });

  it('lets a slow download overlap the bakes of the waves before its own', () => {
    const made = [span(10, { prepare: 5, wave: 1 }), span(10, { prepare: 500, wave: 2 })];
    const bakes = [1, 2].map((wave) => ({ wave, seconds: 300 }));
    expect(lowerBound(made, limits, bakes).seconds).toBe(500 + 10 + 300);
    const quick = [span(10, { prepare: 5, wave: 1 }), span(10, { prepare: 50, wave: 2 })];
    expect(lowerBound(quick, limits, bakes).seconds).toBe(5 + 20 + 600);
  });

  it('knows what waves one after the other cost', () => {
    const made = [span(10, { wave: 1 }), span(20, { wave: 2 })];
    const { seconds, withWavesSeconds } = lowerBound(made, NO_LIMITS, []);
    expect([seconds, withWavesSeconds]).toEqual([20, 30]);
  });

  it('says what binds', () => {
    const { binding } = lowerBound([span(10), span(20)], limits, []);
    expect(binding).toMatchObject({ name: 'area', seconds: 30 });
    expect(binding.what).toBe('the budget of 1 out of service at once');
  });

  it('names the budget of one before what follows from it', () => {
    const seconds = [0.1, 0.7, 0.2, 0.3, 0.6];
    for (let count = 1; count <= seconds.length; count++) {
      const made = seconds.slice(0, count).map((one) => span(one));
      const { binding, bounds } = lowerBound(made, limits, []);
      expect(binding.name).toBe(count === 1 ? 'longest' : 'area');
      expect(bounds.map(({ name }) => name)).not.toContain('pigeonhole');
    }
  });
});
