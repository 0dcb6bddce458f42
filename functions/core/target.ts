// Pins one target version per variant and architecture, so that two releases during a rollout cannot mix.

import type { CheckedHost, Target } from './eligibility.ts';
import type { Policy } from './policy.ts';
import { compareVersions, isVersion } from './version.ts';

/** What the record knows about one version of one variant and architecture. */
export interface KnownVersion {
  readonly version: string;
  /** Epoch milliseconds at which this updater first saw it. */
  readonly firstSeenAt: number;
  /** Why it must not be tried again; absent unless quarantined. */
  readonly quarantinedReason?: string | undefined;
}

const MILLISECONDS_PER_HOUR = 3_600_000;

function objection(
  version: string,
  known: KnownVersion | undefined,
  policy: Policy,
  now: number,
): string | undefined {
  if (policy.target.skipVersions.includes(version)) return `${version} is in target.skipVersions`;
  if (known?.quarantinedReason) return `${version} is quarantined: ${known.quarantinedReason}`;
  const ageHours = (now - (known?.firstSeenAt ?? now)) / MILLISECONDS_PER_HOUR;
  if (ageHours < policy.target.minimumAgeHours) {
    // Rounded down: "24.0 hours ago" must not be too young for 24.
    const shownHours = (Math.floor(ageHours * 10) / 10).toFixed(1);
    return `${version} was first seen ${shownHours} hours ago, target.minimumAgeHours is ${policy.target.minimumAgeHours}`;
  }
  return undefined;
}

/**
 * @param reports The hosts of one variant and architecture that answered.
 * @param known Every version the record knows for this variant and architecture.
 * @param now Epoch milliseconds.
 */
export function pinTarget(
  reports: readonly CheckedHost[],
  known: readonly KnownVersion[],
  policy: Policy,
  now: number,
): Target {
  const knownByVersion = new Map(known.map((entry) => [entry.version, entry]));
  // What one host calls a version but is none must not stop the others.
  const offered = [...new Set(reports.flatMap((report) => report.update.available))]
    .filter(isVersion)
    .sort((a, b) => compareVersions(b, a));
  const wanted = policy.target.version;
  if (wanted !== 'latest') {
    const objects = objection(wanted, knownByVersion.get(wanted), policy, now);
    if (objects) return { kind: 'none', reason: objects };
    return { kind: 'pinned', version: wanted, reason: 'the policy names it' };
  }
  const objections: string[] = [];
  for (const version of offered) {
    const objects = objection(version, knownByVersion.get(version), policy, now);
    if (objects === undefined) {
      const passedOver = objections.length > 0 ? `; passed over: ${objections.join('; ')}` : '';
      return { kind: 'pinned', version, reason: `the newest version offered${passedOver}` };
    }
    objections.push(objects);
  }
  return {
    kind: 'none',
    reason: offered.length === 0 ? 'the repository offers nothing' : objections.join('; '),
  };
}
