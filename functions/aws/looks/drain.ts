// Looks whether every task that was on a draining container instance has stopped.

import { judgeDrain } from '../../core/drain.ts';
import type { Task } from '../../core/model.ts';
import { now } from '../clock.ts';
import { protectedOnes, whyNotPlaced } from '../drain-hindrances.ts';
import { describeContainerInstance, describeTasks } from '../ecs.ts';
import { replaceData, type Wait } from '../wait-store.ts';
import type { Look, Trigger } from '../waits.ts';

/** What a drain waits for. */
export interface DrainData {
  readonly taskArns: readonly string[];
  /** Services whose tasks are daemons; absent in waits of a version that did not ask. */
  readonly daemons?: readonly string[] | undefined;
  /** When a look first found nothing but daemons (epoch milliseconds). */
  readonly daemonsAloneSinceAt?: number | undefined;
}

/**
 * The tasks known when the drain began are asked one by one, because ECS stops listing a task as running while its
 * containers still stop. That nothing else runs there is checked again right before the reboot.
 */
export async function lookAtDrain(wait: Wait, trigger: Trigger): Promise<Look> {
  const { taskArns, daemons = [], daemonsAloneSinceAt } = wait.data as unknown as DrainData;
  const tasks = taskArns.length === 0 ? [] : await describeTasks(wait.clusterArn, taskArns);
  const verdict = judgeDrain(tasks, { daemons, daemonsAloneSinceAt, now: now() });
  if (verdict.kind === 'drained') return { kind: 'held', output: {} };
  if (verdict.daemonsAlone && daemonsAloneSinceAt === undefined) {
    await replaceData(wait, { ...wait.data, daemonsAloneSinceAt: now() });
  }
  // A drain that somebody has ended would never end by itself; no event says so.
  const ended = trigger === 'sweep' ? await endedByOthers(wait) : undefined;
  if (ended || now() <= wait.deadlineAt)
    return ended ?? { kind: 'pending', reason: verdict.reason };
  return { kind: 'pending', reason: await whyOverdue(wait, tasks, daemons) };
}

/** Asked once, when it is too late: what keeps its tasks is for the person who reads that it is blocked. */
async function whyOverdue(
  { clusterArn }: Wait,
  tasks: readonly Task[],
  daemons: readonly string[],
): Promise<string> {
  const known = await protectedOnes(clusterArn, tasks, daemons);
  const verdict = judgeDrain(known, { daemons, now: now() });
  const left = verdict.kind === 'drained' ? 'its last task has just stopped' : verdict.reason;
  const words = await whyNotPlaced(clusterArn, tasks, daemons);
  return [left, ...words.map((one) => `ECS: ${one}`)].join('; ');
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
