// Decides on which clusters a version counts as proven: for how long it ran there, and what a rollout's end changes.

import { type Ending, FAILURES, type Outcome } from './model.ts';

/** A version that runs on a cluster since a rollout there ended well with it. */
export interface Proof {
  readonly clusterArn: string;
  /** Epoch milliseconds. */
  readonly sinceAt: number;
  /** Epoch milliseconds at which no container instance ran it any more; absent while one does. */
  readonly untilAt?: number | undefined;
}

/** What the record knows about one version of one variant and architecture. */
export interface KnownVersion {
  readonly version: string;
  /** Epoch milliseconds at which this updater first saw it. */
  readonly firstSeenAt: number;
  /** Why it must not be tried again; absent unless quarantined. */
  readonly quarantinedReason?: string | undefined;
  /** Epoch milliseconds at which a person released it from quarantine. */
  readonly releasedAt?: number | undefined;
  readonly provenOn?: readonly Proof[] | undefined;
}

const MILLISECONDS_PER_HOUR = 3_600_000;

/** Within one account and region, which one record serves, the last part of the ARN is the name. */
function isCluster(nameOrArn: string, clusterArn: string): boolean {
  return nameOrArn === clusterArn || nameOrArn === clusterArn.split('/').at(-1);
}

/**
 * Hours that a version ran healthily on a cluster; undefined when it never did. A quarantine voids what was shown
 * before it: after its release the hours are counted anew.
 */
export function provenHours(
  known: KnownVersion | undefined,
  nameOrArn: string,
  now: number,
): number | undefined {
  const proof = known?.provenOn?.find(({ clusterArn }) => isCluster(nameOrArn, clusterArn));
  if (!proof || known?.quarantinedReason) return undefined;
  const sinceAt = Math.max(proof.sinceAt, known?.releasedAt ?? proof.sinceAt);
  const hours = ((proof.untilAt ?? now) - sinceAt) / MILLISECONDS_PER_HOUR;
  return hours < 0 ? undefined : hours;
}

/** One container instance when its rollout closes. */
export interface Closed {
  /** `variant/architecture`; absent for what was never asked. */
  readonly image?: string | undefined;
  readonly outcome: Outcome;
  /** `back`: it was being taken back, from and to version are swapped. */
  readonly direction?: 'back' | undefined;
  readonly fromVersion?: string | undefined;
  readonly toVersion?: string | undefined;
  /** What its host said last; only of one that needs a person. */
  readonly heardVersion?: string | undefined;
}

/** The host is no more, and what a newcomer in its place runs was not asked. */
export const NO_MORE: ReadonlySet<Outcome> = new Set(['Gone', 'Replaced']);

/** What it runs now; undefined when nobody can tell, or it is gone. */
export function versionNow({
  outcome,
  direction,
  fromVersion,
  toVersion,
  heardVersion,
}: Closed): string | undefined {
  if (NO_MORE.has(outcome)) return undefined;
  if (outcome === 'NeedsAttention') return heardVersion;
  const arrived = outcome === 'Updated' || (direction === 'back' && outcome === 'RolledBack');
  return arrived ? toVersion : fromVersion;
}

/** The version that a failure speaks against: the newer one, whichever way it was going. */
function attempted({ direction, fromVersion, toVersion }: Closed): string | undefined {
  return direction === 'back' ? fromVersion : toVersion;
}

export interface ProofChange {
  /** `start`: runs from now on; `end`: nobody runs it any more; `withdraw`: it failed here. */
  readonly kind: 'start' | 'end' | 'withdraw';
  readonly version: string;
}

function ownProof(known: KnownVersion, clusterArn: string): Proof | undefined {
  return known.provenOn?.find((proof) => proof.clusterArn === clusterArn);
}

function judge(
  known: KnownVersion,
  proof: Proof | undefined,
  seen: { runs: boolean; failed: boolean; shown: boolean; allKnown: boolean },
): ProofChange['kind'] | undefined {
  const isOpen = proof !== undefined && proof.untilAt === undefined;
  if (seen.failed) return proof ? 'withdraw' : undefined;
  if (!isOpen && seen.shown && !known.quarantinedReason) return 'start';
  // As long as somebody's version is unknown it may be this one.
  return isOpen && !seen.runs && seen.allKnown ? 'end' : undefined;
}

/**
 * What the end of a rollout says about the versions of one image on its cluster.
 *
 * @param instances Those of the image.
 * @param known Every version the record knows for the image.
 */
export function judgeProofs(
  clusterArn: string,
  ending: Ending,
  instances: readonly Closed[],
  known: readonly KnownVersion[],
): ProofChange[] {
  const present = instances.filter((one) => one.outcome !== 'Gone');
  const versions = present.map(versionNow);
  const allKnown = present.length > 0 && versions.every((one) => one !== undefined);
  const healthy = new Set(
    present
      .filter((one) => one.outcome === 'Updated' || one.outcome === 'UpToDate')
      .map((one) => versionNow(one)),
  );
  const failed = new Set(present.filter((one) => FAILURES.has(one.outcome)).map(attempted));
  return known.flatMap((one): ProofChange[] => {
    const kind = judge(one, ownProof(one, clusterArn), {
      runs: versions.includes(one.version),
      failed: failed.has(one.version),
      shown: ending === 'Succeeded' && healthy.has(one.version),
      allKnown,
    });
    return kind === undefined ? [] : [{ kind, version: one.version }];
  });
}
