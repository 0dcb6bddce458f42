// Pins one target version per variant and architecture, so that two releases during a rollout cannot mix.

import type { CheckedHost, Target } from './eligibility.ts';
import type { Policy } from './policy.ts';
import { type KnownVersion, provenHours } from './proof.ts';
import { compareVersions, isVersion } from './version.ts';

const MILLISECONDS_PER_HOUR = 3_600_000;

/** Rounded down: "24.0 hours" must not be too few for 24. */
function shownHours(hours: number): string {
  return (Math.floor(hours * 10) / 10).toFixed(1);
}

/** What rules a version out even as a step on the way to another. */
export function refusal(
  version: string,
  known: KnownVersion | undefined,
  policy: Policy,
): string | undefined {
  if (policy.target.skipVersions.includes(version)) return `${version} is in target.skipVersions`;
  if (known?.quarantinedReason) return `${version} is quarantined: ${known.quarantinedReason}`;
  return undefined;
}

function immature(
  version: string,
  known: KnownVersion | undefined,
  policy: Policy,
  now: number,
): string | undefined {
  const ageHours = (now - (known?.firstSeenAt ?? now)) / MILLISECONDS_PER_HOUR;
  if (ageHours >= policy.target.minimumAgeHours) return undefined;
  return `${version} was first seen ${shownHours(ageHours)} hours ago, target.minimumAgeHours is ${policy.target.minimumAgeHours}`;
}

function unproven(
  version: string,
  known: KnownVersion | undefined,
  policy: Policy,
  now: number,
): string | undefined {
  const missing = policy.target.provenOn.flatMap(({ cluster, hours }) => {
    const ran = provenHours(known, cluster, now);
    if (ran !== undefined && ran >= hours) return [];
    const soFar = ran === undefined ? '0' : shownHours(ran);
    return [`ran healthily on cluster ${cluster} for ${soFar} of ${hours} hours`];
  });
  return missing.length === 0 ? undefined : `${version} ${missing.join(' and ')} (target.provenOn)`;
}

function objection(
  version: string,
  known: KnownVersion | undefined,
  policy: Policy,
  now: number,
): string | undefined {
  return (
    refusal(version, known, policy) ??
    immature(version, known, policy, now) ??
    unproven(version, known, policy, now)
  );
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
      const reason = 'the newest version offered';
      if (objections.length === 0) return { kind: 'pinned', version, reason };
      return { kind: 'pinned', version, reason, passedOver: objections.join('; ') };
    }
    objections.push(objects);
  }
  return {
    kind: 'none',
    reason: offered.length === 0 ? 'the repository offers nothing' : objections.join('; '),
  };
}
