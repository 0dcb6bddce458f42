// Keeps every count of tasks up to date, one task at a time, so that nobody has to scan for one.

import type { Service, Tally, Task } from './model.ts';

const STARTING = new Set(['PROVISIONING', 'PENDING', 'ACTIVATING']);

/** On its way to RUNNING. */
export const isStarting = (task: Task) => STARTING.has(task.lastStatus);

/** May this service task stay where it is? If not, the scheduler replaces it. */
function mayStay(task: Task): boolean {
  const { instance, deployment, failedTargetHealth } = task;
  const placed = instance.status === 'ACTIVE' || instance.status === 'REGISTERING';
  return placed && deployment?.status === 'PRIMARY' && !failedTargetHealth;
}

/**
 * Replicas hold a daemon until they leave RUNNING, not until they have stopped
 * (amazon-ecs-agent#3829).
 */
function holdsDaemons(task: Task): boolean {
  const isReplica = task.service?.schedulingStrategy === 'REPLICA';
  return isReplica && (isStarting(task) || task.lastStatus === 'RUNNING');
}

function tallyOf(task: Task): Tally {
  const stopped = task.lastStatus === 'STOPPED';
  const wanted = task.desiredStatus === 'RUNNING' && !stopped;
  return {
    kind: stopped ? 'none' : !wanted ? 'stopping' : mayStay(task) ? 'keeping' : 'leaving',
    healthy: wanted && task.lastStatus === 'RUNNING' && task.healthy && !task.failedTargetHealth,
    running: task.lastStatus === 'RUNNING',
    pending: isStarting(task),
    runningOnInstance: wanted && task.lastStatus === 'RUNNING',
    replica: holdsDaemons(task),
    nonDaemon: !stopped && task.service?.schedulingStrategy !== 'DAEMON',
  };
}

function add<K>(counts: Map<K, number>, key: K, by: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

function countService(service: Service, task: Task, tally: Tally, by: 1 | -1): void {
  if (tally.kind === 'keeping') {
    if (by === 1) service.keeping.add(task);
    else service.keeping.delete(task);
    add(service.perZone, task.instance.availabilityZone, by);
    add(service.perInstance, task.instance, by);
  }
  if (tally.kind === 'leaving') {
    if (by === 1) service.leaving.add(task);
    else service.leaving.delete(task);
  }
  if (tally.healthy) service.healthyCount += by;
  if (tally.running) service.runningCount += by;
  if (tally.pending) service.pendingCount += by;
  if (task.deployment && tally.running) task.deployment.runningCount += by;
  if (task.deployment && tally.pending) task.deployment.pendingCount += by;
}

function count(task: Task, tally: Tally, by: 1 | -1): void {
  const { instance, service } = task;
  // The guide says "desired status RUNNING" for one and "PENDING status" for the other; a starting
  // task is shown under pending only, as the console and describe-container-instances do.
  if (tally.runningOnInstance) instance.runningTasksCount += by;
  if (tally.pending) instance.pendingTasksCount += by;
  if (tally.replica) instance.replicaTasksCount += by;
  if (tally.nonDaemon) instance.nonDaemonTasksCount += by;
  if (service) countService(service, task, tally, by);
}

/** Counts a task anew after anything about it, its instance's status or its deployment changed. */
export function retally(task: Task): void {
  if (task.tally) count(task, task.tally, -1);
  const tally = tallyOf(task);
  task.tally = tally;
  count(task, tally, 1);
}
