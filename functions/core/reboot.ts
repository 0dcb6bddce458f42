// Judges by boot id and version whether a host rebooted into the update; the reboot command's status proves nothing.

import { isoInstant } from './instant.ts';

export type RebootVerdict =
  | { readonly kind: 'booted'; readonly reason: string }
  | { readonly kind: 'not-yet'; readonly reason: string }
  | { readonly kind: 'never'; readonly reason: string }
  | { readonly kind: 'fell-back'; readonly reason: string }
  | { readonly kind: 'rebooted-before'; readonly reason: string }
  | { readonly kind: 'wrong-version'; readonly reason: string };

/** The part of a host's answer that tells which boot it is on. */
export interface BootFacts {
  readonly bootId: string;
  readonly os: { readonly version: string };
  /** How long this boot had lasted; absent: not known. */
  readonly uptimeSeconds?: number | null | undefined;
}

export interface RebootExpected {
  readonly bootIdBefore: string;
  readonly fromVersion: string;
  readonly toVersion: string;
  /** Epoch milliseconds of the reboot command. */
  readonly rebootSentAt: number;
  /** Epoch milliseconds after which the reboot command does nothing any more. */
  readonly notAfterAt: number;
}

/** The host's clock and ours may differ by so much before a late reboot is ruled out. */
export const CLOCK_SKEW_MILLISECONDS = 120_000;

/**
 * Epoch milliseconds at which a boot had begun at the latest: what was read a while after the host had said it seems to
 * have begun later. Of two clocks, none is compared.
 */
export function upSinceAtMost(
  uptimeSeconds: number | null | undefined,
  readAt: number,
): number | undefined {
  return uptimeSeconds == null ? undefined : readAt - uptimeSeconds * 1000;
}

/**
 * A boot that had begun before the reboot was asked for. The command refuses it, for it names an earlier one, so nothing
 * was activated. What the command itself reports cannot tell: its agent may run it again after the reboot.
 */
export function rebootedBefore({
  fromVersion,
  rebootSentAt,
  toVersion,
  upSinceAt,
}: {
  readonly fromVersion: string;
  readonly rebootSentAt?: number | undefined;
  readonly toVersion: string;
  readonly upSinceAt?: number | undefined;
}): string | undefined {
  if (upSinceAt === undefined || rebootSentAt === undefined) return undefined;
  if (upSinceAt >= rebootSentAt) return undefined;
  const at = isoInstant(upSinceAt);
  return `its host was rebooted by others after it was prepared, at ${at} at the latest: ${toVersion} was never activated; it runs ${fromVersion}`;
}

export function judgeReboot(
  report: BootFacts,
  expected: RebootExpected,
  now: number,
): RebootVerdict {
  const { version } = report.os;
  if (report.bootId === expected.bootIdBefore) {
    if (now > expected.notAfterAt + CLOCK_SKEW_MILLISECONDS) {
      return {
        kind: 'never',
        reason: `the host still answers on its old boot (${version})`,
      };
    }
    return { kind: 'not-yet', reason: 'the host still answers on its old boot' };
  }
  if (version === expected.toVersion) return { kind: 'booted', reason: `runs ${version}` };
  if (version === expected.fromVersion) {
    const upSinceAt = upSinceAtMost(report.uptimeSeconds, now);
    const before = rebootedBefore({ ...expected, upSinceAt });
    if (before !== undefined) return { kind: 'rebooted-before', reason: before };
    return {
      kind: 'fell-back',
      reason: `the host rebooted but came back on ${version}: ${expected.toVersion} did not boot, so it fell back by itself`,
    };
  }
  return {
    kind: 'wrong-version',
    reason: `the host came back on ${version}, expected ${expected.toVersion}: the version lock did not hold`,
  };
}

/** @param rebootCommand What Systems Manager and the host say of the command that should have rebooted it. */
export function neverRebooted({
  cause,
  fromVersion,
  rebootCommand,
}: {
  readonly cause: { readonly reason: string };
  readonly fromVersion: string;
  readonly rebootCommand?: string | undefined;
}): string {
  const why = rebootCommand === undefined ? '' : `: ${rebootCommand}`;
  return `it never rebooted${why} (${cause.reason}); in service on ${fromVersion}`;
}
