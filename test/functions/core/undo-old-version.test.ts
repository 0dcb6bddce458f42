// The undo of a host on the old version: still on its old boot, fallen back by itself, or rolled back.

import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../functions/core/undo-facts.ts';
import { MINUTE, NOW, SECOND } from './samples.ts';
import { answered, BOOTED, disconnected, drained, step, VERIFY } from './samples-undo.ts';

const OLD_BOOT = answered('boot-1', '1.64.0', 'Staged');
const FELL_BACK = answered('boot-2', '1.64.0');

describe('decideUndo() of a host on its old boot', () => {
  const clocks = 120 * SECOND;

  it('decideUndo() takes an active update back, before anything else', () => {
    const host = answered('boot-1', '1.64.0', 'Ready');
    for (const notAfterAt of [NOW + MINUTE, NOW - 60 * MINUTE]) {
      expect(step({ host, notAfterAt })).toEqual({
        kind: 'act',
        action: 'cancel',
        reason: 'the update is active, so any reboot would boot it: taken back first',
      });
    }
  });

  it('decideUndo() gives up when the update stays active', () => {
    const host = answered('boot-1', '1.64.0', 'Ready');
    const beganAt = NOW - 15 * MINUTE - 1;
    const done = { cancel: NOW - MINUTE };
    expect(step({ host, beganAt, done })).toEqual({
      kind: 'over',
      outcome: 'NeedsAttention',
      reason:
        '1.65.0 stays active on it and cannot be taken back, so any reboot would boot it; left drained',
    });
    expect(step({ host, beganAt: beganAt + 1, done })).toMatchObject({ action: 'cancel' });
    expect(step({ host, beganAt, done: {} })).toMatchObject({ action: 'cancel' });
    expect(step({ host, beganAt, done, notAfterAt: NOW })).toMatchObject({ action: 'cancel' });
  });

  it('decideUndo() waits for a host that took the reboot command, armed or not, and asks it every minute', () => {
    const reason = 'its host took the reboot command, and may go down until 2026-11-24T02:05:00Z';
    const rebootDueAt = Date.parse('2026-11-24T02:05:00Z');
    const now = rebootDueAt - 1;
    for (const updateState of ['Ready', 'Staged']) {
      const facts = { now, rebootDueAt, host: answered('boot-1', '1.64.0', updateState) };
      const ask = { kind: 'act', action: 'ask-host', reason };
      expect(step(facts)).toEqual(ask);
      expect(step({ ...facts, done: { 'ask-host': now - MINUTE } })).toEqual(ask);
      const wait = { kind: 'wait', seconds: 20, reason };
      expect(step({ ...facts, done: { 'ask-host': now - MINUTE + 1 } })).toEqual(wait);
    }
    const ready = answered('boot-1', '1.64.0', 'Ready');
    expect(step({ now: rebootDueAt, rebootDueAt, host: ready })).toMatchObject({
      action: 'cancel',
    });
    // Whoever has rebooted is judged by what it runs.
    expect(step({ now, rebootDueAt, host: FELL_BACK })).toMatchObject({ outcome: 'FellBack' });
  });

  it('decideUndo() does not call it a fallback when the update had been taken back', () => {
    expect(step({ host: FELL_BACK, done: { cancel: NOW - MINUTE } })).toEqual({
      kind: 'return',
      outcome: 'Failed',
      reason:
        'it rebooted only when the update was being taken back (its ECS agent is not connected); in service on 1.64.0',
    });
  });

  it('decideUndo() waits while a reboot command could still arrive', () => {
    for (const notAfterAt of [NOW, NOW - clocks]) {
      const until = new Date(notAfterAt + clocks).toISOString().replace('.000', '');
      expect(step({ host: OLD_BOOT, notAfterAt })).toEqual({
        kind: 'wait',
        seconds: 20,
        reason: `a reboot command could still arrive until ${until}`,
      });
    }
  });

  it('decideUndo() does not trust an answer from the time in which one could arrive', () => {
    const facts = { host: OLD_BOOT, notAfterAt: NOW - clocks - 1 };
    for (const done of [{}, { 'ask-host': NOW - 1 }, { 'ask-host': NOW - 10 * MINUTE }]) {
      expect(step({ ...facts, done })).toEqual({
        kind: 'act',
        action: 'ask-host',
        reason: 'no reboot command can arrive any more; asked once more what it runs',
      });
    }
  });

  it.each(['Staged', 'Idle', 'Available', null])(
    'decideUndo() returns it once no reboot can come, its update %s',
    (updateState) => {
      const host = answered('boot-1', '1.64.0', updateState);
      const done = { 'ask-host': NOW };
      expect(step({ host, notAfterAt: NOW - clocks - 1, done })).toEqual({
        kind: 'return',
        outcome: 'Failed',
        reason: 'it never rebooted (its ECS agent is not connected); in service on 1.64.0',
      });
    },
  );

  it('decideUndo() says what became of the reboot command', () => {
    const rebootCommand = 'Systems Manager says DeliveryTimedOut of the command';
    const done = { 'ask-host': NOW };
    const facts = { host: OLD_BOOT, notAfterAt: NOW - clocks - 1, done, rebootCommand };
    expect(step(facts)).toMatchObject({
      reason:
        'it never rebooted: Systems Manager says DeliveryTimedOut of the command (its ECS agent is not connected); in service on 1.64.0',
    });
  });

  it('decideUndo() waits for an EC2 reboot that it asked for, whichever boot answers', () => {
    for (const host of [OLD_BOOT, FELL_BACK, BOOTED]) {
      const at = (rebootedAt: number, askedAt: number) =>
        step({ host, done: { 'reboot-host': rebootedAt, 'ask-host': askedAt } });
      expect(at(NOW - 5 * MINUTE, NOW)).toEqual({
        kind: 'wait',
        seconds: 20,
        reason: 'a reboot command could still arrive until 2026-11-24T02:00:00Z',
      });
      expect(at(NOW - 5 * MINUTE - 1, NOW - 1)).toMatchObject({ action: 'ask-host' });
      expect(at(NOW - 5 * MINUTE - 1, NOW)).toMatchObject({ kind: 'return' });
    }
  });
});

