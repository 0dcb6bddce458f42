// Reads the lease and a container instance's item in one call, for whoever needs both before it acts.

import type { InstanceRecord } from './instance-record.ts';
import { instanceKey, requireItem } from './instance-store.ts';
import { type Held, leaseKey, requireHolder } from './lease.ts';
import { byKey, getItems } from './table-batches.ts';

/**
 * Each read is strongly consistent, as two calls would be. The two are not one snapshot, and need not be: every write of
 * the item carries the fence.
 *
 * @throws {LeaseLostError} When another rollout holds the lease.
 */
export async function requireHeldInstance(
  held: Held & { readonly ec2InstanceId: string },
): Promise<InstanceRecord> {
  const { clusterArn, rolloutId, ec2InstanceId } = held;
  const keys = [leaseKey(clusterArn), instanceKey(rolloutId, ec2InstanceId)] as const;
  const found = byKey(await getItems(keys));
  requireHolder(held, found(keys[0]));
  return requireItem(rolloutId, ec2InstanceId, found(keys[1]));
}
