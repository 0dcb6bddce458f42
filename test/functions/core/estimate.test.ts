// Estimates: what makes a drain long, and how long a batch of work takes on some slots.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expectedDrainSeconds,
  expectedMakespanSeconds,
  expectedOutOfServiceSeconds,
  longestDrainFirst,
} from '../../../functions/core/estimate.ts';
import { byName, PROPERTY, policyOf, serviceOf, taskOf } from './samples.ts';

describe('expectedDrainSeconds()', () => {
  const services = byName(
    serviceOf({ serviceName: 'stops', minimumHealthyPercent: 99 }),
    serviceOf({ serviceName: 'replaces', minimumHealthyPercent: 100 }),
    serviceOf({ serviceName: 'balanced', hasLoadBalancer: true }),
    serviceOf({ serviceName: 'careful', minimumHealthyPercent: 100, hasLoadBalancer: true }),
    serviceOf({ serviceName: 'swift', hasLoadBalancer: true, deregistrationDelaySeconds: 60 }),
    serviceOf({ serviceName: 'agent', schedulingStrategy: 'DAEMON', hasLoadBalancer: true }),
  );
  const secondsOf = (...names: (string | undefined)[]) =>
    expectedDrainSeconds(
      names.map((serviceName) => taskOf({ serviceName })),
      services,
    );

  it.each([
    ['nothing runs', [], 0],
    ['a task may stop first', ['stops'], 30],
    ['its replacement must be healthy first (15 + 40 + 30)', ['replaces'], 85],
    ['it leaves a load balancer (300 + 30)', ['balanced'], 330],
    ['its target group lets go sooner (60 + 30)', ['swift'], 90],
    ['both', ['careful'], 385],
    ['only a daemon runs', ['agent'], 0],
    ['only a standalone task runs', [undefined], 0],
    ['only a task of an unknown service runs', ['gone'], 0],
    ['the slowest decides, first', ['careful', 'stops'], 385],
    ['the slowest decides, last', ['stops', 'agent', 'balanced'], 330],
  ])('expectedDrainSeconds() when %s', (_, names, seconds) => {
    expect(secondsOf(...names)).toBe(seconds);
  });

  it('expectedOutOfServiceSeconds() adds the reboot and the look at the agent', () => {
    const policy = policyOf({ verify: { agentStableSeconds: 20 } });
    expect(
      expectedOutOfServiceSeconds([taskOf({ serviceName: 'balanced' })], services, policy),
    ).toBe(330 + 90 + 20);
    expect(expectedOutOfServiceSeconds([], services, policy)).toBe(110);
  });
});

describe('longestDrainFirst()', () => {
  const services = [
    serviceOf({ serviceName: 'stops', minimumHealthyPercent: 99 }),
    serviceOf({ serviceName: 'balanced', hasLoadBalancer: true }),
    serviceOf({ serviceName: 'agent', schedulingStrategy: 'DAEMON', hasLoadBalancer: true }),
  ];
  const on = (id: string, ...names: string[]) => {
    return { id, moving: names.map((serviceName) => ({ serviceName, tasks: 1 })) };
  };

  it('begins with the longest, and keeps equals in the order they were given in', () => {
    const last = [
      on('none'),
      on('stops-1', 'stops'),
      on('agent', 'agent'),
      on('balanced-1', 'stops', 'balanced'),
      { id: 'not looked at', moving: undefined },
      on('stops-2', 'stops'),
      on('balanced-2', 'balanced'),
    ];
    expect(longestDrainFirst(last, services).map((one) => one.id)).toEqual([
      'balanced-1',
      'balanced-2',
      'stops-1',
      'stops-2',
      'none',
      'agent',
      'not looked at',
    ]);
  });
});

describe('expectedMakespanSeconds()', () => {
  it.each([
    ['nothing to do', [], 3, 0],
    ['one after the other', [5, 3, 4], 1, 12],
    ['all at once', [5, 3, 4], 3, 5],
    ['more slots than work', [5, 3], 10, 5],
    ['no slot counts as one', [5, 3], 0, 8],
    ['longest first', [1, 1, 1, 3], 2, 3],
    ['two slots, refilled', [4, 3, 3, 2], 2, 6],
    ['Graham: longest first is not always best', [3, 3, 2, 2, 2], 2, 7],
  ])('expectedMakespanSeconds() with %s', (_, durations, slots, seconds) => {
    expect(expectedMakespanSeconds(durations, slots)).toBe(seconds);
  });

  it('expectedMakespanSeconds() lies between what no schedule beats and what the worst list needs', () => {
    const durations = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(durations, fc.integer({ min: 1, max: 20 }), (all, slots) => {
        const total = all.reduce((sum, one) => sum + one, 0);
        const longest = Math.max(...all);
        const seconds = expectedMakespanSeconds(all, slots);
        expect(seconds).toBeGreaterThanOrEqual(Math.max(longest, total / slots));
        expect(seconds).toBeLessThanOrEqual(total / slots + longest * (1 - 1 / slots) + 1e-6);
        expect(expectedMakespanSeconds([...all].reverse(), slots)).toBe(seconds);
      }),
      PROPERTY,
    );
  });

  it('expectedMakespanSeconds() does not reorder what it is given', () => {
    const durations = [1, 3, 2];
    expectedMakespanSeconds(durations, 2);
    expect(durations).toEqual([1, 3, 2]);
  });
});