describe('decideUndo() of a host that is back on the old version', () => {
  it('decideUndo() returns what fell back by itself', () => {
    expect(step({ host: FELL_BACK })).toEqual({
      kind: 'return',
      outcome: 'FellBack',
      reason: '1.65.0 did not boot; the host fell back to 1.64.0 by itself',
    });
  });

  it('decideUndo() does not say that it fell back by itself when it took an EC2 reboot', () => {
    const done = { 'reboot-host': NOW - 6 * MINUTE, 'ask-host': NOW - 1 };
    expect(step({ host: FELL_BACK, done })).toMatchObject({
      outcome: 'FellBack',
      reason: '1.65.0 did not boot; the host fell back to 1.64.0 after one EC2 reboot',
    });
  });

  it('decideUndo() blames no version for a boot from before the reboot was asked for', () => {
    const rebootSentAt = NOW - 60 * MINUTE;
    const at = (upSinceAt: number | undefined) => ({ ...FELL_BACK, upSinceAt }) as HostFacts;
    expect(step({ host: at(rebootSentAt - 1000), rebootSentAt })).toEqual({
      kind: 'return',
      outcome: 'Blocked',
      reason:
        'its host was rebooted by others after it was prepared, at 2026-11-24T00:59:59Z at the latest: 1.65.0 was never activated; it runs 1.64.0',
    });
    for (const upSinceAt of [rebootSentAt, NOW, undefined]) {
      expect(step({ host: at(upSinceAt), rebootSentAt })).toMatchObject({ outcome: 'FellBack' });
    }
  });

  it('decideUndo() keeps to it, whatever boot answers the undo, or once it was returned', () => {
    const cause = { error: 'RebootedBefore', reason: 'rebooted by others' };
    const blocked = { kind: 'return', outcome: 'Blocked', reason: 'rebooted by others' };
    expect(step({ host: FELL_BACK, cause })).toEqual(blocked);
    const instance = { ...drained, status: 'ACTIVE' };
    const done = { 'return-to-service': NOW };
    expect(step({ cause, instance, done })).toEqual(blocked);
  });

  it('decideUndo() returns what it rolled back', () => {
    expect(step({ host: FELL_BACK, done: { 'roll-back': NOW - MINUTE } })).toEqual({
      kind: 'return',
      outcome: 'RolledBack',
      reason: 'its ECS agent is not connected; rolled back to 1.64.0',
    });
  });

  it('decideUndo() gives its agent ten minutes', () => {
    const facts = {
      host: FELL_BACK,
      instance: disconnected,
      cause: { ...VERIFY, error: 'FellBack' },
    };
    expect(step({ ...facts, beganAt: NOW - 10 * MINUTE + 1 })).toEqual({
      kind: 'act',
      action: 'ask-host',
      reason: 'back on the old version, its ECS agent is not connected yet',
    });
    expect(step({ ...facts, beganAt: NOW - 10 * MINUTE })).toEqual({
      kind: 'over',
      outcome: 'NeedsAttention',
      reason: 'back on 1.64.0, but its ECS agent does not connect; left drained',
    });
  });

  it('decideUndo() gives up no agent for one look at it', () => {
    const facts = { host: FELL_BACK, instance: disconnected, beganAt: NOW - 300 * MINUTE };
    expect(step({ ...facts, agentAwaySinceAt: NOW })).toMatchObject({ action: 'ask-host' });
    expect(step({ ...facts, agentAwaySinceAt: NOW - 10 * MINUTE })).toMatchObject({
      outcome: 'NeedsAttention',
    });
  });

  it.each([
    ['a rollback', 'roll-back', 25 + 10],
    ['an EC2 reboot', 'reboot-host', 15 + 10],
  ] as const)(
    'decideUndo() gives its agent ten minutes after %s has had its time',
    (_, action, minutes) => {
      const facts = { host: FELL_BACK, instance: disconnected, beganAt: NOW - 90 * MINUTE };
      const at = (doneAt: number) =>
        step({ ...facts, done: { [action]: doneAt, 'ask-host': NOW } });
      expect(at(NOW - minutes * MINUTE + 1)).toMatchObject({ action: 'ask-host' });
      expect(at(NOW - minutes * MINUTE)).toMatchObject({ outcome: 'NeedsAttention' });
    },
  );
});
