// The undo: every row of the table in the design, one by one; the property is in undo-world.test.ts.

import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../functions/core/undo-facts.ts';
import { MINUTE, NOW, SECOND } from './samples.ts';
import { answered, BOOTED, disconnected, drained, step, VERIFY } from './samples-undo.ts';

const OLD_BOOT = answered('boot-1', '1.64.0', 'Staged');
const FELL_BACK = answered('boot-2', '1.64.0');
const SILENT: HostFacts = { kind: 'silent', reason: 'no answer from its SSM agent' };

describe('decideUndo() before the reboot', () => {
  it.each([
    ['DrainTimedOut', 'Blocked'],
    ['DrainBlocked', 'Blocked'],
    ['AnotherActor', 'Yielded'],
    ['States.Timeout', 'Failed'],
    ['InstanceGone', 'Failed'],
    ['Orphaned', 'Failed'],
  ])('decideUndo() of a drain that ended with %s returns it as %s', (error, outcome) => {
    const cause = { error, reason: '2 tasks left' };
    expect(step({ reached: 'draining', cause })).toEqual({
      kind: 'return',
      outcome,
      reason: '2 tasks left',
    });
  });

  it('decideUndo() does not ask a host that was never told to reboot', () => {
    const facts = { reached: 'draining' as const, host: SILENT, instance: disconnected };
    expect(step(facts)).toMatchObject({ kind: 'return', outcome: 'Failed' });
  });

  it.each(['nothing', 'draining'] as const)(
    'decideUndo() leaves an instance alone that never was drained, having reached %s',
    (reached) => {
      const instance = { ...drained, status: 'ACTIVE', owned: false };
      const cause = { error: 'ThrottlingException', reason: 'Rate exceeded' };
      expect(step({ reached, instance, cause })).toEqual({
        kind: 'over',
        outcome: 'Failed',
        reason: 'Rate exceeded',
      });
    },
  );

  it('decideUndo() takes its mark off an instance that never became DRAINING', () => {
    const instance = { ...drained, status: 'ACTIVE' };
    const cause = { error: 'ThrottlingException', reason: 'Rate exceeded' };
    expect(step({ reached: 'draining', instance, cause })).toEqual({
      kind: 'return',
      outcome: 'Failed',
      reason: 'Rate exceeded',
    });
  });

  it('decideUndo() yields when somebody else set it to ACTIVE, and takes its mark off', () => {
    const cause = { error: 'AnotherActor', reason: 'it is ACTIVE marked by night-7' };
    const active = { ...drained, status: 'ACTIVE' };
    expect(step({ reached: 'draining', cause, instance: active })).toEqual({
      kind: 'return',
      outcome: 'Yielded',
      reason: 'it is ACTIVE marked by night-7',
    });
    expect(
      step({ reached: 'draining', cause, instance: { ...active, owned: false } }),
    ).toMatchObject({ kind: 'over', outcome: 'Yielded' });
  });
});

