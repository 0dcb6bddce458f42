// What protects one boot of a Bottlerocket host, and how the host's CIS checks report it.
//
// bottlerocket-core-kit sources/bloodhound, bottlerocket-cis-checks; only the three checks that a
// boot can fail here are modelled, all others are left out of the report.

import type { Faults } from '../faults/faults.ts';
import type { JsonValue } from './json-text.ts';

export interface Posture {
  readonly selinuxEnforcing: boolean;
  readonly rootVerity: boolean;
  /** The mode that the kernel is in, whatever the setting says. */
  readonly lockdown: string;
}

/** As Bottlerocket ships; `corndog` brings the kernel into the mode that the setting names. */
export function shippedPosture(lockdown: string): Posture {
  return { selinuxEnforcing: true, rootVerity: true, lockdown };
}

/** Fault `posture-weakened`: asked once per boot. */
export function bootPosture(faults: Faults, ec2InstanceId: string, lockdown: string): Posture {
  const shipped = shippedPosture(lockdown);
  const weakened = faults.strikes('posture-weakened', ec2InstanceId);
  if (!weakened) return shipped;
  const given = weakened.parameters ?? { selinux: 'permissive' };
  return {
    selinuxEnforcing: given.selinux !== 'permissive',
    rootVerity: given.verity !== 'off',
    lockdown: String(given.lockdown ?? shipped.lockdown),
  };
}

/** `/proc/cmdline`: of it, what does not differ between releases and matters to somebody. */
export function kernelCommandLine({ rootVerity }: Posture): string {
  const root = rootVerity
    ? 'root=/dev/dm-0 rootwait ro "dm-mod.create=root,,,ro,0 1884160 verity 1 ' +
      'PARTUUID=5a1d/PARTNROFF=1 PARTUUID=5a1d/PARTNROFF=2 4096 4096 235520 1 sha256 ' +
      '0f3c restart_on_corruption"'
    : 'root=/dev/nvme0n1p4 rootwait ro';
  return `console=tty0 console=ttyS0,115200n8 net.ifnames=0 ${root} selinux=1 enforcing=1 quiet\n`;
}

interface Check {
  readonly name: string;
  readonly id: string;
  readonly level: number;
  readonly title: string;
  readonly error: string;
  readonly passes: (posture: Posture) => boolean;
}

const CHECKS: readonly Check[] = [
  {
    name: 'br01030100',
    id: '1.3.1',
    level: 1,
    title: 'Ensure dm-verity is configured',
    error: 'unable to verify dm-verity enforcement, settings not found',
    passes: ({ rootVerity }) => rootVerity,
  },
  {
    name: 'br01050100',
    id: '1.5.1',
    level: 1,
    title: 'Ensure SELinux is configured',
    error: 'Unable to find expected SELinux values',
    passes: ({ selinuxEnforcing }) => selinuxEnforcing,
  },
  {
    name: 'br01050200',
    id: '1.5.2',
    level: 2,
    title: 'Ensure Lockdown is configured',
    error: 'lockdown integrity mode is not enabled',
    passes: ({ lockdown }) => lockdown === 'integrity',
  },
];

/** `apiclient report cis -f json`, in bloodhound's order of members; the time it began is left out. */
export function cisReport(posture: Posture, level: number): JsonValue {
  const done = CHECKS.filter((check) => check.level <= level);
  const failed = done.filter((check) => !check.passes(posture)).length;
  return {
    level,
    total: done.length,
    passed: done.length - failed,
    skipped: 0,
    failed,
    status: failed > 0 ? 'FAIL' : 'PASS',
    name: 'CIS Bottlerocket Benchmark',
    version: 'v1.0.0',
    url: 'https://www.cisecurity.org/benchmark/bottlerocket',
    results: Object.fromEntries(
      done.map(({ passes, error, ...metadata }) => [
        metadata.name,
        {
          ...metadata,
          mode: 'Automatic',
          status: passes(posture) ? 'PASS' : 'FAIL',
          error: passes(posture) ? '' : error,
        },
      ]),
    ),
  };
}
