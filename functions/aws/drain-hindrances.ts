// Asks ECS what keeps the tasks of a drain that is overdue: protection, or services that cannot place them elsewhere.

import { isLive } from '../core/drain.ts';
import type { Task } from '../core/model.ts';
import { lastServiceEvents, taskProtections } from './ecs.ts';
import { orNothing } from './explanation.ts';

/** Only tasks of REPLICA services can be protected. */
function movable(tasks: readonly Task[], daemons: readonly string[]): Task[] {
  return tasks.filter(
    (one) => isLive(one) && one.serviceName !== undefined && !daemons.includes(one.serviceName),
  );
}

/** The same tasks, with the protection of those that have one. */
export function protectedOnes(
  clusterArn: string,
  tasks: readonly Task[],
  daemons: readonly string[],
): Promise<readonly Task[]> {
  return orNothing('protection', tasks, async () => {
    const arns = movable(tasks, daemons).map(({ taskArn }) => taskArn);
    const until = await taskProtections(clusterArn, arns);
    return tasks.map((one) => ({ ...one, protectedUntilAt: until.get(one.taskArn) }));
  });
}

/** What ECS said last of each service, where that is what it cannot do: it says so once, and again when it could. */
export function whyNotPlaced(
  clusterArn: string,
  tasks: readonly Task[],
  daemons: readonly string[],
): Promise<readonly string[]> {
  return orNothing('placement', [], async () => {
    const names = [...new Set(movable(tasks, daemons).map((one) => one.serviceName ?? ''))];
    const events = await lastServiceEvents(clusterArn, names);
    return names.flatMap((name) => {
      const last = events.get(name);
      // After that ECS only points at its developer guide.
      return last?.includes('was unable to')
        ? [last.replace(/\.? For more information,.*/, '')]
        : [];
    });
  });
}