describe('decideUndo() of what is not ours any more', () => {
  it.each(['nothing', 'draining', 'rebooting', 'returned'] as const)(
    'decideUndo() of a terminated instance is Gone, having reached %s',
    (reached) => {
      const cause = { error: 'InstanceGone', reason: 'i-0a no longer exists' };
      expect(step({ reached, cause, instance: undefined })).toEqual({
        kind: 'over',
        outcome: 'Gone',
        reason: 'it was terminated during the update',
      });
    },
  );

  it.each(['nothing', 'draining', 'rebooting'] as const)(
    'decideUndo() yields an instance that somebody else drains, having reached %s',
    (reached) => {
      expect(step({ reached, instance: { ...drained, owned: false } })).toEqual({
        kind: 'over',
        outcome: 'Yielded',
        reason: 'somebody else drains it, or took our mark away',
      });
    },
  );

  it('decideUndo() yields an instance that somebody else put into service during the reboot', () => {
    const instance = { ...drained, status: 'ACTIVE', owned: false };
    expect(step({ instance })).toEqual({
      kind: 'over',
      outcome: 'Yielded',
      reason: 'somebody else set it to ACTIVE during the update',
    });
  });

  it.each(['DEREGISTERING', 'REGISTERING', 'REGISTRATION_FAILED'])(
    'decideUndo() leaves an instance alone that is %s',
    (status) => {
      for (const owned of [true, false]) {
        for (const reached of ['nothing', 'draining', 'rebooting'] as const) {
          expect(step({ reached, instance: { ...drained, status, owned } })).toEqual({
            kind: 'over',
            outcome: 'Yielded',
            reason: `somebody else set it to ${status} during the update`,
          });
        }
      }
    },
  );

  it('decideUndo() never reboots an instance in service, whoever put it there', () => {
    const active = { ...disconnected, status: 'ACTIVE' };
    const late = { beganAt: NOW - 60 * MINUTE, instance: active };
    const yielded = {
      kind: 'return',
      outcome: 'Yielded',
      reason: 'somebody else set it to ACTIVE during the update',
    };
    expect(step({ ...late, host: BOOTED })).toEqual(yielded);
    expect(step({ ...late, host: SILENT })).toEqual(yielded);
    expect(step({ ...late, instance: disconnected, host: BOOTED })).toMatchObject({
      kind: 'act',
      action: 'roll-back',
    });
  });

  it('decideUndo() still asks the host of an instance in service that carries our mark', () => {
    const instance = { ...drained, status: 'ACTIVE' };
    expect(step({ instance })).toMatchObject({ kind: 'act', action: 'ask-host' });
    expect(step({ instance, host: BOOTED })).toMatchObject({ kind: 'return', outcome: 'Updated' });
    expect(step({ instance, host: answered('boot-1', '1.64.0', 'Ready') })).toMatchObject({
      kind: 'act',
      action: 'cancel',
    });
    expect(step({ instance, host: answered('boot-2', '1.66.0') })).toMatchObject({
      kind: 'over',
      reason: expect.stringMatching(/did not hold; somebody else has it in service$/),
    });
  });

  it('decideUndo() reports an instance that serves already, whatever else is seen of it', () => {
    const cause = { error: 'ConfirmTimedOut', reason: 'daemon agent does not run on it yet' };
    for (const instance of [drained, { ...drained, status: 'ACTIVE', owned: false }]) {
      expect(step({ reached: 'returned', cause, instance })).toEqual({
        kind: 'over',
        outcome: 'NeedsAttention',
        reason: 'in service on 1.65.0, but daemon agent does not run on it yet',
      });
    }
  });
});

describe('decideUndo() repeated after its own return', () => {
  const done = { 'return-to-service': NOW };

  it.each([
    ['a drain', 'draining', 'DrainTimedOut', {}, 'Blocked', 'why'],
    ['a reboot', 'rebooting', 'RebootTimedOut', {}, 'Failed', 'why'],
    ['a fallback', 'rebooting', 'FellBack', {}, 'FellBack', 'why'],
    [
      'a rollback',
      'rebooting',
      'VerifyTimedOut',
      { 'roll-back': NOW },
      'RolledBack',
      'why; rolled back to 1.64.0',
    ],
  ] as const)(
    'decideUndo() keeps the outcome after %s',
    (_, reached, error, more, outcome, reason) => {
      const facts = { reached, cause: { error, reason: 'why' }, done: { ...done, ...more } };
      const gone = { ...drained, status: 'ACTIVE', owned: false };
      expect(step({ ...facts, instance: gone })).toEqual({ kind: 'over', outcome, reason });
      // The mark is still on it: the return is done again.
      const marked = { ...drained, status: 'ACTIVE' };
      expect(step({ ...facts, instance: marked })).toEqual({ kind: 'return', outcome, reason });
    },
  );

  it('decideUndo() returns it again when ECS never took it', () => {
    expect(step({ reached: 'draining', done })).toMatchObject({ kind: 'return' });
    expect(step({ done, host: BOOTED })).toMatchObject({ kind: 'return', outcome: 'Updated' });
  });
});

