// Container instances that are out of service by others' doing, and agents that are away for a moment.

import { describe, expect, it } from 'vitest';
import { judgeOthers, type Other } from '../../../functions/core/others.ts';
import { NOW } from './samples.ts';

function other(id: string, over: Partial<Other> = {}): Other {
  return { containerInstanceArn: id, status: 'ACTIVE', agentConnected: true, ...over };
}

const away = (id: string) => other(id, { agentConnected: false });

describe('judgeOthers()', () => {
  it('judgeOthers() counts what others drain, at once', () => {
    const others = [other('a'), other('b', { status: 'DRAINING', agentConnected: false })];
    expect(judgeOthers(others, {}, 100, NOW)).toEqual({ out: ['b'], awaySince: {} });
  });

  it('judgeOthers() does not count an agent that is away for a moment, and remembers it', () => {
    expect(judgeOthers([away('a')], {}, 100, NOW)).toEqual({ out: [], awaySince: { a: NOW } });
  });

  it.each([
    [59_999, []],
    [60_000, ['a']],
  ])('judgeOthers() counts an agent that stays away, after %i ms: %j', (passed, out) => {
    const before = { a: NOW - passed };
    expect(judgeOthers([away('a')], before, 100, NOW)).toEqual({ out, awaySince: before });
  });

  it('judgeOthers() starts anew when an agent was back in between', () => {
    const { awaySince } = judgeOthers([other('a')], { a: NOW - 90_000 }, 100, NOW);
    expect(awaySince).toEqual({});
    expect(judgeOthers([away('a')], awaySince, 100, NOW).out).toEqual([]);
  });

  it.each([
    [100, 5, 0],
    [100, 6, 6],
    [10, 1, 0],
    [10, 2, 2],
  ])('judgeOthers() of %i with %i gone at once counts %i', (fleet, gone, counted) => {
    const others = Array.from({ length: gone }, (_, index) => away(`a${index}`));
    expect(judgeOthers(others, {}, fleet, NOW).out).toHaveLength(counted);
  });

  it('judgeOthers() knows a container instance called like a member of every object', () => {
    expect(judgeOthers([away('constructor')], {}, 100, NOW).out).toEqual([]);
  });
});
