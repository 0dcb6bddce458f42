// Protects a container instance from scale-in while it is out of service, and puts that back exactly as found.

import { groupMembers, setScaleInProtection } from './auto-scaling.ts';
import { bestEffort } from './best-effort.ts';
import { now } from './clock.ts';
import type { InstanceRecord } from './instance-record.ts';
import { noteWhatever } from './instance-store.ts';
import { log } from './log.ts';

/** What the record keeps of a container instance's Auto Scaling group. */
export interface ScaleIn {
  readonly autoScalingGroupName: string;
  /** As it was when the rollout was planned. */
  readonly protectedFromScaleIn: boolean;
}

/** Of log lines, and for people. */
export const NOT_PUT_BACK = 'scale-in protection not put back';

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

/** Ours, as far as the record knows. */
function owesProtection({ scaleIn, protectedAt, protectionPutBackAt }: InstanceRecord): boolean {
  return scaleIn !== undefined && protectedAt !== undefined && protectionPutBackAt === undefined;
}

/** @returns False while it could not be: nothing that keeps hosts in service may depend on it. */
async function triedToPutBack(held: Held, record: InstanceRecord): Promise<boolean> {
  const { ec2InstanceId, scaleIn } = record;
  if (!scaleIn || !owesProtection(record)) return true;
  const { autoScalingGroupName } = scaleIn;
  const put = async () => {
    await setScaleInProtection(ec2InstanceId, autoScalingGroupName, false);
    return true;
  };
  const isBack = await bestEffort(NOT_PUT_BACK, { ec2InstanceId }, put, false);
  if (isBack) await noteWhatever(held, record, { protectionPutBackAt: now() });
  return isBack;
}

/**
 * Before ACTIVE, while it is empty: a capacity provider with managed termination protection keeps an empty instance
 * unprotected itself, and protects it when tasks come, which must not be undone. Safe to repeat; whoever closes the
 * rollout does, where Auto Scaling refuses it now.
 */
export async function putBackProtection(held: Held, record: InstanceRecord): Promise<void> {
  await triedToPutBack(held, record);
}

/** Those that are protected from scale-in now; all, when nobody says. What left its group is not. */
async function stillProtected(records: readonly InstanceRecord[]): Promise<InstanceRecord[]> {
  const look = () => groupMembers(records.map((one) => one.ec2InstanceId));
  const members = await bestEffort('group not read', {}, look, undefined);
  return records.filter((one) => !members || members.get(one.ec2InstanceId)?.protectedFromScaleIn);
}

/** Once more for what ended without its outcome, or whose end did not get that far. @returns What keeps ours. */
export async function settleProtection(
  held: Held,
  records: readonly InstanceRecord[],
): Promise<InstanceRecord[]> {
  const refused: InstanceRecord[] = [];
  for (const one of records) if (!(await triedToPutBack(held, one))) refused.push(one);
  if (refused.length === 0) return [];
  const left = await stillProtected(refused);
  // It was refused too when it was to be protected: then there is nothing to put back.
  for (const one of refused.filter((found) => !left.includes(found))) {
    await noteWhatever(held, one, { protectionPutBackAt: now() });
  }
  return left;
}

/** A person has to: their reasons say so. */
export async function giveUpProtection(held: Held, left: readonly InstanceRecord[]): Promise<void> {
  for (const one of left.filter(({ protectionLeft }) => !protectionLeft)) {
    const reason = `${one.reason}; its scale-in protection could not be put back`;
    await noteWhatever(held, one, { protectionLeft: true, reason });
  }
}