describe('decideUndo() asking the host', () => {
  it('decideUndo() asks first: only the host knows what it booted', () => {
    expect(step({})).toEqual({
      kind: 'act',
      action: 'ask-host',
      reason: 'only the host knows what it booted',
    });
  });

  it('decideUndo() waits for the answer', () => {
    expect(step({ host: { kind: 'asked', sentAt: NOW } })).toEqual({
      kind: 'wait',
      seconds: 20,
      reason: 'the host has not answered yet',
    });
  });

  it('decideUndo() asks a silent host again for a quarter of an hour', () => {
    const beganAt = NOW - 15 * MINUTE;
    expect(step({ host: SILENT, beganAt: beganAt + 1 })).toEqual({
      kind: 'act',
      action: 'ask-host',
      reason: 'it did not answer (no answer from its SSM agent); asked again',
    });
    expect(step({ host: SILENT, beganAt })).toEqual({
      kind: 'act',
      action: 'reboot-host',
      reason: 'it never came back; one EC2 reboot lets an image that did not boot fall back',
    });
  });

  it('decideUndo() gives a host up that is silent for as long after its EC2 reboot', () => {
    const facts = { host: SILENT, beganAt: NOW - 60 * MINUTE };
    expect(step({ ...facts, done: { 'reboot-host': NOW - 15 * MINUTE + 1 } })).toMatchObject({
      action: 'ask-host',
    });
    expect(step({ ...facts, done: { 'reboot-host': NOW - 15 * MINUTE } })).toEqual({
      kind: 'over',
      outcome: 'NeedsAttention',
      reason:
        'it never came back after its reboot (no answer from its SSM agent); left drained: replace it',
    });
  });

  it('decideUndo() gives a silent host up at once where the policy allows no EC2 reboot', () => {
    const policy = { onVerifyFailure: true, rebootDead: false };
    const facts = { host: SILENT, policy };
    expect(step({ ...facts, beganAt: NOW - 15 * MINUTE })).toMatchObject({
      kind: 'over',
      outcome: 'NeedsAttention',
    });
    expect(step({ ...facts, beganAt: NOW - 15 * MINUTE + 1 })).toMatchObject({ kind: 'act' });
  });

  it('decideUndo() does not reboot a host that is silent because it is being rolled back', () => {
    const facts = { host: SILENT, beganAt: NOW - 60 * MINUTE };
    expect(step({ ...facts, done: { 'roll-back': NOW - 25 * MINUTE + 1 } })).toMatchObject({
      action: 'ask-host',
    });
    expect(step({ ...facts, done: { 'roll-back': NOW - 25 * MINUTE } })).toMatchObject({
      action: 'reboot-host',
    });
  });
});

describe('decideUndo() of a host that answers what nobody understands', () => {
  const GARBAGE: HostFacts = { kind: 'unclear', reason: 'no report in the output' };

  it('decideUndo() asks it again for a quarter of an hour, and then a person', () => {
    const beganAt = NOW - 15 * MINUTE;
    expect(step({ host: GARBAGE, beganAt: beganAt + 1 })).toEqual({
      kind: 'act',
      action: 'ask-host',
      reason: 'it answers, but cannot be understood (no report in the output); asked again',
    });
    expect(step({ host: GARBAGE, beganAt })).toEqual({
      kind: 'over',
      outcome: 'NeedsAttention',
      reason:
        'it answers, but nothing that can be understood (no report in the output); left drained',
    });
  });

  it('decideUndo() neither reboots nor replaces it, not even when it falls silent', () => {
    const policy = { onVerifyFailure: true, rebootDead: true, replaceDead: true };
    const facts = { policy, unclearAt: NOW - 10 * MINUTE };
    for (const host of [GARBAGE, SILENT]) {
      expect(step({ ...facts, host, beganAt: NOW - 14 * MINUTE })).toMatchObject({
        action: 'ask-host',
      });
      expect(step({ ...facts, host, beganAt: NOW - 60 * MINUTE })).toMatchObject({
        kind: 'over',
        outcome: 'NeedsAttention',
      });
    }
  });
});

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
