// Has a dead host replaced: its Auto Scaling group launches another one, and the cluster forgets the dead one.

import type { Replacement } from '../core/replacement.ts';
import { groupMembers, instancesOfGroup, terminateForReplacement } from './auto-scaling.ts';
import { now } from './clock.ts';
import { deregister, describeContainerInstances, registrationsOf } from './ecs.ts';
import type { InstanceRecord } from './instance-record.ts';
import { readInstance, updateInstance } from './instance-store.ts';

interface Held {
  readonly rolloutId: string;
  readonly clusterArn: string;
  readonly fence: number;
  readonly ec2InstanceId: string;
  readonly containerInstanceArn: string;
}

/** Intent first: who is in the group is only known before the newcomer is. Safe to repeat at any point. */
export async function replaceHost(held: Held, before: InstanceRecord): Promise<void> {
  const record = before.undo?.replacement ? before : await begin(held);
  if (record.undo?.replacement?.autoScalingGroupName === undefined) return;
  await terminateForReplacement(held.ec2InstanceId);
  await deregister(held.clusterArn, held.containerInstanceArn);
}

async function begin(held: Held): Promise<InstanceRecord> {
  const record = await readInstance(held.rolloutId, held.ec2InstanceId);
  const member = (await groupMembers([held.ec2InstanceId])).get(held.ec2InstanceId);
  const autoScalingGroupName = member?.autoScalingGroupName;
  const before =
    autoScalingGroupName === undefined ? [] : await instancesOfGroup(autoScalingGroupName, 'all');
  const replacement = { beganAt: now(), autoScalingGroupName, before };
  const undo = record.undo ?? { error: '', because: '', beganAt: now(), done: {} };
  return updateInstance(held, held.ec2InstanceId, { undo: { ...undo, replacement } });
}

/** The replacement as it stands; undefined when none was begun. */
export async function readReplacement(
  clusterArn: string,
  record: InstanceRecord,
): Promise<Replacement | undefined> {
  const replacement = record.undo?.replacement;
  if (!replacement) return undefined;
  const { beganAt, autoScalingGroupName, before } = replacement;
  if (autoScalingGroupName === undefined) return { beganAt };
  const inService = await instancesOfGroup(autoScalingGroupName, 'in-service');
  const newcomers = inService.filter((id) => !before.includes(id));
  return { beganAt, autoScalingGroupName, joined: await servingOf(clusterArn, newcomers) };
}

/** The first that takes tasks. */
async function servingOf(
  clusterArn: string,
  ec2InstanceIds: readonly string[],
): Promise<string | undefined> {
  for (const ec2InstanceId of ec2InstanceIds) {
    const arns = await registrationsOf(clusterArn, ec2InstanceId);
    const seen = await describeContainerInstances(clusterArn, arns);
    if (seen.some((one) => one.status === 'ACTIVE' && one.agentConnected)) return ec2InstanceId;
  }
  return undefined;
}
