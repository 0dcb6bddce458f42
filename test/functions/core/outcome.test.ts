// What outcomes add up to.

import { describe, expect, it } from 'vitest';
import { FAILURES, type Outcome } from '../../../functions/core/model.ts';
import {
  blamesVersion,
  closingReason,
  countOutcomes,
  dispatchState,
  endingOf,
  noWayBack,
  OUTCOMES,
} from '../../../functions/core/outcome.ts';

const FAILED: readonly Outcome[] = ['Failed', 'FellBack', 'RolledBack', 'Replaced'];

describe('dispatchState()', () => {
  it.each(OUTCOMES)('dispatchState() of %s', (outcome) => {
    const failed = FAILURES.has(outcome) ? 'FAILED' : 'NONE';
    expect(dispatchState(outcome)).toBe(outcome === 'NeedsAttention' ? 'STUCK' : failed);
  });

  it('dispatchState() of one without an outcome', () => {
    expect(dispatchState(undefined)).toBe('NONE');
  });
});

describe('noWayBack()', () => {
  it.each(OUTCOMES)('noWayBack() of %s', (outcome) => {
    const stays = outcome === 'Blocked' || outcome === 'Skipped';
    const ended = { outcome, reason: 'why', code: 'Code' };
    expect(noWayBack(ended, '1.65.0')).toEqual(
      stays
        ? { outcome: 'Failed', reason: 'still on 1.65.0, no way back: why', code: 'Code' }
        : ended,
    );
  });
});

describe('endingOf()', () => {
  it.each(OUTCOMES)('endingOf() of one %s', (outcome) => {
    const expected =
      outcome === 'NeedsAttention'
        ? 'FailedDirty'
        : FAILED.includes(outcome)
          ? 'FailedClean'
          : 'Succeeded';
    expect(endingOf([outcome])).toBe(expected);
  });

  it('endingOf() of nothing is a success, or a halt', () => {
    expect(endingOf([])).toBe('Succeeded');
    expect(endingOf([], { halted: true })).toBe('Halted');
  });

  it('endingOf() takes the worst of all, wherever it stands', () => {
    for (const bad of FAILED) {
      expect(endingOf(['Updated', bad, 'Skipped'])).toBe('FailedClean');
      expect(endingOf(['NeedsAttention', bad])).toBe('FailedDirty');
      expect(endingOf([bad, 'NeedsAttention'])).toBe('FailedDirty');
      expect(endingOf([bad, 'Updated'], { halted: true })).toBe('FailedClean');
    }
    expect(endingOf(['NeedsAttention'], { halted: true })).toBe('FailedDirty');
    expect(endingOf(['Updated'], { lost: 1 })).toBe('FailedDirty');
    expect(endingOf(['Updated', 'NotStarted'], { halted: true })).toBe('Halted');
  });

  it('endingOf() calls for a person when a host keeps settings of ours', () => {
    expect(endingOf(['Updated'], { settingsLeft: 1 })).toBe('FailedDirty');
    expect(endingOf(['Updated'], { settingsLeft: 0 })).toBe('Succeeded');
    expect(endingOf(['Updated'], { protectionLeft: 1 })).toBe('FailedDirty');
    expect(endingOf(['Updated'], { protectionLeft: 0 })).toBe('Succeeded');
  });

  it('endingOf() a plan is a success, whatever could be asked', () => {
    expect(endingOf(['Skipped', 'NotStarted'], { unprepared: 1, planOnly: true })).toBe(
      'Succeeded',
    );
  });

  it('endingOf() has failed when hosts could not be prepared and nothing was updated', () => {
    expect(endingOf(['Skipped'], { unprepared: 1 })).toBe('FailedClean');
    expect(endingOf(['Skipped'], { unprepared: 0 })).toBe('Succeeded');
    expect(endingOf(['Skipped', 'Updated'], { unprepared: 1 })).toBe('Succeeded');
    expect(endingOf(['Skipped', 'UpToDate'], { unprepared: 1 })).toBe('Succeeded');
    expect(endingOf(['Skipped'], { unprepared: 1, halted: true })).toBe('Halted');
  });
});

describe('blamesVersion()', () => {
  it.each(OUTCOMES)('blamesVersion() of %s', (outcome) => {
    expect(blamesVersion(outcome)).toBe(['FellBack', 'RolledBack'].includes(outcome));
  });

  it('blamesVersion() blames only failures', () => {
    expect(OUTCOMES.filter(blamesVersion).every((outcome) => FAILURES.has(outcome))).toBe(true);
    expect([...FAILURES].sort()).toEqual([...FAILED, 'NeedsAttention'].sort());
  });
});

describe('closingReason()', () => {
  const done = { verdict: 'done', reason: 'all 3 waves are good' };
  const idle = 'nothing was updated: no chosen container instance could be';

  it.each<[string, Outcome[], string]>([
    ['something was updated', ['Blocked', 'Updated'], done.reason],
    ['nothing was', ['Blocked', 'Skipped'], idle],
    ['nothing was there', [], idle],
  ])('closingReason() of waves that went through when %s', (_, outcomes, reason) => {
    expect(closingReason(done, outcomes)).toBe(reason);
  });

  it('closingReason() says what is left behind, after it', () => {
    const remarks = ['2 hosts keep settings of ours', '1 was skipped'];
    expect(closingReason(done, ['Updated'], remarks)).toBe(
      'all 3 waves are good; 2 hosts keep settings of ours; 1 was skipped',
    );
  });

  it('closingReason() does not say that nothing was updated when the record has lost some', () => {
    const remarks = ['the record has lost 2'];
    expect(closingReason(done, ['Skipped'], remarks, 2)).toBe(
      'all 3 waves are good; the record has lost 2',
    );
  });

  it('closingReason() keeps the reason of any other end', () => {
    const halted = { verdict: 'halt', reason: 'aborted by ann' };
    expect(closingReason(halted, ['Blocked'])).toBe('aborted by ann');
  });
});

describe('countOutcomes()', () => {
  it('countOutcomes() counts those that occur, in the order of OUTCOMES', () => {
    const counts = countOutcomes(['Gone', 'Updated', 'Gone', 'Skipped']);
    expect(Object.entries(counts)).toEqual([
      ['Updated', 1],
      ['Skipped', 1],
      ['Gone', 2],
    ]);
    expect(countOutcomes([])).toEqual({});
  });

  it('countOutcomes() loses none', () => {
    expect(Object.values(countOutcomes(OUTCOMES))).toEqual(OUTCOMES.map(() => 1));
  });
});
