// Whose word counts when several people have spoken.

import { describe, expect, it } from 'vitest';
import { judgeApproval, whyNoApproval } from '../../../functions/core/approval.ts';
import { MINUTE, NOW } from './samples.ts';

const abort = { by: 'ana', at: NOW };
const refuse = { by: 'ben', at: NOW + MINUTE };
const approve = { by: 'cleo', at: NOW + 2 * MINUTE };

describe('judgeApproval()', () => {
  it('judgeApproval() waits while nobody has spoken', () => {
    expect(judgeApproval({})).toBeUndefined();
    expect(judgeApproval({ pause: { by: 'ana', at: NOW } })).toBeUndefined();
  });

  it('judgeApproval() approves', () => {
    expect(judgeApproval({ approve })).toEqual({
      verdict: 'approved',
      reason: 'approved by cleo',
    });
  });

  it('judgeApproval() lets refuse beat approve, and abort beat both', () => {
    const reason = 'refused by ben at 2026-11-24T02:01:00Z';
    expect(judgeApproval({ refuse, approve })).toEqual({ verdict: 'refused', reason });
    expect(judgeApproval({ abort, refuse, approve })).toEqual({
      verdict: 'refused',
      reason: 'aborted by ana at 2026-11-24T02:00:00Z',
    });
  });
});

describe('whyNoApproval()', () => {
  const asks = { policy: { approval: { required: true } } };
  it.each([
    [asks, undefined],
    [{ ...asks, prepared: false }, undefined],
    [{ ...asks, prepared: true }, 'that was decided before, and it has gone on'],
    [{ policy: { approval: { required: false } } }, 'its policy asks for none (approval.required)'],
    [{ ...asks, ending: 'Halted', reason: 'refused by ben' }, 'it ended Halted: refused by ben'],
  ])('whyNoApproval() of %j: %s', (rollout, why) => {
    expect(whyNoApproval(rollout)).toBe(why);
  });
});
