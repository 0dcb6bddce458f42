// After a wave: the next one, the end, or a halt.

import { describe, expect, it } from 'vitest';
import { judgeWave, type WaveEnd } from '../../../functions/core/wave-verdict.ts';

const baked = { verdict: 'baked', reason: 'all gates green for 300 seconds' };

function judged(over: Partial<WaveEnd> = {}) {
  return judgeWave({ wave: 1, waves: 3, ended: baked, failures: 0, failureBudget: 0, ...over });
}

describe('judgeWave()', () => {
  it('judgeWave() goes on after a good wave', () => {
    expect(judged()).toEqual({
      verdict: 'next',
      reason: 'wave 1 of 3 is good: all gates green for 300 seconds',
    });
    expect(judged({ wave: 2 }).verdict).toBe('next');
  });

  it('judgeWave() is done after the last wave', () => {
    expect(judged({ wave: 3 })).toEqual({ verdict: 'done', reason: 'all 3 waves are good' });
  });

  it.each(['failed', 'halt', 'continue', ''])(
    'judgeWave() halts after a wave that ended %j, for the wave’s own reason',
    (verdict) => {
      const ended = { verdict, reason: 'alarm errors is in ALARM' };
      expect(judged({ ended })).toEqual({ verdict: 'halt', reason: 'alarm errors is in ALARM' });
      expect(judged({ ended, wave: 3, failures: 9 }).reason).toBe('alarm errors is in ALARM');
    },
  );

  it('judgeWave() halts when more failed than the failure budget allows, even at the end', () => {
    expect(judged({ failures: 2, failureBudget: 2 }).verdict).toBe('next');
    expect(judged({ wave: 3, failures: 2, failureBudget: 2 }).verdict).toBe('done');
    for (const wave of [1, 3]) {
      expect(judged({ wave, failures: 3, failureBudget: 2 })).toEqual({
        verdict: 'halt',
        reason: '3 failed, failureBudget is 2',
      });
    }
  });
});
