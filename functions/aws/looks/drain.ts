// Looks whether every task that was on a draining container instance has stopped.

import { judgeDrain } from '../../core/drain.ts';
import { describeTasks } from '../ecs.ts';
import type { Wait } from '../wait-store.ts';
import type { Look } from '../waits.ts';

/**
 * The tasks known when the drain began are asked one by one, because ECS stops listing a task as running while its
 * containers still stop. That nothing else runs there is checked again right before the reboot.
 */
export async function lookAtDrain(wait: Wait): Promise<Look> {
  const taskArns = wait.data.taskArns as string[];
  const tasks = taskArns.length === 0 ? [] : await describeTasks(wait.clusterArn, taskArns);
  const verdict = judgeDrain(tasks);
  return verdict.kind === 'drained'
    ? { kind: 'held', output: {} }
    : { kind: 'pending', reason: verdict.reason };
}
