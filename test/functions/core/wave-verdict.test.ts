// After a wave: the next one, the way back, the end, or a halt.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeWave, type WaveEnd } from '../../../functions/core/wave-verdict.ts';
import { PROPERTY } from './samples.ts';

const baked = { verdict: 'baked', reason: 'all gates green for 300 seconds' };
const failed = { verdict: 'failed', reason: 'alarm errors is in ALARM' };
const halted = { verdict: 'halt', reason: 'the window closes at 02:00' };

function judged(over: Partial<WaveEnd> = {}) {
  return judgeWave({
    wave: 1,
    waves: 3,
    kind: 'forward',
    ended: baked,
    failures: 0,
    failureBudget: 0,
    aborted: false,
    onHalt: 'hold',
    updated: { inWave: 2, inRollout: 5 },
    ...over,
  });
}

describe('judgeWave() of a good wave', () => {
  it('judgeWave() goes on after a good wave', () => {
    expect(judged()).toEqual({
      verdict: 'next',
      reason: 'wave 1 of 3: all gates green for 300 seconds',
    });
    expect(judged({ wave: 2 }).verdict).toBe('next');
  });

  it('judgeWave() is done after the last wave', () => {
    expect(judged({ wave: 3 })).toEqual({ verdict: 'done', reason: 'all 3 waves are good' });
    expect(judged({ waves: 1 })).toEqual({ verdict: 'done', reason: 'its only wave is good' });
  });

  it('judgeWave() tolerates as many failures as the failure budget has', () => {
    const within = { failures: 2, failureBudget: 2, onHalt: 'rollout' } as const;
    expect(judged(within).verdict).toBe('next');
    expect(judged({ ...within, wave: 3 })).toEqual({
      verdict: 'done',
      reason: 'all 3 waves are over: 2 failed, failureBudget is 2',
    });
    expect(judged({ ...within, waves: 1 }).reason).toBe(
      'its only wave is over: 2 failed, failureBudget is 2',
    );
  });
});

describe('judgeWave() of a bad wave that holds what it has', () => {
  it.each(['failed', 'halt', 'continue', ''])(
    'judgeWave() halts after a wave that ended %j, for the wave’s own reason',
    (verdict) => {
      const ended = { verdict, reason: 'alarm errors is in ALARM' };
      for (const wave of [1, 3]) {
        expect(judged({ ended, wave })).toEqual({ verdict: 'halt', reason: ended.reason });
      }
    },
  );

  it('judgeWave() halts when more failed than the failure budget allows, even at the end', () => {
    for (const wave of [1, 3]) {
      expect(judged({ wave, failures: 3, failureBudget: 2 })).toEqual({
        verdict: 'halt',
        reason: '3 failed, failureBudget is 2',
      });
    }
  });
});

describe('judgeWave() of a bad wave that goes back', () => {
  it.each([
    ['wave', failed, 0, 'alarm errors is in ALARM'],
    ['rollout', failed, 0, 'alarm errors is in ALARM'],
    ['wave', baked, 1, '1 failed, failureBudget is 0'],
    ['rollout', halted, 1, '1 failed, failureBudget is 0'],
  ] as const)(
    'judgeWave() takes back the %s after %j and %i failures',
    (onHalt, ended, failures, reason) => {
      expect(judged({ onHalt, ended, failures })).toEqual({ verdict: 'roll-back', reason });
    },
  );

  it('judgeWave() takes nothing back for a halt that is not the version’s doing', () => {
    expect(judged({ onHalt: 'rollout', ended: halted })).toEqual({
      verdict: 'halt',
      reason: halted.reason,
    });
  });

  it('judgeWave() takes nothing back after an abort: what was done stays done', () => {
    expect(judged({ onHalt: 'rollout', ended: failed, aborted: true }).verdict).toBe('halt');
    expect(judged({ onHalt: 'wave', failures: 1, aborted: true }).verdict).toBe('halt');
  });

  it('judgeWave() has nothing to take back when nothing was updated', () => {
    const none = { inWave: 0, inRollout: 0 };
    expect(judged({ onHalt: 'wave', ended: failed, updated: none }).verdict).toBe('halt');
    expect(judged({ onHalt: 'rollout', ended: failed, updated: none }).verdict).toBe('halt');
    const earlier = { inWave: 0, inRollout: 1 };
    expect(judged({ onHalt: 'wave', ended: failed, updated: earlier }).verdict).toBe('halt');
    expect(judged({ onHalt: 'rollout', ended: failed, updated: earlier }).verdict).toBe(
      'roll-back',
    );
  });

  it.each([
    [baked, '2 failed, failureBudget is 1; the way back is over'],
    [failed, '2 failed, failureBudget is 1; the way back halted: alarm errors is in ALARM'],
    [halted, '2 failed, failureBudget is 1; the way back halted: the window closes at 02:00'],
  ])('judgeWave() says after the way back why there was one: %j', (ended, reason) => {
    for (const failures of [0, 9]) {
      const wentBackFor = '2 failed, failureBudget is 1';
      const back = { kind: 'rollback', onHalt: 'rollout', wentBackFor } as const;
      expect(judged({ ...back, ended, failures })).toEqual({ verdict: 'halt', reason });
    }
  });

  it('judgeWave() ends with a way back that does not say why', () => {
    const back = { kind: 'rollback', onHalt: 'rollout' } as const;
    expect(judged(back)).toEqual({ verdict: 'halt', reason: 'the way back is over' });
  });
});

describe('judgeWave() whatever happened', () => {
  const ends: fc.Arbitrary<WaveEnd> = fc.record({
    wave: fc.integer({ min: 1, max: 3 }),
    waves: fc.constant(3),
    kind: fc.constantFrom('forward', 'rollback'),
    ended: fc.constantFrom(baked, failed, halted),
    failures: fc.nat({ max: 3 }),
    failureBudget: fc.nat({ max: 3 }),
    aborted: fc.boolean(),
    onHalt: fc.constantFrom('hold', 'wave', 'rollout'),
    updated: fc.record({ inWave: fc.nat({ max: 1 }), inRollout: fc.nat({ max: 2 }) }),
  });

  it('judgeWave() goes on only after a good wave, and back only once', () => {
    fc.assert(
      fc.property(ends, (end) => {
        const { verdict, reason } = judgeWave(end);
        expect(reason).not.toBe('');
        const good = end.ended.verdict === 'baked' && end.failures <= end.failureBudget;
        if (verdict === 'next' || verdict === 'done') {
          expect([good, end.kind]).toEqual([true, 'forward']);
        }
        if (verdict === 'roll-back') {
          expect([good, end.kind, end.aborted]).toEqual([false, 'forward', false]);
          expect(end.onHalt).not.toBe('hold');
        }
      }),
      PROPERTY,
    );
  });
});
