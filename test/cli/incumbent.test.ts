// What bottlerocket-ecs-updater would have called, against its well-known figures.

import { describe, expect, it } from 'vitest';
import { incumbentCalls, incumbentCallsPerInstance } from '../../cli/incumbent.ts';

describe('incumbentCalls()', () => {
  it('is 28 for a drain and a download of a minute each', () => {
    expect(incumbentCalls({ drainSeconds: 60, prepareSeconds: 60 })).toBe(28);
  });

  it('grows with every 15 seconds of waiting', () => {
    expect(incumbentCalls({ drainSeconds: 61, prepareSeconds: 60 })).toBe(29);
    expect(incumbentCalls({ drainSeconds: 600, prepareSeconds: 120 })).toBe(68);
  });
});

describe('incumbentCallsPerInstance()', () => {
  it('is the mean, and the well-known figure when nothing was updated', () => {
    const minute = { drainSeconds: 60, prepareSeconds: 60 };
    const longer = { drainSeconds: 90, prepareSeconds: 60 };
    expect(incumbentCallsPerInstance([minute, longer])).toBe(29);
    expect(incumbentCallsPerInstance([])).toBe(28);
  });
});
