// Replacement of a dead host: each of its ends, and what is done until one of them.

import { describe, expect, it } from 'vitest';
import { judgeReplacement, type Replacement } from '../../../functions/core/replacement.ts';
import { MINUTE, NOW } from './samples.ts';

const drained = { status: 'DRAINING', owned: true };

function replacement(over: Partial<Replacement> = {}): Replacement {
  return { beganAt: NOW - MINUTE, autoScalingGroupName: 'prod-x86_64', ...over };
}

describe('judgeReplacement()', () => {
  it('judgeReplacement() needs a person where no group would bring another one', () => {
    const step = judgeReplacement(replacement({ autoScalingGroupName: undefined }), drained, NOW);
    expect(step).toMatchObject({ kind: 'over', outcome: 'NeedsAttention' });
    expect(step.reason).toContain('in no Auto Scaling group');
  });

  it('judgeReplacement() goes on until the cluster has forgotten the dead one', () => {
    for (const obsolete of [undefined, 'terminated']) {
      const dead = { ...drained, obsolete };
      expect(judgeReplacement(replacement({ joined: 'i-new' }), dead, NOW)).toEqual({
        kind: 'act',
        action: 'replace-host',
        reason: 'it never came back after its reboot: group prod-x86_64 replaces it',
      });
    }
  });

  it('judgeReplacement() waits for the newcomer', () => {
    expect(judgeReplacement(replacement(), undefined, NOW)).toEqual({
      kind: 'wait',
      seconds: 30,
      reason: 'waits for a new container instance of group prod-x86_64',
    });
  });

  it('judgeReplacement() is over when the newcomer serves, however late', () => {
    const late = replacement({ joined: 'i-new', beganAt: NOW - 60 * MINUTE });
    expect(judgeReplacement(late, undefined, NOW)).toEqual({
      kind: 'over',
      outcome: 'Replaced',
      reason:
        'it never came back after its reboot; terminated, i-new took its place in group prod-x86_64',
    });
  });

  it.each([
    [drained, 'its replacement in group prod-x86_64 failed; left drained'],
    [undefined, 'group prod-x86_64 brought no container instance within 30 minutes'],
  ])('judgeReplacement() gives up after half an hour, registered: %o', (registered, reason) => {
    const late = replacement({ beganAt: NOW - 30 * MINUTE });
    const step = judgeReplacement(late, registered, NOW);
    expect(step).toMatchObject({ kind: 'over', outcome: 'NeedsAttention' });
    expect(step.reason).toContain(reason);
  });

  it.each([
    ['ACTIVE', true, 'return', 'set it to ACTIVE'],
    ['ACTIVE', false, 'over', 'set it to ACTIVE'],
    ['DRAINING', false, 'over', 'took our mark away'],
  ])(
    'judgeReplacement() terminates nothing that somebody else took back: %s, marked %s',
    (status, owned, kind, what) => {
      const reason = `somebody else ${what} while it was to be replaced`;
      for (const over of [{}, { autoScalingGroupName: undefined }, { beganAt: 0 }]) {
        expect(judgeReplacement(replacement(over), { status, owned }, NOW)).toEqual({
          kind,
          outcome: 'Yielded',
          reason,
        });
      }
      // What is terminated serves nobody, whatever ECS shows of it.
      const dead = { status, owned, obsolete: 'terminated' };
      expect(judgeReplacement(replacement(), dead, NOW).kind).toBe('act');
    },
  );
});
