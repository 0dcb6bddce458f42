// Keeps one task of a DAEMON service on every eligible container instance: first to start, last to
// stop.

import type { Kernel } from '../../kernel/kernel.ts';
import { matchesExpression } from '../matches-expression.ts';
import type { ContainerInstance, Service, Task } from '../model.ts';
import type { TaskLifecycle } from '../task-lifecycle.ts';
import { boundsOf } from './bounds.ts';
import { obstacle } from './placement.ts';
import { placementRequest } from './replica-scheduler.ts';
import type { ServiceEvents } from './service-events.ts';

interface DaemonSchedulerParts {
  readonly kernel: Kernel;
  readonly lifecycle: TaskLifecycle;
  readonly events: ServiceEvents;
  readonly onMove: (service: Service) => void;
}

/** A place of a daemon: an ACTIVE instance that meets the memberOf constraints. */
export function isEligible(service: Service, instance: ContainerInstance): boolean {
  if (instance.status !== 'ACTIVE') return false;
  return meetsConstraints(service, instance);
}

function meetsConstraints(service: Service, instance: ContainerInstance): boolean {
  const ofTask = service.deployments[0]?.taskDefinition.placementConstraints ?? [];
  return [...service.placementConstraints, ...ofTask].every(
    ({ parsed }) => !parsed || matchesExpression(instance, parsed),
  );
}

export class DaemonScheduler {
  readonly #parts: DaemonSchedulerParts;

  constructor(parts: DaemonSchedulerParts) {
    this.#parts = parts;
  }

  reconcile(service: Service): void {
    const instances = [...service.dirtyInstances];
    service.dirtyInstances.clear();
    const started: Task[] = [];
    const stopped: Task[] = [];
    for (const instance of instances) this.#look(service, instance, started, stopped);
    stopped.push(...this.#stopOlder(service));
    this.#parts.events.started(service, started);
    this.#parts.events.stopped(service, stopped);
  }

  #look(service: Service, instance: ContainerInstance, started: Task[], stopped: Task[]): void {
    const eligible = isEligible(service, instance);
    if (eligible) service.eligibleInstances.add(instance);
    else service.eligibleInstances.delete(instance);
    service.desiredCount = service.eligibleInstances.size;
    const there = [...instance.tasks].filter((task) => task.service === service);
    if (eligible) {
      // maximumPercent of a daemon is 100: a new one waits until the old one has stopped.
      const task = there.length === 0 ? this.#start(service, instance) : undefined;
      if (task) started.push(task);
      return;
    }
    for (const task of there) if (this.#stopMisplaced(service, task)) stopped.push(task);
  }

  /**
   * "Daemon tasks are the last to stop, after all replica tasks" ("Amazon ECS services", daemon
   * strategy).
   */
  #stopMisplaced(service: Service, task: Task): boolean {
    const { instance } = task;
    if (task.desiredStatus === 'STOPPED') return false;
    if (instance.status === 'DRAINING' && instance.replicaTasksCount > 0) return false;
    if (instance.status === 'ACTIVE') this.#parts.events.constraintViolated(service);
    this.#stop(task);
    return true;
  }

  #start(service: Service, instance: ContainerInstance): Task | undefined {
    const [deployment] = service.deployments;
    const request = placementRequest(service);
    if (!deployment || !request) return undefined;
    const reason = obstacle(instance, request);
    // A disconnected agent is looked at again when it is back.
    if (reason === 'AGENT') return undefined;
    if (reason) {
      this.#parts.events.notPlaced(service, { reason, closest: instance });
      return undefined;
    }
    const { taskDefinition } = deployment;
    this.#parts.onMove(service);
    return this.#parts.lifecycle.start({ instance, taskDefinition, service, deployment });
  }

  /** A deployment of a daemon stops first, as far as minimumHealthyPercent allows. */
  #stopOlder(service: Service): Task[] {
    let budget = service.healthyCount - boundsOf(service).low;
    const going: Task[] = [];
    for (const task of service.leaving) {
      if (task.deployment?.status === 'PRIMARY' || task.instance.status !== 'ACTIVE') continue;
      const cost = task.tally?.healthy ? 1 : 0;
      if (budget < cost) continue;
      budget -= cost;
      going.push(task);
    }
    for (const task of going) this.#stop(task);
    return going;
  }

  #stop(task: Task): void {
    const reason = `Scaling activity initiated by (deployment ${task.deployment?.id})`;
    this.#parts.lifecycle.stop(task, { code: 'ServiceSchedulerInitiated', reason });
  }
}
