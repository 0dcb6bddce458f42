// Judges whether an instance that no longer exists was taken away, or perished by the update.

import type { Outcome } from './model.ts';

interface GoneFacts {
  /** The name of the error that led to its undo, and its sentence. */
  readonly cause: { readonly error: string; readonly reason: string };
  readonly reached: 'nothing' | 'draining' | 'rebooting' | 'returned';
  /** Undefined: ECS does not know it any more. */
  readonly instance:
    | { readonly obsolete?: 'terminated' | 'registered-anew' | undefined }
    | undefined;
  /** Of one that ECS does not know any more: whether its EC2 instance is still there; absent: not known. */
  readonly ec2?: 'lives' | 'terminated' | undefined;
  readonly toVersion: string;
  /** Epoch milliseconds. */
  readonly rebootSentAt?: number | undefined;
  /** When the host itself had answered on its new boot (epoch milliseconds): then the boot is not what took long. */
  readonly bootedAt?: number | undefined;
  readonly beganAt: number;
}

/** Errors that only a host which was up could cause: its agent has had its time since, so it is known sooner. */
const ON_ITS_NEW_BOOT = [
  'FellBack',
  'WrongVersion',
  'VerifyTimedOut',
  'PostureFailed',
  'AgentUnsettled',
] as const;
export const HOST_WAS_UP: ReadonlySet<string> = new Set([...ON_ITS_NEW_BOOT, 'RebootedBefore']);
/** Errors that speak against the version, whatever became of the instance afterwards. */
const VERSION_ERRORS: ReadonlySet<string> = new Set(['RebootTimedOut', ...ON_ITS_NEW_BOOT]);
/** Reboots take under two minutes; Auto Scaling replaces what is impaired after about four. */
const REBOOT_MILLISECONDS_MAX = 180_000;

/**
 * Auto Scaling terminates what a bad image makes hang. That must not look like a scale-in: one after the other, it
 * would take the whole fleet.
 */
export function judgeGone(facts: GoneFacts): {
  readonly outcome: Outcome;
  readonly reason: string;
} {
  const { cause, instance, rebootSentAt, bootedAt, beganAt, reached, toVersion } = facts;
  if (instance?.obsolete === 'registered-anew') {
    return { outcome: 'Gone', reason: 'its ECS agent registered it anew, as another instance' };
  }
  const isDeregistered = instance === undefined && facts.ec2 === 'lives';
  if (VERSION_ERRORS.has(cause.error)) {
    const then = isDeregistered ? 'somebody deregistered it' : 'it was terminated';
    return { outcome: 'Failed', reason: `${cause.reason}; then ${then}` };
  }
  if (isDeregistered) {
    const reason = 'somebody deregistered it during the update; its EC2 instance lives';
    return { outcome: 'Gone', reason };
  }
  const awayMilliseconds = beganAt - (bootedAt ?? rebootSentAt ?? beganAt);
  if (reached === 'rebooting' && awayMilliseconds > REBOOT_MILLISECONDS_MAX) {
    const reason = `it did not come back from its reboot into ${toVersion}, and was then terminated`;
    return { outcome: 'Failed', reason };
  }
  return { outcome: 'Gone', reason: 'it was terminated during the update' };
}
