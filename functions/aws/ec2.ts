// Speaks to EC2: whether a machine still exists, and the reboot of one whose host did not come back.

import { DescribeInstancesCommand, EC2Client, RebootInstancesCommand } from '@aws-sdk/client-ec2';
import { FIRST, stopWhenOver } from './deadline.ts';

const ec2 = new EC2Client({ maxAttempts: 5 });
ec2.middlewareStack.add(stopWhenOver, FIRST);

/** States that nothing comes back from. */
const OVER: ReadonlySet<string> = new Set(['shutting-down', 'terminated']);

export async function rebootHost(ec2InstanceId: string): Promise<void> {
  await ec2.send(new RebootInstancesCommand({ InstanceIds: [ec2InstanceId] }));
}

/** A terminated instance is shown for about an hour, and then forgotten (EC2 User Guide). */
export async function isTerminated(ec2InstanceId: string): Promise<boolean> {
  try {
    const answer = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [ec2InstanceId] }));
    const state = answer.Reservations?.[0]?.Instances?.[0]?.State?.Name;
    return state !== undefined && OVER.has(state);
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidInstanceID.NotFound') return true;
    throw error;
  }
}
