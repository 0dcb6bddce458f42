// ListTasks, DescribeTasks and StopTask.

import type { Kernel } from '../../kernel/kernel.ts';
import type { JsonObject } from '../../kernel/service.ts';
import { taskArn } from '../arns.ts';
import { type Failure, invalidParameter, notSimulated, serviceNotFound } from '../errors.ts';
import type { Cluster, Task } from '../model.ts';
import type { EcsRegion, Operation } from '../region.ts';
import { epochSeconds, present, tagList } from '../shapes/members.ts';
import { taskShape } from '../shapes/task.ts';
import { ids, includes, oneOf, text } from './input.ts';
import { page } from './paging.ts';

/** Fault `ecs-list-misses-new-task`: how young a task may be missed at, unless the fault says. */
const NEW_TASK_SECONDS = 10;

/** botocore ecs ListTasks: "you must specify startedBy as the only filter". */
function refuseMixedFilters(input: JsonObject): void {
  const { cluster: _, nextToken: __, maxResults: ___, desiredStatus: ____, ...filters } = input;
  if (filters.startedBy !== undefined && Object.keys(filters).length > 1)
    throw invalidParameter('startedBy must be specified alone.');
  if (filters.daemonName !== undefined) throw notSimulated('ListTasks by daemonName');
}

function* both(wanted: Iterable<Task>, stopped: Iterable<Task>): Generator<Task> {
  yield* wanted;
  yield* stopped;
}

/** The smallest index that holds every task asked for. */
function candidates(region: EcsRegion, cluster: Cluster, input: JsonObject): Iterable<Task> {
  const containerInstance = text(input, 'containerInstance');
  const serviceName = text(input, 'serviceName');
  if (serviceName !== undefined) {
    const service = region.ledger.service(cluster, serviceName);
    if (!service) throw serviceNotFound();
    return both(service.tasks, service.stoppedTasks);
  }
  if (containerInstance !== undefined) {
    const instance = region.ledger.instance(cluster, containerInstance);
    if (!instance) throw invalidParameter('The referenced container instance was not found.');
    return both(instance.tasks, instance.stoppedTasks);
  }
  return cluster.tasks.values();
}

export const listTasks: Operation = (region, input) => {
  const { ledger } = region;
  const desiredStatus =
    oneOf(input, 'desiredStatus', ['RUNNING', 'PENDING', 'STOPPED']) ?? 'RUNNING';
  const launchType = oneOf(input, 'launchType', [
    'EC2',
    'FARGATE',
    'EXTERNAL',
    'MANAGED_INSTANCES',
  ]);
  refuseMixedFilters(input);
  const cluster = ledger.activeCluster(text(input, 'cluster'));
  ledger.forgetStoppedTasks(cluster);
  const family = text(input, 'family');
  const startedBy = text(input, 'startedBy');
  const instance = input.containerInstance
    ? ledger.instance(cluster, String(input.containerInstance))
    : undefined;
  const isListed = (task: Task) =>
    task.desiredStatus === desiredStatus &&
    (instance === undefined || task.instance === instance) &&
    !isMissed(region, task);
  const isAsked = (task: Task) =>
    (launchType ?? 'EC2') === 'EC2' &&
    (family === undefined || task.taskDefinition.family === family) &&
    (startedBy === undefined || task.startedBy === startedBy);
  const listed = [...candidates(region, cluster, input)].filter(isListed);
  listed.sort((a, b) => a.sequence - b.sequence);
  const rules = { operation: 'ListTasks', usual: 100, max: 100 };
  const { items, nextToken } = page(region, listed, input, rules, isAsked);
  return present({ taskArns: items.map(({ arn }) => arn), nextToken });
};

/** F7: a task that was only just placed is not in the list yet. */
function isMissed({ kernel }: EcsRegion, task: Task): boolean {
  const ageSeconds = (kernel.clock.now() - task.createdAt) / 1000;
  if (ageSeconds > MISSABLE_SECONDS_MAX || !kernel.faults.mayStrike('ecs-list-misses-new-task'))
    return false;
  const fault = kernel.faults.strikes('ecs-list-misses-new-task', task.instance.ec2InstanceId);
  return fault !== undefined && ageSeconds < Number(fault.parameters?.seconds ?? NEW_TASK_SECONDS);
}

/** No fault may hide an older task. */
const MISSABLE_SECONDS_MAX = 60;

export const describeTasks: Operation = ({ kernel, ledger }, input) => {
  const include = includes(input, ['TAGS']);
  const cluster = ledger.activeCluster(text(input, 'cluster'));
  const tasks = [];
  const failures: Failure[] = [];
  const rules = { calledByAws: 'taskIds', max: 100, empty: 'Tasks cannot be empty.' };
  for (const identifier of ids(input, 'tasks', rules)) {
    const task = ledger.task(cluster, identifier);
    if (task) {
      const tags = include.has('TAGS') ? tagList(task.tags) : [];
      tasks.push({ ...taskShape(task, epochSeconds), tags });
    } else {
      failures.push({ arn: missingTaskArn(kernel, cluster, identifier), reason: 'MISSING' });
    }
  }
  return { tasks, failures };
};

/** A failure names an ARN even for an id that does not exist. */
export function missingTaskArn(kernel: Kernel, cluster: Cluster, identifier: string): string {
  return identifier.startsWith('arn:') ? identifier : taskArn(kernel, cluster.name, identifier);
}

/** botocore ecs StopTask.reason: up to 1,024 characters since 2023, 255 before. */
const REASON_MAX = 1024;

export const stopTask: Operation = ({ ledger, lifecycle }, input) => {
  const identifier = text(input, 'task');
  const reason = text(input, 'reason') ?? 'Task stopped by user';
  const cluster = ledger.activeCluster(text(input, 'cluster'));
  if (!identifier) throw invalidParameter('Task can not be blank.');
  if (reason.length > REASON_MAX)
    throw invalidParameter(`reason can have at most ${REASON_MAX} characters.`);
  const task = ledger.task(cluster, identifier);
  if (!task) throw invalidParameter('The referenced task was not found.');
  lifecycle.stop(task, { code: 'UserInitiated', reason });
  return { task: taskShape(task, epochSeconds) };
};
