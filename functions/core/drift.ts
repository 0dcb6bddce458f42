// Sums up what a cluster runs: versions per image, who differs from most, what is out of support, how old the gap is.

import { VARIANTS_OUT_OF_SUPPORT } from './eligibility.ts';
import type { KnownVersion } from './proof.ts';
import { compareVersions, isVersion } from './version.ts';

/** One container instance that runs Bottlerocket. */
export interface Running {
  readonly ec2InstanceId: string;
  /** `variant/architecture`. */
  readonly image: string;
  /** Undefined: nobody can tell. */
  readonly version?: string | undefined;
}

/** The container instances of one image. */
export interface ImageDrift {
  readonly image: string;
  readonly containerInstances: number;
  /** Newest first. */
  readonly versions: readonly { readonly version: string; readonly containerInstances: number }[];
  /** What most of them run, the newer of two; absent when no version is known. */
  readonly majority?: string | undefined;
  /** How many run something else. */
  readonly differing: number;
  /** Those that run something else or cannot say; at most so many that the record stays small. */
  readonly differingIds: readonly string[];
  /** How many cannot say what they run. */
  readonly unknown: number;
  /** Date since when the variant has had no releases. */
  readonly outOfSupportSince?: string | undefined;
  /** The update that has waited longest to be installed on all of them. */
  readonly oldestMissing?:
    | { readonly version: string; readonly ageDays: number; readonly containerInstances: number }
    | undefined;
}

/** Ids kept per image: enough to begin with, and 1 KB in the record. */
const IDS_MAX = 50;
const MILLISECONDS_PER_DAY = 86_400_000;

function byNewest(a: string, b: string): number {
  // A host may claim anything; what is no version comes last.
  if (isVersion(a) && isVersion(b)) return compareVersions(b, a);
  return Number(isVersion(b)) - Number(isVersion(a)) || (a < b ? -1 : 1);
}

function countVersions(running: readonly Running[]): ImageDrift['versions'] {
  const counts = new Map<string, number>();
  for (const { version } of running) {
    if (version !== undefined) counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => byNewest(a, b))
    .map(([version, containerInstances]) => ({ version, containerInstances }));
}

function isBehind(version: string | undefined, update: string): boolean {
  return version !== undefined && isVersion(version) && compareVersions(version, update) < 0;
}

/** By when this updater first saw it: a release from before its first look counts from that look. */
function oldestMissing(
  running: readonly Running[],
  known: readonly KnownVersion[],
  now: number,
): ImageDrift['oldestMissing'] {
  const missing = known
    .filter(({ version }) => isVersion(version))
    .filter(({ version }) => running.some((one) => isBehind(one.version, version)))
    .sort((a, b) => a.firstSeenAt - b.firstSeenAt || compareVersions(a.version, b.version));
  const [oldest] = missing;
  if (!oldest) return undefined;
  return {
    version: oldest.version,
    ageDays: Math.floor((now - oldest.firstSeenAt) / MILLISECONDS_PER_DAY),
    containerInstances: running.filter((one) => isBehind(one.version, oldest.version)).length,
  };
}

function driftOf(
  image: string,
  running: readonly Running[],
  known: readonly KnownVersion[],
  now: number,
): ImageDrift {
  const versions = countVersions(running);
  const most = Math.max(...versions.map((one) => one.containerInstances));
  const majority = versions.find((one) => one.containerInstances === most)?.version;
  const others = running.filter((one) => one.version !== majority || majority === undefined);
  const unknown = running.filter((one) => one.version === undefined).length;
  const [variant = ''] = image.split('/');
  return {
    image,
    containerInstances: running.length,
    versions,
    majority,
    differing: others.length - unknown,
    differingIds: others.slice(0, IDS_MAX).map((one) => one.ec2InstanceId),
    unknown,
    outOfSupportSince: VARIANTS_OUT_OF_SUPPORT.get(variant),
    oldestMissing: oldestMissing(running, known, now),
  };
}

/** As events carry it: 256 KB is all that an event may have, and who differs is in the record. */
export function withoutIds(drift: readonly ImageDrift[]): Omit<ImageDrift, 'differingIds'>[] {
  return drift.map(({ differingIds: _, ...rest }) => rest);
}

/**
 * One entry per image, by name.
 *
 * @param known Every version the record knows, by image.
 */
export function judgeDrift(
  running: readonly Running[],
  known: ReadonlyMap<string, readonly KnownVersion[]>,
  now: number,
): ImageDrift[] {
  const images = [...new Set(running.map((one) => one.image))].sort();
  return images.map((image) =>
    driftOf(
      image,
      running.filter((one) => one.image === image),
      known.get(image) ?? [],
      now,
    ),
  );
}
