// Posture: what fails an instance, what is mentioned, and what not being known amounts to.

import { describe, expect, it } from 'vitest';
import type { HostPosture } from '../../../functions/core/host-report.ts';
import {
  judgePosture,
  type PosturePolicy,
  postureCanFail,
  wantsPosture,
} from '../../../functions/core/posture.ts';
import { policyOf } from './samples.ts';

const GOOD: HostPosture = {
  selinux: 'enforcing',
  rootVerity: true,
  lockdown: 'integrity',
  adminContainer: false,
};

function policyWith(posture: Partial<PosturePolicy> = {}): PosturePolicy {
  return policyOf({ posture }).posture;
}

/** Key, what is wrong, what is not known, and the sentence for what is wrong. */
const CASES = [
  [
    'selinuxEnforcing',
    { selinux: 'permissive' },
    { selinux: 'unknown' },
    'SELinux is permissive, wanted enforcing',
  ],
  [
    'rootVerity',
    { rootVerity: false },
    { rootVerity: null },
    'dm-verity of the root file system is off, wanted on',
  ],
  [
    'kernelLockdown',
    { lockdown: 'none' },
    { lockdown: 'unknown' },
    'kernel lockdown is none, wanted integrity or confidentiality',
  ],
  [
    'adminContainerOff',
    { adminContainer: true },
    { adminContainer: null },
    'the admin container is on, wanted off',
  ],
] as const;

describe('judgePosture()', () => {
  it('judgePosture() has nothing to say of a host as Bottlerocket ships it', () => {
    for (const lockdown of ['integrity', 'confidentiality'] as const) {
      const verdict = judgePosture({ ...GOOD, lockdown }, policyWith());
      expect(verdict).toEqual({ failures: [], remarks: [] });
    }
  });

  it.each(CASES)('judgePosture() judges %s as the policy says', (key, wrong, _, sentence) => {
    const posture = { ...GOOD, ...wrong };
    const judged = (severity: 'fail' | 'report' | 'ignore') =>
      judgePosture(posture, policyWith({ [key]: severity }));
    expect(judged('fail')).toEqual({ failures: [`${sentence} (posture.${key})`], remarks: [] });
    expect(judged('report')).toEqual({ failures: [], remarks: [sentence] });
    expect(judged('ignore')).toEqual({ failures: [], remarks: [] });
  });

  it.each(CASES)('judgePosture() never fails an unknown %s unless told to', (key, _, unknown) => {
    const posture = { ...GOOD, ...unknown };
    const judged = (severity: 'fail' | 'report' | 'ignore', ofUnknown: typeof severity) => {
      const { failures, remarks } = judgePosture(
        posture,
        policyWith({ [key]: severity, unknown: ofUnknown }),
      );
      return [failures.length, remarks.length];
    };
    expect(judged('fail', 'fail')).toEqual([1, 0]);
    expect(judged('fail', 'report')).toEqual([0, 1]);
    expect(judged('fail', 'ignore')).toEqual([0, 0]);
    expect(judged('report', 'fail')).toEqual([0, 1]);
    expect(judged('report', 'ignore')).toEqual([0, 0]);
    expect(judged('ignore', 'fail')).toEqual([0, 0]);
  });

  it('judgePosture() takes silence for unknown', () => {
    const { failures, remarks } = judgePosture(undefined, policyWith({ selinuxEnforcing: 'fail' }));
    expect(failures).toEqual([]);
    expect(remarks).toEqual([
      'SELinux is unknown, wanted enforcing',
      'dm-verity of the root file system is unknown, wanted on',
      'kernel lockdown is unknown, wanted integrity or confidentiality',
      'the admin container is unknown, wanted off',
    ]);
  });
});

describe('wantsPosture() and postureCanFail()', () => {
  const ignored = {
    selinuxEnforcing: 'ignore',
    rootVerity: 'ignore',
    kernelLockdown: 'ignore',
    adminContainerOff: 'ignore',
  } as const;

  it('wantsPosture() and postureCanFail() look at the keys, not at what is unknown', () => {
    expect([wantsPosture(policyWith()), postureCanFail(policyWith())]).toEqual([true, false]);
    const none = policyWith({ ...ignored, unknown: 'fail' });
    expect([wantsPosture(none), postureCanFail(none)]).toEqual([false, false]);
    const one = policyWith({ ...ignored, rootVerity: 'fail' });
    expect([wantsPosture(one), postureCanFail(one)]).toEqual([true, true]);
  });
});
