// Tests when an instance that no longer exists was taken away, and when it perished by the update.

import { describe, expect, it } from 'vitest';
import { judgeGone } from '../../../functions/core/gone.ts';

const SENT_AT = Date.UTC(2026, 10, 24, 2);
const facts = {
  cause: { error: 'InstanceGone', reason: 'i-1 no longer exists' },
  reached: 'rebooting' as const,
  instance: undefined,
  toVersion: '1.65.0',
  rebootSentAt: SENT_AT,
  beganAt: SENT_AT + 150_000,
};

describe('judgeGone', () => {
  it('taken away before or during a usual reboot: Gone', () => {
    expect(judgeGone(facts).outcome).toBe('Gone');
    const draining = { ...facts, reached: 'draining' as const, rebootSentAt: undefined };
    expect(judgeGone(draining)).toEqual({
      outcome: 'Gone',
      reason: 'it was terminated during the update',
    });
  });

  it('deregistered while its EC2 instance lives: Gone, and not called terminated', () => {
    const lives = { ...facts, ec2: 'lives' as const };
    const late = { ...lives, beganAt: SENT_AT + 3_600_000 };
    for (const one of [lives, late]) {
      expect(judgeGone(one)).toEqual({
        outcome: 'Gone',
        reason: 'somebody deregistered it during the update; its EC2 instance lives',
      });
    }
    const cause = { error: 'FellBack', reason: 'the new version is bad' };
    expect(judgeGone({ ...lives, cause })).toEqual({
      outcome: 'Failed',
      reason: 'the new version is bad; then somebody deregistered it',
    });
  });

  it('terminated after others had rebooted it: Gone, for that says nothing about the version', () => {
    const cause = { error: 'RebootedBefore', reason: 'rebooted by others' };
    expect(judgeGone({ ...facts, cause }).outcome).toBe('Gone');
  });

  it('terminated when it should have been back long ago: Failed', () => {
    expect(judgeGone({ ...facts, beganAt: SENT_AT + 180_000 }).outcome).toBe('Gone');
    expect(judgeGone({ ...facts, beganAt: SENT_AT + 180_001 })).toEqual({
      outcome: 'Failed',
      reason: 'it did not come back from its reboot into 1.65.0, and was then terminated',
    });
  });

  it('taken away after it had answered on its new boot: Gone, however long ago it was told to reboot', () => {
    const booted = { ...facts, bootedAt: SENT_AT + 120_000 };
    expect(judgeGone({ ...booted, beganAt: SENT_AT + 300_000 }).outcome).toBe('Gone');
    expect(judgeGone({ ...booted, beganAt: SENT_AT + 300_001 }).outcome).toBe('Failed');
  });

  it('terminated when it was back in service: Gone, however long ago it was rebooted', () => {
    const returned = { ...facts, reached: 'returned' as const, beganAt: SENT_AT + 3_600_000 };
    expect(judgeGone(returned).outcome).toBe('Gone');
  });

  it.each([
    'RebootTimedOut',
    'VerifyTimedOut',
    'FellBack',
    'WrongVersion',
    'PostureFailed',
    'AgentUnsettled',
  ])('%s stays Failed', (error) => {
    const cause = { error, reason: 'the new version is bad' };
    const instance = { obsolete: 'terminated' as const };
    expect(judgeGone({ ...facts, cause, instance })).toEqual({
      outcome: 'Failed',
      reason: 'the new version is bad; then it was terminated',
    });
  });

  it('registered anew: Gone, whatever the error', () => {
    const cause = { error: 'VerifyTimedOut', reason: 'its ECS agent is not connected' };
    const instance = { obsolete: 'registered-anew' as const };
    expect(judgeGone({ ...facts, cause, instance })).toEqual({
      outcome: 'Gone',
      reason: 'its ECS agent registered it anew, as another instance',
    });
  });
});
