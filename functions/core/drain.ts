// Decides whether the drain of a container instance can end at all, and when it has ended.

import { isoInstant } from './instant.ts';
import type { InstanceVerdict, Service, Task } from './model.ts';
import type { Policy } from './policy.ts';

/**
 * Whether ECS can ever move a task of this service off a draining container instance.
 *
 * ECS rounds the minimum up and the maximum down (ECS Developer Guide, service event messages): 75 % of 2 is 2, so
 * nothing may stop; 125 % of 3 is 3, so nothing may start.
 *
 * @returns The sentence that says why not, or undefined when it can.
 */
export function drainImpossible(service: Service): string | undefined {
  if (service.schedulingStrategy === 'DAEMON' || service.desiredCount === 0) return undefined;
  const { desiredCount, minimumHealthyPercent, maximumPercent } = service;
  const runningMin = Math.ceil((desiredCount * minimumHealthyPercent) / 100);
  const runningMax = Math.floor((desiredCount * maximumPercent) / 100);
  if (runningMin < desiredCount || runningMax > desiredCount) return undefined;
  return (
    `service ${service.serviceName} can never give up a task: it desires ${desiredCount}, ` +
    `minimumHealthyPercent ${minimumHealthyPercent} keeps ${runningMin} running and ` +
    `maximumPercent ${maximumPercent} allows ${runningMax}; lower the first or raise the second`
  );
}

function named(tasks: readonly Task[]): string {
  const ids = tasks.map((task) => task.taskArn.slice(task.taskArn.lastIndexOf('/') + 1));
  const shown = ids.slice(0, 3).join(', ');
  return ids.length > 3 ? `${shown} and ${ids.length - 3} more` : shown;
}

/**
 * Judges the tasks of one container instance before it is drained.
 *
 * @param services By name; a task of an unknown service counts as standalone, because nobody would replace it.
 * @param now Epoch milliseconds.
 * @returns The verdict that rules the drain out, or undefined when it may begin.
 */
export function drainRuledOut(
  tasks: readonly Task[],
  services: ReadonlyMap<string, Service>,
  policy: Pick<Policy, 'drain'>,
  now: number,
): InstanceVerdict | undefined {
  const live = tasks.filter(isLive);
  const standalone = live.filter((task) => isStandalone(task, services));
  if (standalone.length > 0 && policy.drain.standaloneTasks === 'skip') {
    return {
      outcome: 'Skipped',
      code: 'StandaloneTasks',
      reason: `${count(standalone.length, 'standalone task')} on it would be lost (${named(standalone)}); a drain does not move them`,
    };
  }
  const guarded = live.filter((task) => (task.protectedUntilAt ?? 0) > now);
  if (guarded.length > 0 && policy.drain.protectedTasks === 'skip') {
    const until = Math.max(...guarded.map((task) => task.protectedUntilAt ?? 0));
    return {
      outcome: 'Skipped',
      code: 'ProtectedTasks',
      reason: `${count(guarded.length, 'task')} on it protected until ${isoInstant(until)} (${named(guarded)})`,
    };
  }
  for (const name of new Set(live.map((task) => task.serviceName))) {
    const service = name === undefined ? undefined : services.get(name);
    const impossible = service && drainImpossible(service);
    if (impossible) return { outcome: 'Blocked', code: 'DrainImpossible', reason: impossible };
  }
  return undefined;
}

/** DELETED follows STOPPED, and DescribeTasks shows it (ECS Developer Guide, task life cycle). */
export function isLive(task: Task): boolean {
  return task.lastStatus !== 'STOPPED' && task.lastStatus !== 'DELETED';
}

export function isStandalone(task: Task, services: ReadonlyMap<string, Service>): boolean {
  return task.serviceName === undefined || !services.has(task.serviceName);
}

function count(number: number, noun: string): string {
  return number === 1 ? `one ${noun}` : `${number} ${noun}s`;
}

/** Where a drain stands. */
export type DrainVerdict =
  | { readonly kind: 'drained' }
  /** `daemonsAlone`: nothing but daemons is left. */
  | { readonly kind: 'draining'; readonly reason: string; readonly daemonsAlone: boolean };

/** What is known of the drain besides its tasks. */
export interface DrainFacts {
  /** Services whose tasks are daemons. */
  readonly daemons: readonly string[];
  /** Since when nothing but daemons has been left (epoch milliseconds). */
  readonly daemonsAloneSinceAt?: number | undefined;
  readonly now: number;
}

/**
 * ECS stops daemons last (ECS Developer Guide, service scheduler concepts), so they may write down what others sent them.
 * Agents kill after 30 seconds unless a task definition says more; 120 is the most that Fargate knows. One that takes
 * longer ignores SIGTERM, and the host that reboots ends it as well.
 */
const DAEMON_PATIENCE_MILLISECONDS = 120_000;

/**
 * @param tasks Every task last known on the container instance, whatever its desired status: a task that was told to
 * stop no longer counts as running for ECS while its containers still do.
 */
export function judgeDrain(tasks: readonly Task[], facts: DrainFacts): DrainVerdict {
  const { daemons, daemonsAloneSinceAt, now } = facts;
  const left = tasks.filter(isLive);
  if (left.length === 0) return { kind: 'drained' };
  const daemonsAlone = left.every(
    ({ serviceName }) => serviceName !== undefined && daemons.includes(serviceName),
  );
  if (daemonsAlone && daemonsAloneSinceAt !== undefined) {
    if (now - daemonsAloneSinceAt >= DAEMON_PATIENCE_MILLISECONDS) return { kind: 'drained' };
  }
  const statuses = new Map<string, Task[]>();
  for (const task of left) {
    const { protectedUntilAt = 0 } = task;
    const guarded =
      protectedUntilAt > now ? `, protected until ${isoInstant(protectedUntilAt)}` : '';
    const key = `${task.serviceName ?? 'standalone'} ${task.lastStatus}${guarded}`;
    statuses.set(key, [...(statuses.get(key) ?? []), task]);
  }
  const list = [...statuses].map(([key, some]) => {
    const times = some.length > 1 ? `${some.length} × ` : '';
    return `${times}${key} (${named(some)})`;
  });
  const reason = `${count(left.length, 'task')} left: ${list.join(', ')}`;
  return { kind: 'draining', reason, daemonsAlone };
}
