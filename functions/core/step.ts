// Decides whether one host goes to the target at once, or first to a release in between because it is too far behind.

import type { CheckedHost, HostTarget, Target } from './eligibility.ts';
import type { Policy } from './policy.ts';
import type { KnownVersion } from './proof.ts';
import { refusal } from './target.ts';
import { compareVersions, isVersion } from './version.ts';

/** Releases that the host may install on its way to the target, oldest first. */
function releasesBetween(report: CheckedHost, target: string): string[] {
  const running = report.os.version;
  return [...new Set(report.update.available)]
    .filter(isVersion)
    .filter((one) => compareVersions(one, running) > 0 && compareVersions(one, target) < 0)
    .sort(compareVersions);
}

/**
 * One step per rollout: the host is back in service, baked and watched before it is taken further. Age and proof are
 * asked of the target alone, since no fleet stays on a release in between; a skipped or quarantined one is never used.
 *
 * @param target What the whole image is pinned to.
 * @param known Every version the record knows for this variant and architecture.
 */
export function stepToward(
  report: CheckedHost,
  target: Target,
  known: readonly KnownVersion[],
  policy: Policy,
): HostTarget {
  const { maxStepReleases } = policy.target;
  if (target.kind !== 'pinned' || maxStepReleases === 0 || !isVersion(report.os.version)) {
    return target;
  }
  const releases = releasesBetween(report, target.version);
  // The target, too, is a release to come, offered to this host yet or not.
  if (releases.length + 1 <= maxStepReleases) return target;
  const knownByVersion = new Map(known.map((entry) => [entry.version, entry]));
  const far = `more than ${maxStepReleases} releases behind ${target.version} (target.maxStepReleases)`;
  const refusals: string[] = [];
  for (const version of releases.slice(0, maxStepReleases).reverse()) {
    const refused = refusal(version, knownByVersion.get(version), policy);
    if (refused === undefined) {
      return {
        kind: 'step',
        version,
        reason: `a step toward ${target.version}: it is ${far}; the next rollout takes the next step`,
      };
    }
    refusals.push(refused);
  }
  return { kind: 'blocked', reason: `it is ${far}, and no step is free: ${refusals.join('; ')}` };
}
