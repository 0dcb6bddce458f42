// Looks whether the daemon tasks of a returned container instance run again.

import type { Task } from '../../core/model.ts';
import { describeTasks, tasksOn } from '../ecs.ts';
import type { Wait } from '../wait-store.ts';
import type { Look, Trigger } from '../waits.ts';

function missingFrom(tasks: readonly Task[], arn: string, daemons: readonly string[]): string[] {
  const running = new Set(
    tasks
      .filter((task) => task.lastStatus === 'RUNNING' && task.containerInstanceArn === arn)
      .map((task) => task.serviceName),
  );
  return daemons.filter((name) => !running.has(name));
}

/** Daemon services that ran on a container instance and do not now. */
export async function missingDaemons(
  clusterArn: string,
  containerInstanceArn: string,
  daemons: readonly string[],
): Promise<string[]> {
  if (daemons.length === 0) return [];
  const tasks = await tasksOn(clusterArn, [containerInstanceArn]);
  return missingFrom(tasks, containerInstanceArn, daemons);
}

/** An event says which task to look at; the sweep, which has no event, looks at all of them. */
export async function lookAtConfirm(wait: Wait, trigger: Trigger): Promise<Look> {
  const daemons = wait.data.daemons as string[];
  const arn = wait.containerInstanceArn ?? '';
  const hinted = [...(wait.hints ?? [])];
  if (trigger === 'event' && hinted.length < daemons.length) {
    return { kind: 'pending', reason: `${daemons.length - hinted.length} daemon tasks to come` };
  }
  const missing =
    trigger === 'event'
      ? missingFrom(await describeTasks(wait.clusterArn, hinted), arn, daemons)
      : await missingDaemons(wait.clusterArn, arn, daemons);
  return missing.length === 0
    ? { kind: 'held', output: {} }
    : { kind: 'pending', reason: `daemon ${missing.join(', ')} does not run on it yet` };
}
