// Moves tasks as the ECS service scheduler does: what drains is replaced within each service's percentages.
//
// The rules and durations are the simulator's (simulator/ecs/scheduler, simulator/ecs/task-durations.ts); left out are
// failures, disconnections, deployments and network interfaces.

import {
  ACTIVATING,
  AGENT_LATENCY,
  exitOf,
  PENDING,
  type Span,
} from '../../simulator/ecs/task-durations.ts';
import type { Random, RandomStream } from '../../simulator/kernel/random.ts';
import {
  type ModelFleet,
  type ModelInstance,
  type ModelService,
  type ModelTask,
  occupy,
} from './model-fleet.ts';
import type { Timeline } from './timeline.ts';

/** simulator/ecs/scheduler/service-scheduler.ts */
const REACTION: Span = [0.2, 1.5];
/** simulator/ecs/task-health.ts: without any health check. */
const HEALTH_WAIT_SECONDS = 40;

interface ServiceState {
  readonly tasks: Set<ModelTask>;
  readonly perZone: Map<string, number>;
  readonly perInstance: Map<ModelInstance, number>;
  planned: boolean;
}

function add<K>(counts: Map<K, number>, key: K, number: number): void {
  counts.set(key, (counts.get(key) ?? 0) + number);
}

export class TaskWorld {
  /** Replacements started so far. */
  moves = 0;
  readonly #timeline: Timeline;
  readonly #fleet: ModelFleet;
  readonly #random: RandomStream;
  readonly #states = new Map<ModelService, ServiceState>();
  readonly #starving = new Set<ModelService>();
  readonly #whenEmpty = new Map<ModelInstance, () => void>();
  readonly #whenServed = new Map<ModelInstance, () => void>();
  #serial = 0;

