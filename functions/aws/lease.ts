// The lease on a cluster: one rollout at a time, by a stored deadline and a fence that only counts up.

import { LeaseLostError } from '../core/errors.ts';
import { now } from './clock.ts';
import { getItem, type Item, type Key, updateItem } from './table.ts';

/** Long against any single call, short against a night: a dead rollout's cluster is free again after this. */
const LEASE_SECONDS = 900;

/** A dispatcher that comes back so soon leaves the deadline as it is. */
const RENEWAL_SECONDS = 120;

/** `CLUSTER#arn / LEASE`. No TTL: the deadline decides, and DynamoDB deletes expired items up to days late. */
export interface Lease {
  readonly rolloutId: string;
  readonly executionArn: string;
  readonly fence: number;
  /** Epoch milliseconds. */
  readonly deadlineAt: number;
  readonly takenAt: number;
}

/** A rollout, and the fence that its worker holds. */
export interface Held {
  readonly clusterArn: string;
  readonly rolloutId: string;
  readonly fence: number;
}

export function leaseKey(clusterArn: string): Key {
  return { pk: `CLUSTER#${clusterArn}`, sk: 'LEASE' };
}

function toLease(item: Item | undefined): Lease | undefined {
  return item?.rolloutId === undefined ? undefined : (item as unknown as Lease);
}

export async function readLease(clusterArn: string): Promise<Lease | undefined> {
  return toLease(await getItem(leaseKey(clusterArn)));
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
  const written = await updateItem(leaseKey(clusterArn), {
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
  const restored = await updateItem(leaseKey(clusterArn), {
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
  const written = await updateItem(leaseKey(clusterArn), {
    set: { deadlineAt: now() + LEASE_SECONDS * 1000 },
    condition: '#rolloutId = :holder AND #fence = :held',
    conditionValues: { holder: rolloutId, held: fence },
  });
  if (written.kind === 'refused') throw lost(clusterArn, rolloutId, fence);
}

/** Moves the deadline of a lease that was read just now, unless that was done a moment ago. */
export async function keepLease(
  { clusterArn, rolloutId, fence }: Held,
  lease: Lease,
): Promise<void> {
  const left = lease.deadlineAt - now();
  if (left < (LEASE_SECONDS - RENEWAL_SECONDS) * 1000)
    await renewLease(clusterArn, rolloutId, fence);
}

/** Read before every side effect; the read is strongly consistent. */
export async function requireLease(held: Held): Promise<void> {
  requireHolder(held, await getItem(leaseKey(held.clusterArn)));
}

/**
 * As `requireLease`, for whoever has read the lease's item together with others.
 *
 * @throws {LeaseLostError} When it is another rollout's, nobody's, or has a newer fence.
 */
export function requireHolder(held: Held, item: Item | undefined): Lease {
  const lease = toLease(item);
  if (lease?.rolloutId !== held.rolloutId || lease.fence !== held.fence) {
    throw lost(held.clusterArn, held.rolloutId, held.fence, lease?.rolloutId);
  }
  return lease;
}

/** Gives the lease back; harmless when it is not ours any more. The fence stays, so it never repeats. */
export async function releaseLease(
  clusterArn: string,
  rolloutId: string,
  fence: number,
): Promise<void> {
  await updateItem(leaseKey(clusterArn), {
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
