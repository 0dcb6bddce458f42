// The reboot: judged by boot id and version, and one of others by when it was.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeReboot, rebootedBefore, upSinceAtMost } from '../../../functions/core/reboot.ts';
import { NOW, PROPERTY, SECOND } from './samples.ts';

const expected = {
  bootIdBefore: 'boot-1',
  fromVersion: '1.64.0',
  toVersion: '1.65.0',
  rebootSentAt: NOW - 180 * SECOND,
  notAfterAt: NOW,
};

function judged(bootId: string, version: string, now = NOW, uptimeSeconds?: number | null) {
  return judgeReboot({ bootId, os: { version }, uptimeSeconds }, expected, now);
}

describe('judgeReboot()', () => {
  it('judgeReboot() has booted: another boot, the exact version', () => {
    expect(judged('boot-2', '1.65.0')).toEqual({ kind: 'booted', reason: 'runs 1.65.0' });
  });

  it('judgeReboot() fell back: another boot, the old version', () => {
    expect(judged('boot-2', '1.64.0')).toEqual({
      kind: 'fell-back',
      reason:
        'the host rebooted but came back on 1.64.0: 1.65.0 did not boot, so it fell back by itself',
    });
  });

  it('judgeReboot() was rebooted before: another boot, the old version, up for longer than since the command', () => {
    expect(judged('boot-2', '1.64.0', NOW, 181)).toEqual({
      kind: 'rebooted-before',
      reason:
        'its host was rebooted by others after it was prepared, at 2026-11-24T01:56:59Z at the latest: 1.65.0 was never activated; it runs 1.64.0',
    });
    expect(judged('boot-2', '1.64.0', NOW, 1_000_000).kind).toBe('rebooted-before');
  });

  it.each([180, 179, 0, null, undefined])(
    'judgeReboot() fell back: another boot, the old version, up for %s seconds',
    (uptimeSeconds) => {
      expect(judged('boot-2', '1.64.0', NOW, uptimeSeconds).kind).toBe('fell-back');
    },
  );

  it('judgeReboot() asks no uptime of a host that runs the new version, a third one, or is on its old boot', () => {
    expect(judged('boot-2', '1.65.0', NOW, 1_000_000).kind).toBe('booted');
    expect(judged('boot-2', '1.66.0', NOW, 1_000_000).kind).toBe('wrong-version');
    expect(judged('boot-1', '1.64.0', NOW, 1_000_000).kind).toBe('not-yet');
  });

  it.each(['1.66.0', '1.63.0', '1.65.0-dirty', ''])(
    'judgeReboot() is the wrong version: another boot on %j',
    (version) => {
      expect(judged('boot-2', version)).toEqual({
        kind: 'wrong-version',
        reason: `the host came back on ${version}, expected 1.65.0: the version lock did not hold`,
      });
    },
  );

  it('judgeReboot() is not yet: the old boot, while a reboot command could still arrive', () => {
    const notYet = { kind: 'not-yet', reason: 'the host still answers on its old boot' };
    expect(judged('boot-1', '1.64.0')).toEqual(notYet);
    expect(judged('boot-1', '1.64.0', NOW + 120 * SECOND)).toEqual(notYet);
  });

  it('judgeReboot() is never: the old boot, past the last moment and the clocks’ difference', () => {
    expect(judged('boot-1', '1.64.0', NOW + 120 * SECOND + 1)).toEqual({
      kind: 'never',
      reason: 'the host still answers on its old boot (1.64.0)',
    });
  });

  it('judgeReboot() does not believe in a new version on the old boot', () => {
    expect(judged('boot-1', '1.65.0').kind).toBe('not-yet');
  });
});

describe('upSinceAtMost()', () => {
  it('upSinceAtMost() counts back from when the answer was read', () => {
    expect(upSinceAtMost(60, NOW)).toBe(NOW - 60 * SECOND);
    for (const unknown of [null, undefined]) expect(upSinceAtMost(unknown, NOW)).toBeUndefined();
  });
});

describe('rebootedBefore()', () => {
  const { fromVersion, toVersion, rebootSentAt } = expected;

  it('rebootedBefore() is never said of what a reboot of ours could have caused, however late it is read', () => {
    const cases = fc.record({
      /** From the command until the boot began, from then until it answered, from then until that was read. */
      bootAfter: fc.integer({ min: 0, max: 7200 }),
      uptimeSeconds: fc.integer({ min: 0, max: 86_400 }),
      readAfter: fc.integer({ min: 0, max: 3600 }),
    });
    fc.assert(
      fc.property(cases, ({ bootAfter, uptimeSeconds, readAfter }) => {
        const readAt = rebootSentAt + (bootAfter + uptimeSeconds + readAfter) * SECOND;
        const upSinceAt = upSinceAtMost(uptimeSeconds, readAt);
        expect(rebootedBefore({ fromVersion, toVersion, rebootSentAt, upSinceAt })).toBeUndefined();
      }),
      PROPERTY,
    );
  });

  it('rebootedBefore() says nothing where no reboot was asked for, or the uptime is not known', () => {
    expect(rebootedBefore({ fromVersion, toVersion, upSinceAt: 0 })).toBeUndefined();
    expect(rebootedBefore({ fromVersion, toVersion, rebootSentAt })).toBeUndefined();
  });
});
