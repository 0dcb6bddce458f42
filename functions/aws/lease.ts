// The lease on a cluster: one rollout at a time, by a stored deadline and a fence that only counts up.

import { LeaseLostError } from '../core/errors.ts';
import { now } from './clock.ts';
import { getItem, updateItem } from './table.ts';

/** Long against any single call, short against a night: a dead rollout's cluster is free again after this. */
const LEASE_SECONDS = 900;

/** `CLUSTER#arn / LEASE`. No TTL: the deadline decides, and DynamoDB deletes expired items up to days late. */
export interface Lease {
  readonly rolloutId: string;
  readonly executionArn: string;
  readonly fence: number;
  /** Epoch milliseconds. */
  readonly deadlineAt: number;
  readonly takenAt: number;
}

function key(clusterArn: string) {
  return { pk: `CLUSTER#${clusterArn}`, sk: 'LEASE' };
}

export async function readLease(clusterArn: string): Promise<Lease | undefined> {
  const item = await getItem(key(clusterArn));
  return item?.rolloutId === undefined ? undefined : (item as unknown as Lease);
}

/**
 * Takes the lease when it is free, past its deadline, or ours already (a repeated start).
 *
 * @returns The lease we hold, or the one that somebody else holds.
 */
export async function takeLease(
  clusterArn: string,
  rolloutId: string,
  executionArn: string,
): Promise<{ readonly kind: 'taken' | 'held'; readonly lease: Lease }> {
  const at = now();
  const written = await updateItem(key(clusterArn), {
    set: { rolloutId, executionArn, takenAt: at, deadlineAt: at + LEASE_SECONDS * 1000 },
    increment: { fence: 1 },
    condition: 'attribute_not_exists(#rolloutId) OR #deadlineAt < :takenAt',
  });
  if (written.kind === 'written') return { kind: 'taken', lease: written.item as unknown as Lease };
  const lease = await readLease(clusterArn);
  if (!lease) return takeLease(clusterArn, rolloutId, executionArn);
  return { kind: lease.rolloutId === rolloutId ? 'taken' : 'held', lease };
}

/**
 * Takes back the lease of a rollout that has lost it although it was never closed, once nobody else holds it.
 *
 * With the fence it had, its workers go on as if nothing had happened; after another rollout's turn a new fence stops
 * them. Undefined while another rollout holds the lease.
 *
 * @returns The fence that counts now.
 */
export async function retakeLease({
  clusterArn,
  rolloutId,
  executionArn,
  fence,
}: {
  readonly clusterArn: string;
  readonly rolloutId: string;
  readonly executionArn: string;
  readonly fence: number;
}): Promise<number | undefined> {
  const at = now();
  const restored = await updateItem(key(clusterArn), {
    set: { rolloutId, executionArn, takenAt: at, deadlineAt: at + LEASE_SECONDS * 1000, fence },
    condition:
      'attribute_not_exists(#rolloutId) AND (attribute_not_exists(#fence) OR #fence = :fence)',
  });
  if (restored.kind === 'written') return fence;
  const { kind, lease } = await takeLease(clusterArn, rolloutId, executionArn);
  return kind === 'taken' ? lease.fence : undefined;
}

/** Moves the deadline; refused once another rollout or a newer fence holds the lease. */
export async function renewLease(
  clusterArn: string,
  rolloutId: string,
  fence: number,
): Promise<void> {
  const written = await updateItem(key(clusterArn), {
    set: { deadlineAt: now() + LEASE_SECONDS * 1000 },
    condition: '#rolloutId = :holder AND #fence = :held',
    conditionValues: { holder: rolloutId, held: fence },
  });
  if (written.kind === 'refused') throw lost(clusterArn, rolloutId, fence);
}

/** Read before every side effect; the read is strongly consistent. */
export async function requireLease(held: {
  readonly clusterArn: string;
  readonly rolloutId: string;
  readonly fence: number;
}): Promise<void> {
  const lease = await readLease(held.clusterArn);
  if (lease?.rolloutId !== held.rolloutId || lease.fence !== held.fence) {
    throw lost(held.clusterArn, held.rolloutId, held.fence, lease?.rolloutId);
  }
}

/** Gives the lease back; harmless when it is not ours any more. The fence stays, so it never repeats. */
export async function releaseLease(
  clusterArn: string,
  rolloutId: string,
  fence: number,
): Promise<void> {
  await updateItem(key(clusterArn), {
    remove: ['rolloutId', 'executionArn', 'deadlineAt', 'takenAt'],
    condition: '#rolloutId = :holder AND #fence = :held',
    conditionValues: { holder: rolloutId, held: fence },
  });
}

function lost(
  clusterArn: string,
  rolloutId: string,
  fence: number,
  holder?: string,
): LeaseLostError {
  return new LeaseLostError(
    `Cannot act on ${clusterArn} for rollout ${rolloutId} (fence ${fence}): ${
      holder === undefined ? 'nobody holds the lease any more' : `rollout ${holder} holds the lease`
    }`,
  );
}
