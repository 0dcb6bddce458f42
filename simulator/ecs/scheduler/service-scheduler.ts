// Looks again at every service that something happened to, and only at those.

import type { Kernel } from '../../kernel/kernel.ts';
import type { BusEvents } from '../bus-events.ts';
import type { TaskDefinition } from '../definitions.ts';
import type { Ledger } from '../ledger.ts';
import type { ContainerInstance, Deployment, Service, Task } from '../model.ts';
import { retally } from '../tally.ts';
import type { TaskLifecycle, TaskListener } from '../task-lifecycle.ts';
import { DaemonScheduler } from './daemon-scheduler.ts';
import { obstacle } from './placement.ts';
import { placementRequest, ReplicaScheduler } from './replica-scheduler.ts';
import { ServiceEvents } from './service-events.ts';

/** Until the scheduler notices (guess); it is not told by a transaction, it looks. */
const REACTION_SECONDS = [0.2, 1.5] as const;
/**
 * ECS keeps trying to place; the outcome can only change with capacity, which is noticed, so this
 * is for the event.
 */
const PLACE_AGAIN_SECONDS = 6 * 3600;
/**
 * A steady service says so again ("repeated periodically", "Amazon ECS service event messages"; the
 * period is a guess).
 */
const STEADY_AGAIN_SECONDS = 6 * 3600;

interface ServiceSchedulerParts {
  readonly kernel: Kernel;
  readonly ledger: Ledger;
  readonly bus: BusEvents;
  readonly lifecycle: TaskLifecycle;
  readonly drainHonoursProtection: boolean;
}

export class ServiceScheduler implements TaskListener {
  /** By service ARN: how many tasks were started to replace another. */
  readonly taskMoves = new Map<string, number>();
  readonly #kernel: Kernel;
  readonly #ledger: Ledger;
  readonly #lifecycle: TaskLifecycle;
  readonly #events: ServiceEvents;
  readonly #replicas: ReplicaScheduler;
  readonly #daemons: DaemonScheduler;
  readonly #retried = new Set<Service>();

  constructor(parts: ServiceSchedulerParts) {
    this.#kernel = parts.kernel;
    this.#ledger = parts.ledger;
    this.#lifecycle = parts.lifecycle;
    this.#events = new ServiceEvents(parts.kernel, parts.bus);
    const onMove = ({ arn }: Service) =>
      void this.taskMoves.set(arn, (this.taskMoves.get(arn) ?? 0) + 1);
    this.#replicas = new ReplicaScheduler({ ...parts, events: this.#events, onMove });
    this.#daemons = new DaemonScheduler({ ...parts, events: this.#events, onMove });
    parts.lifecycle.listen(this);
  }

  taskChanged({ service, instance }: Task): void {
    if (service) this.look(service);
    if (instance.status === 'DRAINING' && instance.replicaTasksCount === 0)
      this.#lookAtDaemonsOf(instance);
  }

  taskStopped({ service, instance }: Task): void {
    if (service?.schedulingStrategy === 'DAEMON') service.dirtyInstances.add(instance);
    this.capacityGrew(instance);
  }

  taskRegistered({ service }: Task): void {
    if (service) this.#events.registered(service);
  }

  /** The instance may hold other tasks than before: its status or its attributes changed. */
  standingChanged(instance: ContainerInstance): void {
    for (const task of instance.tasks) if (task.service) this.#lifecycle.reconsider(task);
    this.#lookAtDaemonsOf(instance);
    this.capacityGrew(instance);
  }

  /**
   * Something fits here now that did not before. Daemons are served first ("Amazon ECS services").
   */
  capacityGrew(instance: ContainerInstance): void {
    if (instance.status !== 'ACTIVE' || !instance.agentConnected) return;
    const { cluster } = instance;
    for (const service of cluster.daemons) {
      service.dirtyInstances.add(instance);
      this.#daemons.reconcile(service);
    }
    for (const service of cluster.starving) {
      const request = placementRequest(service);
      if (request && obstacle(instance, request) === undefined) this.look(service);
    }
  }

