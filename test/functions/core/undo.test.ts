// The undo of what never rebooted, is not ours any more, or was returned before: everything decided without its host.

import { describe, expect, it } from 'vitest';
import { MINUTE, NOW } from './samples.ts';
import { answered, BOOTED, disconnected, drained, SILENT, step } from './samples-undo.ts';

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

  it('decideUndo() leaves alone what the sweep brought home while nothing was recorded', () => {
    const instance = { ...drained, status: 'ACTIVE', owned: false };
    expect(step({ instance, host: BOOTED, broughtHome: true })).toEqual({
      kind: 'over',
      outcome: 'Yielded',
      reason:
        'nothing was recorded of the rollout for a while; meanwhile the sweep verified it and returned it to service',
    });
  });

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

  it('decideUndo() keeps what was decided before the return, whatever is seen now', () => {
    const decided = { outcome: 'Updated', reason: 'runs 1.65.0, later than expected' } as const;
    const facts = { done, decided, host: answered('boot-2', '1.64.0') };
    const active = { ...drained, status: 'ACTIVE' };
    expect(step({ ...facts, instance: active })).toEqual({ kind: 'return', ...decided });
    expect(step({ ...facts, instance: { ...active, owned: false } })).toEqual({
      kind: 'over',
      ...decided,
    });
  });

  it.each([
    ['rebooting', 'Updated', answered('boot-2', '1.64.0')],
    ['rebooting', 'RolledBack', SILENT],
    ['draining', 'Blocked', SILENT],
  ] as const)(
    'decideUndo() returns it again when ECS never took it, and asks nothing anew: %s, %s',
    (reached, outcome, host) => {
      const decided = { outcome, reason: 'as decided' };
      for (const instance of [drained, disconnected]) {
        for (const hosts of [host, { kind: 'not-asked' } as const]) {
          const facts = { reached, done, decided, instance, host: hosts };
          expect(step({ ...facts, beganAt: NOW - 300 * MINUTE })).toEqual({
            kind: 'return',
            ...decided,
          });
        }
      }
    },
  );

  it('decideUndo() does not return what somebody else drains by now, or what was terminated', () => {
    const decided = { outcome: 'Updated', reason: 'as decided' } as const;
    const taken = { ...drained, owned: false };
    expect(step({ done, decided, instance: taken })).toMatchObject({ outcome: 'Yielded' });
    const terminated = { ...disconnected, obsolete: 'terminated' as const };
    expect(step({ done, decided, instance: terminated })).toMatchObject({ kind: 'deregister' });
  });

  it('decideUndo() returns it again when nothing tells what was decided', () => {
    expect(step({ reached: 'draining', done })).toMatchObject({ kind: 'return' });
    expect(step({ done, host: BOOTED })).toMatchObject({ kind: 'return', outcome: 'Updated' });
  });
});

describe('decideUndo() of what ECS shows for ever', () => {
  it.each(['terminated', 'registered-anew'] as const)(
    'decideUndo() deregisters: %s',
    (obsolete) => {
      const instance = { ...disconnected, obsolete };
      expect(step({ instance })).toMatchObject({ kind: 'deregister' });
    },
  );

  it('decideUndo() leaves the registration alone when somebody else drains it', () => {
    const instance = { ...disconnected, owned: false, obsolete: 'terminated' as const };
    expect(step({ instance })).toMatchObject({ kind: 'over', outcome: 'Yielded' });
  });

  it('decideUndo() ends as Updated what serves, whoever was to see to it', () => {
    const cause = { error: 'Orphaned', reason: 'the execution that updated it is ABORTED' };
    const instance = { ...drained, status: 'ACTIVE', owned: false };
    expect(step({ reached: 'returned', cause, instance, confirmed: true })).toEqual({
      kind: 'over',
      outcome: 'Updated',
      reason: 'runs 1.65.0 and serves',
    });
  });

  it('decideUndo() yields when somebody drains it right after it returned', () => {
    const cause = { error: 'ConfirmTimedOut', reason: 'daemon log-router does not run on it yet' };
    const instance = { ...drained, owned: false };
    expect(step({ reached: 'returned', cause, instance })).toEqual({
      kind: 'over',
      outcome: 'Yielded',
      reason: 'runs 1.65.0; somebody else set it to DRAINING before its daemons were seen',
    });
  });
});
