// Drains one container instance: marks it as ours, sets it DRAINING, and waits until its tasks have stopped.

import { now } from './aws/clock.ts';
import {
  describeTasks,
  listTasks,
  setContainerInstanceState,
  stopTask,
  tasksOn,
} from './aws/ecs.ts';
import { type InstanceInput, instanceInput, withToken } from './aws/inputs.ts';
import type { InstanceRecord } from './aws/instance-record.ts';
import { updateInstance } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import { markOwned } from './aws/marks.ts';
import { needsProtection, protect } from './aws/protection.ts';
import { putWait } from './aws/wait-store.ts';
import { evaluate } from './aws/waits.ts';
import { isLive } from './core/drain.ts';
import { DrainBlockedError, LeaseLostError } from './core/errors.ts';
import { writeWayBack } from './core/way-back.ts';

/** Standalone tasks that started between the dispatcher's look and DRAINING; a drain does not move them. */
async function unexpectedTasks(input: InstanceInput, known: readonly string[]) {
  const tasks = await tasksOn(input.clusterArn, [input.containerInstanceArn]);
  const fresh = tasks.filter((task) => !known.includes(task.taskArn));
  const standalone = fresh.filter((task) => task.serviceName === undefined);
  if (standalone.length > 0 && input.limits.standaloneTasks === 'skip') {
    throw new DrainBlockedError(
      `Cannot drain ${input.ec2InstanceId}: a standalone task started on it meanwhile (${standalone[0]?.taskArn})`,
    );
  }
  return {
    all: fresh.map((task) => task.taskArn),
    standalone: standalone.map((task) => task.taskArn),
  };
}

/**
 * Those that a deployment, a scale-in or a person told to stop before the dispatcher looked: they hold their
 * connections for as long as any other, but ECS lists them as running no more.
 */
async function stillStopping(
  clusterArn: string,
  told: readonly string[],
  known: readonly string[],
): Promise<string[]> {
  const unknown = told.filter((task) => !known.includes(task));
  const tasks = await describeTasks(clusterArn, unknown);
  return tasks.filter(isLive).map((task) => task.taskArn);
}

/** An execution that was started late may find that its container instance was given up meanwhile. */
function requireOpen({ ec2InstanceId, outcome }: InstanceRecord): void {
  if (outcome === undefined) return;
  throw new LeaseLostError(
    `Cannot drain ${ec2InstanceId}: the record says ${outcome}, so this execution is not to update it any more`,
  );
}

function wayBackOf(record: InstanceRecord): string {
  const { attempt = 1, fromVersion, toVersion, bootIdBefore, saved, protectedAt } = record;
  const protectedByUs = protectedAt !== undefined;
  return writeWayBack({ attempt, fromVersion, toVersion, bootIdBefore, saved, protectedByUs });
}

export const handler = lambda(instanceInput.extend(withToken), async ({ token, ...input }) => {
  const { rolloutId, clusterArn, fence, ec2InstanceId, containerInstanceArn, limits } = input;
  await requireLease(input);
  const at = now();
  let record = await updateInstance(input, ec2InstanceId, {
    step: 'Draining',
    reason: 'draining',
    drainedAt: at,
  });
  requireOpen(record);
  const { taskArns: known = [], daemons = [] } = record;
  const told = await listTasks(clusterArn, containerInstanceArn, 'STOPPED');
  const leaving = [...known, ...(await stillStopping(clusterArn, told, known))];
  const wanted = known.filter((task) => !told.includes(task));
  const wait = {
    rolloutId,
    clusterArn,
    fence,
    ec2InstanceId,
    containerInstanceArn,
    subject: containerInstanceArn,
    kind: 'drain' as const,
    token,
    deadlineAt: at + limits.drainTimeoutSeconds * 1000,
  };
  if (needsProtection(record)) {
    record = await updateInstance(input, ec2InstanceId, { protectedAt: at });
  }
  let written = await putWait({
    ...wait,
    hints: new Set(leaving),
    data: { taskArns: leaving, daemons },
  });
  await protect(record);
  await markOwned(clusterArn, containerInstanceArn, rolloutId, wayBackOf(record));
  const drained = await setContainerInstanceState(clusterArn, containerInstanceArn, 'DRAINING');
  const toStop = [...(record.standaloneTaskArns ?? [])];
  if (drained.tasksWanted > wanted.length) {
    const unexpected = await unexpectedTasks(input, leaving);
    const taskArns = [...leaving, ...unexpected.all];
    toStop.push(...unexpected.standalone);
    written = await putWait({ ...wait, hints: new Set(taskArns), data: { taskArns, daemons } });
  }
  if (limits.standaloneTasks === 'stop') {
    for (const task of toStop) {
      await stopTask(clusterArn, task, `Bottlerocket update of ${ec2InstanceId} (${rolloutId})`);
    }
  }
  // With tasks wanted a moment ago there is nothing to look at yet.
  return drained.tasksWanted > 0
    ? { kind: 'pending', reason: `${drained.tasksWanted} tasks to move` }
    : evaluate(written, 'begin');
});
