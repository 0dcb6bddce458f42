// Replacement of a dead host: each of its ends, and what is done until one of them.

import { describe, expect, it } from 'vitest';
import { judgeReplacement, type Replacement } from '../../../functions/core/replacement.ts';
import { MINUTE, NOW } from './samples.ts';

function replacement(over: Partial<Replacement> = {}): Replacement {
  return { beganAt: NOW - MINUTE, autoScalingGroupName: 'prod-x86_64', ...over };
}

describe('judgeReplacement()', () => {
  it('judgeReplacement() needs a person where no group would bring another one', () => {
    const step = judgeReplacement(replacement({ autoScalingGroupName: undefined }), true, NOW);
    expect(step).toMatchObject({ kind: 'over', outcome: 'NeedsAttention' });
    expect(step.reason).toContain('in no Auto Scaling group');
  });

  it('judgeReplacement() goes on until the cluster has forgotten the dead one', () => {
    expect(judgeReplacement(replacement({ joined: 'i-new' }), true, NOW)).toMatchObject({
      kind: 'act',
      action: 'replace-host',
    });
  });

  it('judgeReplacement() waits for the newcomer', () => {
    expect(judgeReplacement(replacement(), false, NOW)).toEqual({
      kind: 'wait',
      seconds: 30,
      reason: 'waits for a new container instance of group prod-x86_64',
    });
  });

  it('judgeReplacement() is over when the newcomer serves, however late', () => {
    const late = replacement({ joined: 'i-new', beganAt: NOW - 60 * MINUTE });
    expect(judgeReplacement(late, false, NOW)).toEqual({
      kind: 'over',
      outcome: 'Replaced',
      reason:
        'it never came back after its reboot; terminated, i-new took its place in group prod-x86_64',
    });
  });

  it.each([
    [true, 'its replacement in group prod-x86_64 failed; left drained'],
    [false, 'group prod-x86_64 brought no container instance within 30 minutes'],
  ])('judgeReplacement() gives up after half an hour, registered: %s', (registered, reason) => {
    const late = replacement({ beganAt: NOW - 30 * MINUTE });
    const step = judgeReplacement(late, registered, NOW);
    expect(step).toMatchObject({ kind: 'over', outcome: 'NeedsAttention' });
    expect(step.reason).toContain(reason);
  });
});