  /** Has the scheduler look at the service soon. */
  look(service: Service): void {
    if (service.timer || service.status !== 'ACTIVE') return;
    const [low, high] = REACTION_SECONDS;
    const seconds = this.#kernel.random.stream('ecs.scheduler').between(low, high);
    service.timer = this.#kernel.clock.after(Math.round(seconds * 1000), () => {
      service.timer = undefined;
      this.#reconcile(service);
    });
  }

  /** A service as the fleet file has it: steady if it is whole, else something to look at. */
  settle(service: Service): void {
    if (this.#isSettled(service)) service.steadyAt = this.#kernel.clock.now();
    else this.#lookEverywhere(service);
  }

  /** Starts a deployment; the tasks of the one before become those to be replaced. */
  deploy(service: Service, taskDefinition: TaskDefinition): void {
    const now = this.#kernel.clock.now();
    const deployment: Deployment = {
      id: newDeploymentId(this.#kernel, this.#ledger),
      taskDefinition,
      status: 'PRIMARY',
      rolloutState: 'IN_PROGRESS',
      createdAt: now,
      updatedAt: now,
      runningCount: 0,
      pendingCount: 0,
      failedTasks: 0,
    };
    for (const older of service.deployments) older.status = 'ACTIVE';
    service.deployments.unshift(deployment);
    service.steadyAt = undefined;
    for (const task of service.tasks) retally(task);
    this.#kernel.log.append('ecs', 'deployment-started', service.arn, { id: deployment.id });
    this.#events.deploymentChanged(service, deployment);
    this.look(service);
  }

  #lookEverywhere(service: Service): void {
    if (service.schedulingStrategy === 'DAEMON')
      for (const instance of service.cluster.instances.values())
        service.dirtyInstances.add(instance);
    this.look(service);
  }

  #reconcile(service: Service): void {
    if (service.status !== 'ACTIVE') return;
    if (service.schedulingStrategy === 'DAEMON') this.#daemons.reconcile(service);
    else this.#replicas.reconcile(service);
    if (service.cluster.starving.has(service)) this.#placeAgainLater(service);
    this.#concludeDeployment(service);
    this.#judgeSteadiness(service);
  }

  #placeAgainLater(service: Service): void {
    if (this.#retried.has(service)) return;
    this.#retried.add(service);
    this.#kernel.clock.after(PLACE_AGAIN_SECONDS * 1000, () => {
      this.#retried.delete(service);
      if (service.cluster.starving.has(service)) this.look(service);
    });
  }

  #lookAtDaemonsOf(instance: ContainerInstance): void {
    for (const service of instance.cluster.daemons) {
      service.dirtyInstances.add(instance);
      this.look(service);
    }
  }

  #isWhole({ keeping, leaving, healthyCount, desiredCount }: Service): boolean {
    return leaving.size === 0 && keeping.size === desiredCount && healthyCount === desiredCount;
  }

  #isSettled(service: Service): boolean {
    return this.#isWhole(service) && service.tasks.size === service.keeping.size;
  }

  #concludeDeployment(service: Service): void {
    const [primary, ...older] = service.deployments;
    if (!primary || primary.rolloutState === 'COMPLETED' || !this.#isWhole(service)) return;
    if (older.some(({ runningCount, pendingCount }) => runningCount + pendingCount > 0)) return;
    service.deployments = [primary];
    primary.rolloutState = 'COMPLETED';
    primary.updatedAt = this.#kernel.clock.now();
    this.#events.deploymentChanged(service, primary);
  }

  #judgeSteadiness(service: Service): void {
    if (!this.#isSettled(service)) service.steadyAt = undefined;
    else if (service.steadyAt === undefined)
      this.#sayStaysSteady(service, this.#kernel.clock.now());
  }

  #sayStaysSteady(service: Service, since: number): void {
    service.steadyAt = since;
    this.#events.steady(service);
    this.#kernel.clock.after(STEADY_AGAIN_SECONDS * 1000, () => {
      if (service.steadyAt === since) this.#sayStaysSteady(service, since);
    });
  }
}

export function newDeploymentId(kernel: Kernel, ledger: Ledger): string {
  const random = kernel.random.stream('ecs.deployment-id');
  const digits = () => Array.from({ length: 19 }, () => random.integer(0, 9)).join('');
  return ledger.newId(() => `ecs-svc/${digits()}`);
}
