// GetTaskProtection and UpdateTaskProtection.

import type { JsonObject } from '../../kernel/service.ts';
import { type Failure, invalidParameter } from '../errors.ts';
import type { Task } from '../model.ts';
import type { EcsRegion, Operation } from '../region.ts';
import { isProtected } from '../scheduler/protection.ts';
import { epochSeconds, present } from '../shapes/members.ts';
import { flag, ids, integer, text } from './input.ts';
import { missingTaskArn } from './tasks.ts';

const DEFAULT_MINUTES = 120;
const MINUTES_MAX = 2880;

function shape({ kernel }: EcsRegion, task: Task): JsonObject {
  const protectionEnabled = isProtected(task, kernel.clock.now());
  return present({
    taskArn: task.arn,
    protectionEnabled,
    expirationDate:
      protectionEnabled && task.protectedUntil !== undefined
        ? epochSeconds(task.protectedUntil)
        : undefined,
  });
}

/** Splits the tasks asked for into those that can be protected and the failures of the others. */
function sorted(
  { kernel, ledger }: EcsRegion,
  input: JsonObject,
  max: number,
): { readonly tasks: Task[]; readonly failures: Failure[] } {
  const cluster = ledger.activeCluster(text(input, 'cluster'));
  const rules = { calledByAws: 'taskIds', max, empty: 'Tasks cannot be empty.' };
  const tasks: Task[] = [];
  const failures: Failure[] = [];
  for (const identifier of ids(input, 'tasks', rules)) {
    const task = ledger.task(cluster, identifier);
    if (!task || task.lastStatus === 'STOPPED')
      failures.push({ arn: missingTaskArn(kernel, cluster, identifier), reason: 'MISSING' });
    else if (!task.service) failures.push({ arn: task.arn, reason: 'TASK_NOT_VALID' });
    else tasks.push(task);
  }
  return { tasks, failures };
}

export const getTaskProtection: Operation = (region, input) => {
  const { tasks, failures } = sorted(region, input, 100);
  return { protectedTasks: tasks.map((task) => shape(region, task)), failures };
};

export const updateTaskProtection: Operation = (region, input) => {
  const { kernel, scheduler } = region;
  const enabled = flag(input, 'protectionEnabled');
  if (enabled === undefined) throw invalidParameter('protectionEnabled can not be blank.');
  const minutes = integer(input, 'expiresInMinutes') ?? DEFAULT_MINUTES;
  if (minutes < 1 || minutes > MINUTES_MAX)
    throw invalidParameter(`expiresInMinutes should be between 1 and ${MINUTES_MAX}.`);
  const { tasks, failures } = sorted(region, input, 10);
  const protectedTasks = [];
  for (const task of tasks) {
    const now = kernel.clock.now();
    // "A deployment is in progress that this task would block" (ECS Developer Guide, "API failure
    // reasons").
    if (enabled && task.desiredStatus === 'STOPPED') {
      failures.push({ arn: task.arn, reason: 'DEPLOYMENT_BLOCKED' });
      continue;
    }
    task.protectedUntil = enabled ? now + minutes * 60_000 : undefined;
    const { service, protectedUntil } = task;
    if (service) kernel.clock.at(protectedUntil ?? now, () => scheduler.look(service));
    kernel.log.append('ecs', 'task-protection-updated', task.arn, { enabled, minutes });
    protectedTasks.push(shape(region, task));
  }
  return { protectedTasks, failures };
};
