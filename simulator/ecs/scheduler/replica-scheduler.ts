// Keeps a REPLICA service at its desired count, replacing what has to leave within the service's
// percentages.

import type { Kernel } from '../../kernel/kernel.ts';
import type { ContainerInstance, Service, Task } from '../model.ts';
import { isStarting } from '../tally.ts';
import type { TaskLifecycle } from '../task-lifecycle.ts';
import { boundsOf } from './bounds.ts';
import { type Placement, type PlacementRequest, place } from './placement.ts';
import { isHeldByProtection, isProtected } from './protection.ts';
import type { ServiceEvents } from './service-events.ts';

interface ReplicaSchedulerParts {
  readonly kernel: Kernel;
  readonly lifecycle: TaskLifecycle;
  readonly events: ServiceEvents;
  readonly drainHonoursProtection: boolean;
  /** Told of each start that replaces a task. */
  readonly onMove: (service: Service) => void;
}

export function placementRequest(service: Service): PlacementRequest | undefined {
  const taskDefinition = service.deployments[0]?.taskDefinition;
  if (!taskDefinition) return undefined;
  return {
    cluster: service.cluster,
    taskDefinition,
    constraints: service.placementConstraints,
    strategy: service.placementStrategy,
    group: `service:${service.name}`,
    perZone: service.perZone,
    perInstance: service.perInstance,
  };
}

/** Fault `placement-fails` (F54): as when everything is full. */
function nowhere({ cluster }: Service): Placement {
  const closest = [...cluster.instances.values()].find(({ status }) => status === 'ACTIVE');
  return { ok: false, reason: 'RESOURCE:MEMORY', closest };
}

function stopReason(service: Service, task: Task): string {
  if (task.failedTargetHealth) {
    const groups = service.loadBalancers.map(({ targetGroupArn }) => targetGroupArn).join(', ');
    return `Task failed ELB health checks in (target-group ${groups})`;
  }
  return `Scaling activity initiated by (deployment ${task.deployment?.id})`;
}

export class ReplicaScheduler {
  readonly #parts: ReplicaSchedulerParts;

  constructor(parts: ReplicaSchedulerParts) {
    this.#parts = parts;
  }

  /**
   * One look at one service. Percentages bound both directions at once: what may start, starts, and
   * what may stop, stops (ECS Developer Guide, "Draining Amazon ECS container instances").
   */
  reconcile(service: Service): void {
    this.#stopAll(service, this.#leavingBeforeRunning(service));
    this.#stopAll(service, this.#surplus(service));
    this.#startMissing(service);
    this.#stopAll(service, this.#mayLeaveNow(service));
    if (this.#isStuck(service)) this.#parts.events.stuck(service);
  }

  /**
   * The next container instance for a task of the service, or undefined with the reason told as an
   * event.
   */
  #place(service: Service): ContainerInstance | undefined {
    const request = placementRequest(service);
    if (!request) return undefined;
    const { faults, random } = this.#parts.kernel;
    const placement = faults.strikes('placement-fails', service.name)
      ? nowhere(service)
      : place(request, random.stream('ecs.placement'));
    if (placement.ok) return placement.instance;
    this.#parts.events.notPlaced(service, placement);
    return undefined;
  }

  /** "Service tasks in the PENDING state are stopped immediately" (same page). */
  #leavingBeforeRunning(service: Service): Task[] {
    return [...service.leaving].filter((task) => isStarting(task) && !this.#isHeld(task));
  }

  /**
   * Fewer wanted: those not running yet first, then from the fullest zone and container instance.
   */
  #surplus(service: Service): Task[] {
    const surplus = service.keeping.size - service.desiredCount;
    if (surplus <= 0) return [];
    const now = this.#parts.kernel.clock.now();
    const free = [...service.keeping].filter((task) => !isProtected(task, now));
    const load = (task: Task) => service.perInstance.get(task.instance) ?? 0;
    const zone = (task: Task) => service.perZone.get(task.instance.availabilityZone) ?? 0;
    free.sort(
      (a, b) =>
        Number(isStarting(b)) - Number(isStarting(a)) ||
        zone(b) - zone(a) ||
        load(b) - load(a) ||
        b.sequence - a.sequence,
    );
    return free.slice(0, surplus);
  }

  /**
   * Tasks that are stopping still count against maximumPercent until they have stopped: "if
   * maximumPercent is 100 %, the service scheduler can't start replacement tasks until the draining
   * tasks have stopped" (same page).
   */
  #startMissing(service: Service): void {
    const { cluster, desiredCount, keeping, tasks } = service;
    const missing = desiredCount - keeping.size;
    const room = Math.min(missing, boundsOf(service).high - tasks.size);
    const started: Task[] = [];
    const [deployment] = service.deployments;
    cluster.starving.delete(service);
    while (deployment && started.length < room) {
      const instance = this.#place(service);
      if (!instance) {
        cluster.starving.add(service);
        break;
      }
      const { taskDefinition } = deployment;
      const request = { instance, taskDefinition, service, deployment };
      started.push(this.#parts.lifecycle.start(request));
      this.#countMove(service);
    }
    this.#parts.events.started(service, started);
  }

  #countMove(service: Service): void {
    if (service.growth > 0) service.growth--;
    else this.#parts.onMove(service);
  }

  /** Those whose going leaves enough healthy tasks behind. */
  #mayLeaveNow(service: Service): Task[] {
    let budget = service.healthyCount - boundsOf(service).low;
    const going: Task[] = [];
    for (const task of service.leaving) {
      const cost = task.tally?.healthy ? 1 : 0;
      if (budget < cost || isStarting(task) || this.#isHeld(task)) continue;
      budget -= cost;
      going.push(task);
    }
    if (going.length > 0) return going;
    const blocked = this.#unhealthyInTheWay(service);
    return blocked ? [blocked] : [];
  }

  /**
   * Unhealthy tasks are replaced before they are stopped; if maximumPercent leaves no room for
   * that, they are stopped one by one (botocore ecs DeploymentConfiguration.minimumHealthyPercent).
   */
  #unhealthyInTheWay(service: Service): Task | undefined {
    const { keeping, leaving, tasks, desiredCount } = service;
    const noRoom = tasks.size >= boundsOf(service).high && keeping.size < desiredCount;
    const oneIsStopping = tasks.size > keeping.size + leaving.size;
    if (!noRoom || oneIsStopping) return undefined;
    return [...leaving].find((task) => task.failedTargetHealth);
  }

  #isStuck(service: Service): boolean {
    const { low, high } = boundsOf(service);
    const { desiredCount, leaving, keeping, tasks } = service;
    if (leaving.size === 0 || tasks.size > keeping.size + leaving.size) return false;
    return low >= desiredCount && high <= desiredCount;
  }

  #isHeld(task: Task): boolean {
    const { kernel, drainHonoursProtection } = this.#parts;
    return isHeldByProtection(task, kernel.clock.now(), drainHonoursProtection);
  }

  #stopAll(service: Service, tasks: readonly Task[]): void {
    for (const task of tasks) {
      const reason = stopReason(service, task);
      this.#parts.lifecycle.stop(task, { code: 'ServiceSchedulerInitiated', reason });
    }
    this.#parts.events.stopped(service, tasks);
  }
}
