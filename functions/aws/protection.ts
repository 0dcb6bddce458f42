// Protects a container instance from scale-in while it is out of service, and puts that back exactly as found.

import { groupMembers, setScaleInProtection } from './auto-scaling.ts';
import { now } from './clock.ts';
import type { InstanceRecord } from './instance-record.ts';
import { instanceKey } from './instance-store.ts';
import { log } from './log.ts';
import { updateItem } from './table.ts';

/** What the record keeps of a container instance's Auto Scaling group. */
export interface ScaleIn {
  readonly autoScalingGroupName: string;
  /** As it was when the rollout was planned. */
  readonly protectedFromScaleIn: boolean;
}

interface Held {
  readonly rolloutId: string;
  readonly fence: number;
}

/** By EC2 instance id, as found. */
export async function findScaleIn(
  ec2InstanceIds: readonly string[],
): Promise<Map<string, ScaleIn>> {
  const members = await groupMembers(ec2InstanceIds);
  return new Map(
    [...members].map(([id, { autoScalingGroupName, protectedFromScaleIn }]) => [
      id,
      { autoScalingGroupName, protectedFromScaleIn },
    ]),
  );
}

/** True for what we have to protect: one that is protected already is its owner's business, or that of ECS. */
export function needsProtection({ scaleIn }: InstanceRecord): boolean {
  return scaleIn !== undefined && !scaleIn.protectedFromScaleIn;
}

/** After the intent is in the record. */
export async function protect({ ec2InstanceId, scaleIn }: InstanceRecord): Promise<void> {
  if (!scaleIn || scaleIn.protectedFromScaleIn) return;
  const set = await setScaleInProtection(ec2InstanceId, scaleIn.autoScalingGroupName, true);
  if (!set) log.warn('not protected: it is leaving its group', { ec2InstanceId, ...scaleIn });
}

/**
 * Before ACTIVE, while it is empty: a capacity provider with managed termination protection keeps an empty instance
 * unprotected itself, and protects it when tasks come, which must not be undone. Safe to repeat.
 */
export async function putBackProtection(held: Held, record: InstanceRecord): Promise<void> {
  const { ec2InstanceId, scaleIn, protectedAt, protectionPutBackAt } = record;
  if (!scaleIn || protectedAt === undefined || protectionPutBackAt !== undefined) return;
  await setScaleInProtection(ec2InstanceId, scaleIn.autoScalingGroupName, false);
  // Not by updateInstance: it may be over already.
  await updateItem(instanceKey(held.rolloutId, ec2InstanceId), {
    set: { protectionPutBackAt: now() },
    condition: '#fence <= :heldFence',
    conditionValues: { heldFence: held.fence },
  });
}
