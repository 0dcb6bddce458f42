// Looks whether every task that was on a draining container instance has stopped.

import { judgeDrain } from '../../core/drain.ts';
import { describeContainerInstance, describeTasks } from '../ecs.ts';
import type { Wait } from '../wait-store.ts';
import type { Look, Trigger } from '../waits.ts';

/**
 * The tasks known when the drain began are asked one by one, because ECS stops listing a task as running while its
 * containers still stop. That nothing else runs there is checked again right before the reboot.
 */
export async function lookAtDrain(wait: Wait, trigger: Trigger): Promise<Look> {
  const taskArns = wait.data.taskArns as string[];
  const tasks = taskArns.length === 0 ? [] : await describeTasks(wait.clusterArn, taskArns);
  const verdict = judgeDrain(tasks);
  if (verdict.kind === 'drained') return { kind: 'held', output: {} };
  // A drain that somebody has ended would never end by itself; no event says so.
  const ended = trigger === 'sweep' ? await endedByOthers(wait) : undefined;
  return ended ?? { kind: 'pending', reason: verdict.reason };
}

async function endedByOthers(wait: Wait): Promise<Look | undefined> {
  const { ec2InstanceId, containerInstanceArn = wait.subject } = wait;
  const seen = await describeContainerInstance(wait.clusterArn, containerInstanceArn);
  if (!seen) {
    const cause = `${ec2InstanceId} no longer exists`;
    return { kind: 'failed', error: 'InstanceGone', cause };
  }
  if (seen.status === 'DRAINING') return undefined;
  const cause = `somebody else set ${ec2InstanceId} to ${seen.status} while it drained`;
  return { kind: 'failed', error: 'AnotherActor', cause };
}
