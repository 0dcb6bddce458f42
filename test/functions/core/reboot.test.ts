// The reboot: judged by boot id and version alone.

import { describe, expect, it } from 'vitest';
import { judgeReboot } from '../../../functions/core/reboot.ts';
import { NOW, SECOND } from './samples.ts';

const expected = {
  bootIdBefore: 'boot-1',
  fromVersion: '1.64.0',
  toVersion: '1.65.0',
  notAfterAt: NOW,
};

function judged(bootId: string, version: string, now = NOW) {
  return judgeReboot({ bootId, os: { version } }, expected, now);
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
