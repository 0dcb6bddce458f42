// Looks whether the daemon tasks of a returned container instance run again.

import { describeTasks, tasksOn } from '../ecs.ts';
import type { Wait } from '../wait-store.ts';
import type { Look, Trigger } from '../waits.ts';

/** An event says which task to look at; the sweep, which has no event, looks at all of them. */
export async function lookAtConfirm(wait: Wait, trigger: Trigger): Promise<Look> {
  const daemons = wait.data.daemons as string[];
  const arn = wait.containerInstanceArn ?? '';
  const hinted = [...(wait.hints ?? [])];
  if (trigger === 'event' && hinted.length < daemons.length) {
    return { kind: 'pending', reason: `${daemons.length - hinted.length} daemon tasks to come` };
  }
  const tasks =
    trigger === 'event'
      ? await describeTasks(wait.clusterArn, hinted)
      : await tasksOn(wait.clusterArn, [arn]);
  const running = new Set(
    tasks
      .filter((task) => task.lastStatus === 'RUNNING' && task.containerInstanceArn === arn)
      .map((task) => task.serviceName),
  );
  const missing = daemons.filter((name) => !running.has(name));
  return missing.length === 0
    ? { kind: 'held', output: {} }
    : { kind: 'pending', reason: `daemon ${missing.join(', ')} does not run on it yet` };
}
