// Tests that a policy which is changed in the middle of a rollout can only become stricter, and for what.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitOf } from '../../../functions/core/policy.ts';
import { readPolicy } from '../../../functions/core/read-policy.ts';
import { ruledOutSince, tightenPolicy } from '../../../functions/core/tighten.ts';

const size = { containerInstances: 20, perAvailabilityZone: { a: 10, b: 10 }, perService: {} };
const scheduledAt = Date.UTC(2026, 10, 24, 2);

function tighten(opened: object, now: object, before: object = {}) {
  const { policy } = readPolicy([{ cluster: 'prod' }, before, opened]);
  return tightenPolicy(policy, { before, now }, { size, scheduledAt });
}

describe('tightenPolicy()', () => {
  it.each<[object, object, string]>([
    [{ budget: { outOfServiceMax: 4 } }, { budget: { outOfServiceMax: '5%' } }, '4 to "5%"'],
    [{}, { budget: { perAvailabilityZoneMax: 1 } }, 'budget.perAvailabilityZoneMax none to 1'],
    [{}, { budget: { oneAvailabilityZoneAtATime: true } }, 'false to true'],
    [{}, { budget: { perServiceMaxPercent: 10 } }, 'budget.perServiceMaxPercent 34 to 10'],
    [{ failureBudget: 3 }, { failureBudget: 0 }, 'failureBudget 3 to 0'],
    [{ gates: { alarms: ['a'] } }, { gates: { alarms: ['b'] } }, '["a"] to ["a","b"]'],
    [{}, { window: { calendars: ['freeze'] } }, 'window.calendars [] to ["freeze"]'],
    [{}, { window: { durationMinutes: 240 } }, 'window.durationMinutes none to 240'],
    [{ drain: { standaloneTasks: 'stop' } }, { drain: { standaloneTasks: 'wait' } }, 'wait'],
    [{ drain: { protectedTasks: 'wait' } }, { drain: { protectedTasks: 'skip' } }, 'skip'],
    [{}, { target: { skipVersions: ['1.65.0'] } }, 'target.skipVersions [] to ["1.65.0"]'],
    [{}, { select: { excludeTag: 'mine' } }, '"bottlerocket-fleet:exclude" to "mine"'],
    [{}, { select: { tags: { role: 'web' } } }, 'select.tags {} to {"role":"web"}'],
  ])('%j becomes stricter by %j', (opened, now, words) => {
    const { changes } = tighten(opened, now);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toContain(words);
  });

  it.each<[object, object]>([
    [{ budget: { outOfServiceMax: 1 } }, { budget: { outOfServiceMax: '50%' } }],
    [{ failureBudget: 0 }, { failureBudget: 3 }],
    [{ drain: { standaloneTasks: 'skip' } }, { drain: { standaloneTasks: 'stop' } }],
    [{ window: { durationMinutes: 240 } }, { window: { durationMinutes: 600 } }],
    [{}, { waves: { bakeTimeSeconds: 3600 } }],
  ])('%j does not follow %j', (opened, now) => {
    expect(tighten(opened, now).changes).toEqual([]);
  });

  it('what was configured when it opened, and overridden by its input, stays overridden', () => {
    const configured = { budget: { outOfServiceMax: 1 } };
    const input = { budget: { outOfServiceMax: 4 } };
    expect(tighten(input, configured, configured).policy.budget.outOfServiceMax).toBe(4);
    const other = { ...configured, failureBudget: 0 };
    expect(tighten(input, other, configured).policy.budget.outOfServiceMax).toBe(4);
  });

  it('the window closes at the earlier of the two', () => {
    const { windowCloseAt } = tighten(
      { window: { durationMinutes: 600 } },
      { window: { durationMinutes: 240 } },
    );
    expect(windowCloseAt).toBe(scheduledAt + 240 * 60_000);
  });

  it('keeps out what carried the tag when it opened, and what carries it now', () => {
    expect(tighten({}, {}).excludeTags).toEqual(['bottlerocket-fleet:exclude']);
    const { excludeTags } = tighten({}, { select: { excludeTag: 'mine' } });
    expect(excludeTags).toEqual(['bottlerocket-fleet:exclude', 'mine']);
  });

  it('names what both say once, and has no close where neither has one', () => {
    const { policy, windowCloseAt } = tighten(
      { gates: { alarms: ['a', 'b'] } },
      { gates: { alarms: ['b', 'c'] } },
    );
    expect(policy.gates.alarms).toEqual(['a', 'b', 'c']);
    expect(windowCloseAt).toBeUndefined();
  });

  it('compares zone budgets by the largest zone', () => {
    const changes = (opened: unknown, now: unknown) =>
      tighten(
        { budget: { perAvailabilityZoneMax: opened } },
        { budget: { perAvailabilityZoneMax: now } },
      ).changes;
    expect(changes(2, '30%')).toEqual([]);
    expect(changes(4, '30%')).toEqual(['budget.perAvailabilityZoneMax 4 to "30%"']);
  });

  it('does not become one zone at a time, nor stop being it, by itself', () => {
    const one = { budget: { oneAvailabilityZoneAtATime: true } };
    const any = { budget: { oneAvailabilityZoneAtATime: false } };
    expect(tighten(any, any, {}).policy.budget.oneAvailabilityZoneAtATime).toBe(false);
    expect(tighten(one, any, {}).policy.budget.oneAvailabilityZoneAtATime).toBe(true);
  });

  it('no budget ever grows', () => {
    const limit = fc.oneof(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
    );
    fc.assert(
      fc.property(limit, limit, (opened, now) => {
        const { policy } = tighten(
          { budget: { outOfServiceMax: opened } },
          { budget: { outOfServiceMax: now } },
        );
        const effective = limitOf(policy.budget.outOfServiceMax, size.containerInstances);
        expect(effective).toBe(
          Math.min(limitOf(opened, size.containerInstances), limitOf(now, size.containerInstances)),
        );
      }),
    );
  });
});

describe('ruledOutSince()', () => {
  const { policy } = readPolicy([
    { cluster: 'prod', select: { tags: { role: 'web' } }, target: { skipVersions: ['1.65.0'] } },
  ]);
  const since = { policy, excludeTags: ['keep-off'] };
  it.each<[Record<string, string>, string, string | undefined]>([
    [{ role: 'web' }, '1.66.0', undefined],
    [{ role: 'web' }, '1.65.0', 'HeldBack'],
    [{ role: 'web', 'keep-off': '' }, '1.66.0', 'Excluded'],
    [{ role: 'db' }, '1.66.0', 'NotSelected'],
    [{}, '1.66.0', 'NotSelected'],
  ])('%j to %s: %s', (tags, version, code) => {
    expect(ruledOutSince({ tags }, version, since)?.code).toBe(code);
  });

  it('skips, and says what has been said since', () => {
    const said = (tags: Record<string, string>, version?: string) =>
      ruledOutSince({ tags }, version, since);
    expect(said({ role: 'web', 'keep-off': '' })).toEqual({
      outcome: 'Skipped',
      code: 'Excluded',
      reason: 'it carries the tag keep-off, since it was planned',
    });
    expect(said({ role: 'db' })?.reason).toBe('since it was planned its tag role is not "web"');
    expect(said({ role: 'web' }, '1.65.0')?.reason).toBe(
      'target.skipVersions names 1.65.0, since it was planned',
    );
    expect(said({ role: 'web' })).toBeUndefined();
  });
});
