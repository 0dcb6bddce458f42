// The undo of what is less protected than the policy wants: rolled back, not returned.

import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../functions/core/undo-facts.ts';
import { MINUTE, NOW } from './samples.ts';
import { answered, BOOTED, disconnected, drained, step } from './samples-undo.ts';

describe('decideUndo() of a posture that fails', () => {
  const POSTURE = { error: 'PostureFailed', reason: 'on 1.65.0 SELinux is permissive' };
  const weak: HostFacts = {
    kind: 'answered',
    bootId: 'boot-2',
    version: '1.65.0',
    updateState: 'Idle',
    postureFailure: 'SELinux is permissive',
  };

  it('decideUndo() rolls back, connected or not, even when a second look is better', () => {
    for (const instance of [drained, disconnected]) {
      for (const host of [weak, BOOTED]) {
        expect(step({ cause: POSTURE, host, instance })).toEqual({
          kind: 'act',
          action: 'roll-back',
          reason: 'on 1.65.0 SELinux is permissive; back to 1.64.0',
        });
      }
    }
  });

  it('decideUndo() rolls back what came late and is weak, instead of returning it', () => {
    const late = { error: 'RebootTimedOut', reason: 'it did not answer in time' };
    expect(step({ cause: late, host: weak })).toEqual({
      kind: 'act',
      action: 'roll-back',
      reason: 'SELinux is permissive; back to 1.64.0',
    });
    expect(step({ cause: late, host: BOOTED })).toMatchObject({ outcome: 'Updated' });
  });

  it('decideUndo() leaves it drained where the policy allows no rollback', () => {
    const policy = { onVerifyFailure: false, rebootDead: true };
    expect(step({ cause: POSTURE, host: weak, policy })).toMatchObject({
      kind: 'over',
      outcome: 'NeedsAttention',
    });
  });

  it('decideUndo() ends as RolledBack, with the reason', () => {
    const done = { 'ask-host': NOW - 1, 'roll-back': NOW - MINUTE };
    const host = answered('boot-3', '1.64.0');
    expect(step({ cause: POSTURE, host, done })).toEqual({
      kind: 'return',
      outcome: 'RolledBack',
      reason: 'on 1.65.0 SELinux is permissive; rolled back to 1.64.0',
    });
  });
});
