// Speaks to Amazon EC2 Auto Scaling: which group an instance belongs to, its scale-in protection, its replacement.

import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  SetInstanceProtectionCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { FIRST, stopWhenOver } from './deadline.ts';

const autoScaling = new AutoScalingClient({ maxAttempts: 5 });
autoScaling.middlewareStack.add(stopWhenOver, FIRST);

/** Limit of one call (Auto Scaling API reference). */
const DESCRIBE_INSTANCES_MAX = 50;

/** What a group says of one of its instances. */
export interface GroupMember {
  readonly autoScalingGroupName: string;
  readonly protectedFromScaleIn: boolean;
  /** `InService`, `Standby`, `Terminating`, … */
  readonly lifecycleState: string;
}

/** By EC2 instance id; those in no group are not among them. */
export async function groupMembers(
  ec2InstanceIds: readonly string[],
): Promise<Map<string, GroupMember>> {
  const members = new Map<string, GroupMember>();
  for (let index = 0; index < ec2InstanceIds.length; index += DESCRIBE_INSTANCES_MAX) {
    const InstanceIds = ec2InstanceIds.slice(index, index + DESCRIBE_INSTANCES_MAX);
    const { AutoScalingInstances = [] } = await autoScaling.send(
      new DescribeAutoScalingInstancesCommand({ InstanceIds }),
    );
    for (const one of AutoScalingInstances) {
      if (one.InstanceId === undefined || one.AutoScalingGroupName === undefined) continue;
      members.set(one.InstanceId, {
        autoScalingGroupName: one.AutoScalingGroupName,
        protectedFromScaleIn: one.ProtectedFromScaleIn ?? false,
        lifecycleState: one.LifecycleState ?? '',
      });
    }
  }
  return members;
}

/** What Auto Scaling says of an instance that has left its group, or is about to. */
function isGone(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError';
}

/** @returns False when the instance is no longer in the group, which is where it matters. */
export async function setScaleInProtection(
  ec2InstanceId: string,
  autoScalingGroupName: string,
  isProtected: boolean,
): Promise<boolean> {
  try {
    await autoScaling.send(
      new SetInstanceProtectionCommand({
        AutoScalingGroupName: autoScalingGroupName,
        InstanceIds: [ec2InstanceId],
        ProtectedFromScaleIn: isProtected,
      }),
    );
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** EC2 instance ids of a group; those in service unless said. */
export async function instancesOfGroup(
  autoScalingGroupName: string,
  which: 'all' | 'in-service',
): Promise<string[]> {
  const { AutoScalingGroups = [] } = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [autoScalingGroupName] }),
  );
  return (AutoScalingGroups[0]?.Instances ?? [])
    .filter((one) => which === 'all' || one.LifecycleState === 'InService')
    .flatMap((one) => one.InstanceId ?? []);
}

/** Its group launches another one: the desired capacity stays. Safe to repeat. */
export async function terminateForReplacement(ec2InstanceId: string): Promise<void> {
  const member = (await groupMembers([ec2InstanceId])).get(ec2InstanceId);
  if (!member || member.lifecycleState.startsWith('Terminat')) return;
  await autoScaling.send(
    new TerminateInstanceInAutoScalingGroupCommand({
      InstanceId: ec2InstanceId,
      ShouldDecrementDesiredCapacity: false,
    }),
  );
}
