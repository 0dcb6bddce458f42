// The undo of a host that runs the new version, or a third one.

import { describe, expect, it } from 'vitest';
import { MINUTE, NOW } from './samples.ts';
import { answered, BOOTED, disconnected, drained, factsOf, step, VERIFY } from './samples-undo.ts';

describe('decideUndo() of a host on the new version', () => {
  it('decideUndo() returns what is well after all', () => {
    expect(step({ host: BOOTED })).toEqual({
      kind: 'return',
      outcome: 'Updated',
      reason: 'runs 1.65.0, later than expected: its ECS agent is not connected',
    });
  });

  const late = { host: BOOTED, instance: disconnected, beganAt: NOW - 10 * MINUTE };

  it.each(['VerifyTimedOut', 'AgentUnsettled'])(
    'decideUndo() rolls back when its agent has not connected for ten minutes after %s',
    (error) => {
      const cause = { ...VERIFY, error };
      expect(step({ ...late, cause, beganAt: late.beganAt + 1 })).toEqual({
        kind: 'act',
        action: 'ask-host',
        reason: 'its ECS agent may still connect',
      });
      expect(step({ ...late, cause })).toEqual({
        kind: 'act',
        action: 'roll-back',
        reason: 'its ECS agent is not connected; back to 1.64.0',
      });
    },
  );

  it.each(['RebootTimedOut', 'States.Timeout', 'Orphaned'])(
    'decideUndo() gives a host that may only just be up more time, after %s',
    (error) => {
      const cause = { ...VERIFY, error };
      expect(step({ ...late, cause, beganAt: NOW - 25 * MINUTE + 1 })).toMatchObject({
        action: 'ask-host',
      });
      expect(step({ ...late, cause, beganAt: NOW - 25 * MINUTE })).toMatchObject({
        action: 'roll-back',
      });
    },
  );

  it('decideUndo() does not roll back for one look at an agent that was connected before', () => {
    const facts = { ...late, beganAt: NOW - 300 * MINUTE };
    expect(step({ ...facts, agentAwaySinceAt: NOW })).toMatchObject({ action: 'ask-host' });
    const since = NOW - 10 * MINUTE;
    expect(step({ ...facts, agentAwaySinceAt: since + 1 })).toMatchObject({ action: 'ask-host' });
    expect(step({ ...facts, agentAwaySinceAt: since })).toMatchObject({ action: 'roll-back' });
  });

  it('decideUndo() leaves it drained where the policy allows no rollback', () => {
    const policy = { onVerifyFailure: false, rebootDead: true };
    expect(step({ ...late, policy })).toEqual({
      kind: 'over',
      outcome: 'NeedsAttention',
      reason:
        'its ECS agent is not connected; the policy allows no rollback; left drained on 1.65.0',
    });
    expect(step({ ...late, policy, beganAt: NOW })).toMatchObject({ action: 'ask-host' });
  });

  it('decideUndo() waits for the rollback, even when the agent connects meanwhile', () => {
    for (const instance of [drained, disconnected]) {
      const facts = { ...late, instance, beganAt: NOW - 60 * MINUTE };
      expect(step({ ...facts, done: { 'roll-back': NOW - 25 * MINUTE + 1 } })).toEqual({
        kind: 'act',
        action: 'ask-host',
        reason: 'the rollback has not rebooted it yet',
      });
      expect(step({ ...facts, done: { 'roll-back': NOW - 25 * MINUTE } })).toEqual({
        kind: 'over',
        outcome: 'NeedsAttention',
        reason:
          'its ECS agent is not connected; the rollback to 1.64.0 did not happen (it did not reboot); left drained on 1.65.0',
      });
    }
  });
});

