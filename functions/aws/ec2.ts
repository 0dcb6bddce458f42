// Speaks to EC2: whether a machine still exists, and the reboot of one whose host did not come back.

import {
  DescribeInstancesCommand,
  EC2Client,
  EC2ServiceException,
  RebootInstancesCommand,
} from '@aws-sdk/client-ec2';
import { FIRST, stopWhenOver } from './deadline.ts';

const ec2 = new EC2Client({ maxAttempts: 5 });
ec2.middlewareStack.add(stopWhenOver, FIRST);

/** Nothing guards a reboot that is asked for twice, so no answer is waited for a second time. */
const once = new EC2Client({ maxAttempts: 1 });
once.middlewareStack.add(stopWhenOver, FIRST);

/** States that nothing comes back from. */
const OVER: ReadonlySet<string> = new Set(['shutting-down', 'terminated']);

/** Asks once: after an error it has not happened only where `wasRefused` says so. */
export async function rebootHost(ec2InstanceId: string): Promise<void> {
  await once.send(new RebootInstancesCommand({ InstanceIds: [ec2InstanceId] }));
}

/** Throttling is the one refusal that EC2 answers with 503, as if it were an error of its own (EC2 API, common errors). */
const THROTTLED = 'RequestLimitExceeded';

/** AWS has answered that it did not do what the one call asked for. */
export function wasRefused(error: unknown): boolean {
  if (!(error instanceof EC2ServiceException)) return false;
  const { httpStatusCode = 0 } = error.$metadata;
  return error.name === THROTTLED || (httpStatusCode >= 400 && httpStatusCode < 500);
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