  constructor(timeline: Timeline, fleet: ModelFleet, random: Random) {
    this.#timeline = timeline;
    this.#fleet = fleet;
    this.#random = random.stream('bench.tasks');
    for (const service of fleet.services) {
      const tasks = new Set<ModelTask>();
      this.#states.set(service, {
        tasks,
        perZone: new Map(),
        perInstance: new Map(),
        planned: false,
      });
    }
    for (const task of fleet.tasks) this.#count(task, 1);
  }

  /** Names of REPLICA services that run fewer tasks than they desire. */
  short(): { serviceName: string; running: number; desired: number }[] {
    return this.#fleet.services.flatMap((service) => {
      if (service.isDaemon) return [];
      const running = [...this.#tasks(service)].filter((task) => task.state === 'running').length;
      return [{ serviceName: service.name, running, desired: service.desired }];
    });
  }

  /** @param emptied Called once the last task on it has stopped. */
  drain(instance: ModelInstance, emptied: () => void): void {
    instance.status = 'DRAINING';
    this.#whenEmpty.set(instance, emptied);
    for (const task of instance.tasks) {
      task.leaving = true;
      if (task.state !== 'stopping') this.#recount(task, -1);
      this.#plan(task.service);
    }
    this.#lookAt(instance);
  }

  /** @param served Called once its daemons run again. */
  activate(instance: ModelInstance, served: () => void): void {
    instance.status = 'ACTIVE';
    const daemons = this.#fleet.services.filter((service) => service.isDaemon);
    this.#whenServed.set(instance, served);
    for (const service of daemons) this.#after(REACTION, () => this.#start(service, instance));
    for (const service of this.#starving) this.#plan(service);
    if (daemons.length === 0) this.#serve(instance);
  }

  #tasks(service: ModelService): Set<ModelTask> {
    return this.#states.get(service)!.tasks;
  }

  #count(task: ModelTask, sign: 1 | -1): void {
    const { tasks } = this.#states.get(task.service)!;
    if (sign === 1) tasks.add(task);
    else tasks.delete(task);
    if (!task.leaving) this.#recount(task, sign);
  }

  /** Tasks that stay are what placement spreads. */
  #recount(task: ModelTask, sign: 1 | -1): void {
    const { perZone, perInstance } = this.#states.get(task.service)!;
    add(perZone, task.instance.zone, sign);
    add(perInstance, task.instance, sign);
  }

  #plan(service: ModelService): void {
    const state = this.#states.get(service)!;
    if (state.planned || service.isDaemon) return;
    state.planned = true;
    this.#after(REACTION, () => {
      state.planned = false;
      this.#reconcile(service);
    });
  }

  /** What may start, starts; then what may stop, stops. */
  #reconcile(service: ModelService): void {
    const tasks = [...this.#tasks(service)];
    const { desired, minimumHealthyPercent, maximumPercent } = service;
    for (const task of tasks) if (task.leaving && task.state === 'starting') this.#stop(task);
    const keeping = tasks.filter((task) => !task.leaving && task.state !== 'stopping').length;
    const high = Math.floor((desired * maximumPercent) / 100);
    const room = Math.min(desired - keeping, high - this.#tasks(service).size);
    this.#starving.delete(service);
    for (let started = 0; started < room; started++) {
      const instance = this.#place(service);
      if (!instance) {
        this.#starving.add(service);
        break;
      }
      this.moves++;
      this.#start(service, instance);
    }
    const low = Math.ceil((desired * minimumHealthyPercent) / 100);
    const healthy = tasks.filter((task) => task.healthy && task.state === 'running').length;
    let spare = healthy - low;
    for (const task of tasks) {
      if (!task.leaving || task.state !== 'running') continue;
      if (task.healthy && --spare < 0) break;
      this.#stop(task);
    }
  }

  /** Spread over zones, then over container instances; among equals by chance. */
  #place(service: ModelService): ModelInstance | undefined {
    const { perZone, perInstance } = this.#states.get(service)!;
    let found: ModelInstance[] = [];
    let best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
    for (const instance of this.#fleet.instances) {
      if (!this.#fits(instance, service)) continue;
      const load = [perZone.get(instance.zone) ?? 0, perInstance.get(instance) ?? 0] as const;
      const order = load[0] - best[0] || load[1] - best[1];
      if (order > 0) continue;
      if (order < 0) found = [];
      best = load;
      found.push(instance);
    }
    return found.length === 0 ? undefined : found[this.#random.integer(0, found.length - 1)];
  }

  #fits(instance: ModelInstance, service: ModelService): boolean {
    return (
      instance.status === 'ACTIVE' &&
      instance.cpuUnits >= service.cpuUnits &&
      instance.memoryMebibytes >= service.memoryMebibytes &&
      (service.architecture === undefined || service.architecture === instance.architecture) &&
      (service.hostPort === undefined || !instance.ports.has(service.hostPort))
    );
  }

  #start(service: ModelService, instance: ModelInstance): void {
    const arn = `task-${this.#serial++}`;
    const task: ModelTask = {
      arn,
      service,
      instance,
      state: 'starting',
      leaving: instance.status !== 'ACTIVE',
      healthy: false,
    };
    occupy(task, 1);
    this.#count(task, 1);
    this.#after(PENDING, () => this.#after(ACTIVATING, () => this.#run(task)));
  }

  #run(task: ModelTask): void {
    if (task.state !== 'starting') return;
    task.state = 'running';
    const { service, instance } = task;
    if (service.isDaemon) {
      task.healthy = true;
      this.#serve(instance);
      return;
    }
    // The load balancer's own rhythm decides when its first check falls; HTTP needs only one (target-health.ts).
    const wait: Span =
      service.deregistrationDelaySeconds === undefined
        ? [HEALTH_WAIT_SECONDS, HEALTH_WAIT_SECONDS]
        : [0, service.healthCheckIntervalSeconds];
    this.#after(wait, () => {
      task.healthy = true;
      this.#plan(service);
    });
  }

  #stop(task: ModelTask): void {
    const wasRunning = task.state === 'running';
    if (!task.leaving) this.#recount(task, -1);
    task.state = 'stopping';
    const { service } = task;
    if (!wasRunning) {
      this.#after(AGENT_LATENCY, () => this.#stopped(task));
      return;
    }
    const delay = service.deregistrationDelaySeconds ?? 0;
    this.#timeline.after(delay, () =>
      this.#after(AGENT_LATENCY, () => {
        const { seconds } = exitOf(this.#random, service.stopTimeoutSeconds);
        this.#timeline.after(seconds, () => this.#stopped(task));
      }),
    );
  }

  #stopped(task: ModelTask): void {
    occupy(task, -1);
    this.#states.get(task.service)!.tasks.delete(task);
    this.#plan(task.service);
    for (const service of this.#starving) this.#plan(service);
    if (task.instance.status === 'DRAINING') this.#lookAt(task.instance);
  }

  /** Daemons are the last to stop, after all replica tasks. */
  #lookAt(instance: ModelInstance): void {
    if (instance.tasks.size === 0) {
      const emptied = this.#whenEmpty.get(instance);
      this.#whenEmpty.delete(instance);
      emptied?.();
      return;
    }
    const left = [...instance.tasks];
    if (left.some((task) => !task.service.isDaemon)) return;
    for (const task of left) {
      if (task.state !== 'stopping') this.#after(REACTION, () => this.#stopDaemon(task));
    }
  }

  #stopDaemon(task: ModelTask): void {
    if (task.state !== 'stopping') this.#stop(task);
  }

  #serve(instance: ModelInstance): void {
    const daemons = this.#fleet.services.filter((service) => service.isDaemon).length;
    const up = [...instance.tasks].filter((task) => task.service.isDaemon && task.healthy).length;
    if (up < daemons) return;
    const served = this.#whenServed.get(instance);
    this.#whenServed.delete(instance);
    served?.();
  }

  #after([low, high]: Span, happen: () => void): void {
    this.#timeline.after(low === high ? low : this.#random.between(low, high), happen);
  }
}
