// The small model goes to a fixed point, with every state as it should be and a way home from each.

import { describe, expect, it } from 'vitest';
import { explore } from './explore.ts';

describe('every state that can be reached', () => {
  it('one container instance, of whose executions one may die', () => {
    const found = explore({ containerInstances: 1, budget: 1, crashes: 1, meddlings: 0 });
    expect(found.violations).toEqual([]);
    expect(found.states).toBeGreaterThan(60_000);
  });

  it('two at once, of whose executions one may die', () => {
    const model = { containerInstances: 2, budget: 2, crashes: 1, meddlings: 0, isKind: true };
    const found = explore(model);
    expect(found.violations).toEqual([]);
    expect(found.states).toBeGreaterThan(1000);
  });

  it('one container instance that somebody else takes away', () => {
    const found = explore({ containerInstances: 1, budget: 1, crashes: 0, meddlings: 1 });
    expect(found.violations).toEqual([]);
    expect(found.states).toBeGreaterThan(12_000);
  });
});