describe('decideUndo() of a rollback whose command is not known', () => {
  const late = { host: BOOTED, instance: disconnected, beganAt: NOW - 60 * MINUTE };

  it.each([
    ['roll-back', { 'roll-back': NOW }],
    ['roll-back', { 'roll-back': NOW - 60 * MINUTE }],
    ['roll-back', { 'flip-partitions': NOW - 20 * MINUTE, 'roll-back': NOW }],
    ['flip-partitions', { 'flip-partitions': NOW - 20 * MINUTE }],
  ] as const)('decideUndo() sends the %s again, however long ago it was meant', (action, done) => {
    expect(step({ ...late, done, rollBackUnsent: true })).toEqual({
      kind: 'act',
      action,
      reason:
        'nobody knows whether the rollback to 1.64.0 was sent; sent again: its host does it only once',
    });
  });

  it('decideUndo() takes what it did all the same for done', () => {
    const facts = { ...late, done: { 'roll-back': NOW - MINUTE }, rollBackUnsent: true };
    expect(step({ ...facts, host: answered('boot-3', '1.64.0'), instance: drained })).toMatchObject(
      { kind: 'return', outcome: 'RolledBack' },
    );
  });

  it('decideUndo() sends none where none was meant', () => {
    const facts = { host: BOOTED, instance: disconnected, rollBackUnsent: true };
    expect(step(facts)).toMatchObject({ action: 'ask-host' });
  });
});

describe('decideUndo() of a new version that fails, where the admin container is allowed', () => {
  const policy = { ...factsOf().policy, allowAdminContainer: true };
  const late = { host: BOOTED, instance: disconnected, beganAt: NOW - 60 * MINUTE, policy };
  const flippedAt = (at: number) => ({ ...late, done: { 'flip-partitions': at } });

  it('decideUndo() flips the partition sets first', () => {
    expect(step(late)).toEqual({
      kind: 'act',
      action: 'flip-partitions',
      reason: 'its ECS agent is not connected; back to 1.64.0 by flipping the partition sets',
    });
  });

  it('decideUndo() gives that ten minutes, then downloads', () => {
    expect(step(flippedAt(NOW - 10 * MINUTE + 1))).toMatchObject({ action: 'ask-host' });
    expect(step(flippedAt(NOW - 10 * MINUTE))).toEqual({
      kind: 'act',
      action: 'roll-back',
      reason: 'flipping the partition sets failed (it did not reboot); back to 1.64.0 by download',
    });
  });

  it('decideUndo() downloads at once when the host says that it cannot flip', () => {
    const rollBackRefused = 'the other partition set holds a staged 1.66.0';
    expect(step({ ...flippedAt(NOW - MINUTE), rollBackRefused })).toMatchObject({
      action: 'roll-back',
      reason: `flipping the partition sets failed (${rollBackRefused}); back to 1.64.0 by download`,
    });
  });

  it('decideUndo() has no third way', () => {
    const done = { 'flip-partitions': NOW - 20 * MINUTE, 'roll-back': NOW - MINUTE };
    const rollBackRefused = 'the repository offers no 1.64.0';
    expect(step({ ...late, done, rollBackRefused })).toMatchObject({
      outcome: 'NeedsAttention',
      reason:
        'its ECS agent is not connected; the rollback to 1.64.0 did not happen (the repository offers no 1.64.0); left drained on 1.65.0',
    });
  });

  it('decideUndo() that flipped ends as rolled back', () => {
    const done = { 'flip-partitions': NOW - 5 * MINUTE };
    expect(
      step({ ...late, host: answered('boot-3', '1.64.0'), instance: drained, done }),
    ).toMatchObject({
      kind: 'return',
      outcome: 'RolledBack',
    });
  });
});

describe('decideUndo() of a third version', () => {
  it.each(['1.66.0', '1.63.0', ''])(
    'decideUndo() leaves %j drained: the pin is broken',
    (version) => {
      expect(step({ host: answered('boot-2', version) })).toEqual({
        kind: 'over',
        outcome: 'NeedsAttention',
        reason: `it came back on ${version}, neither 1.64.0 nor 1.65.0: the version lock did not hold; left drained`,
      });
    },
  );
});
