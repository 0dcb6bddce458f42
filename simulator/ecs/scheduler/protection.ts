// Decides whether task protection keeps the scheduler from stopping a task.

import type { Task } from '../model.ts';

export const isProtected = (task: Task, now: number) =>
  task.protectedUntil !== undefined && task.protectedUntil > now;

/**
 * Protection is documented against scale-in and deployments only (botocore ecs
 * UpdateTaskProtection). For DRAINING nothing is documented; a field report says that a protected
 * task gets no SIGTERM then (aws/containers-roadmap#256), so it is honoured unless the run says
 * otherwise.
 */
export function isHeldByProtection(
  task: Task,
  now: number,
  drainHonoursProtection: boolean,
): boolean {
  if (!isProtected(task, now) || task.failedTargetHealth) return false;
  if (task.deployment?.status !== 'PRIMARY') return true;
  return drainHonoursProtection && !task.drainIgnoresProtection;
}
