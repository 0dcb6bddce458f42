// What becomes of a container instance that was chosen and never started.

import { describe, expect, it } from 'vitest';
import { judgeUnstarted } from '../../../functions/core/unstarted.ts';
import { worstCaseSeconds } from '../../../functions/core/window.ts';
import { NOW, policyOf, SECOND } from './samples.ts';

const policy = policyOf();
const open = { calendarsOpen: true };
const by = { by: 'ana', at: NOW };
const worst = worstCaseSeconds(policy) * SECOND;

function judge(over: Partial<Parameters<typeof judgeUnstarted>[0]>) {
  return judgeUnstarted({ now: NOW, control: {}, window: open, policy, goingBack: false, ...over });
}

describe('judgeUnstarted()', () => {
  it('judgeUnstarted() starts what was chosen', () => {
    expect(judge({})).toEqual({ kind: 'start' });
    expect(judge({ window: { ...open, closeAt: NOW + worst } })).toEqual({ kind: 'start' });
  });

  it('judgeUnstarted() gives up after an abort, also on the way back', () => {
    const reason = 'aborted by ana at 2026-11-24T02:00:00Z';
    for (const goingBack of [true, false]) {
      expect(judge({ control: { abort: by, pause: by }, goingBack })).toEqual({
        kind: 'give-up',
        reason,
      });
    }
  });

  it('judgeUnstarted() gives up when the window has become too short, but not on the way back', () => {
    const window = { ...open, closeAt: NOW + worst - 1 };
    expect(judge({ window })).toMatchObject({ kind: 'give-up' });
    expect(judge({ window, goingBack: true })).toEqual({ kind: 'start' });
  });

  it('judgeUnstarted() waits for a calendar, and while it is paused', () => {
    expect(judge({ window: { calendarsOpen: false } })).toEqual({
      kind: 'wait',
      reason: 'a change calendar is closed',
    });
    expect(judge({ control: { pause: by } })).toEqual({
      kind: 'wait',
      reason: 'paused by ana at 2026-11-24T02:00:00Z',
    });
  });
});
