// Judges what protects a host (SELinux, verity, lockdown, no root shell) by the policy.

import type { HostPosture } from './host-report.ts';
import type { Policy } from './policy.ts';

export type PosturePolicy = Policy['posture'];
type Key = Exclude<keyof PosturePolicy, 'unknown'>;

export interface PostureVerdict {
  /** Sentences for what must not be; the instance fails if there is one. */
  readonly failures: readonly string[];
  /** Sentences for what is worth mentioning. */
  readonly remarks: readonly string[];
}

/** What was found of one key: `undefined` when it is as it should be. */
type Finding = { readonly isKnown: boolean; readonly sentence: string } | undefined;

function finding(isGood: boolean, isKnown: boolean, sentence: string): Finding {
  return isGood ? undefined : { isKnown, sentence };
}

/** `permissive` is also said of a host whose loaded policy is not Bottlerocket's own. */
function findings(posture: HostPosture | undefined): Record<Key, Finding> {
  const { selinux = 'unknown', lockdown = 'unknown' } = posture ?? {};
  const { rootVerity = null, adminContainer = null } = posture ?? {};
  const verityFound = rootVerity === null ? 'unknown' : 'off';
  const adminFound = adminContainer === null ? 'unknown' : 'on';
  return {
    selinuxEnforcing: finding(
      selinux === 'enforcing',
      selinux !== 'unknown',
      `SELinux is ${selinux}, wanted enforcing`,
    ),
    rootVerity: finding(
      rootVerity === true,
      rootVerity !== null,
      `dm-verity of the root file system is ${verityFound}, wanted on`,
    ),
    kernelLockdown: finding(
      lockdown === 'integrity' || lockdown === 'confidentiality',
      lockdown !== 'unknown',
      `kernel lockdown is ${lockdown}, wanted integrity or confidentiality`,
    ),
    adminContainerOff: finding(
      adminContainer === false,
      adminContainer !== null,
      `the admin container is ${adminFound}, wanted off`,
    ),
  };
}

/** What is not known is never worse than the same key found wrong. */
function severityOf(key: Key, isKnown: boolean, policy: PosturePolicy): PosturePolicy[Key] {
  if (isKnown || policy[key] === policy.unknown) return policy[key];
  if (policy[key] === 'ignore' || policy.unknown === 'ignore') return 'ignore';
  return 'report';
}

/**
 * @param posture What the host said; undefined when it said nothing of it.
 */
export function judgePosture(
  posture: HostPosture | undefined,
  policy: PosturePolicy,
): PostureVerdict {
  const failures: string[] = [];
  const remarks: string[] = [];
  for (const [key, found] of Object.entries(findings(posture)) as [Key, Finding][]) {
    if (!found) continue;
    const severity = severityOf(key, found.isKnown, policy);
    if (severity === 'fail') failures.push(`${found.sentence} (posture.${key})`);
    if (severity === 'report') remarks.push(found.sentence);
  }
  return { failures, remarks };
}

const KEYS: readonly Key[] = [
  'selinuxEnforcing',
  'rootVerity',
  'kernelLockdown',
  'adminContainerOff',
];

/** Whether the host need be asked for it at all. */
export function wantsPosture(policy: PosturePolicy): boolean {
  return KEYS.some((key) => policy[key] !== 'ignore');
}

/** Whether it can fail an instance; only then it is worth knowing before the update, too. */
export function postureCanFail(policy: PosturePolicy): boolean {
  return KEYS.some((key) => policy[key] === 'fail');
}
