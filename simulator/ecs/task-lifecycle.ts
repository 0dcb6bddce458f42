// Carries a task through its life, from placement to STOPPED, on the agent's and the load
// balancer's word.

import type { Kernel } from '../kernel/kernel.ts';
import type { TargetGroups } from '../kernel/target-groups.ts';
import type { BusEvents } from './bus-events.ts';
import type { Ledger } from './ledger.ts';
import type { ContainerInstance, StopCode, Task, TaskStatus } from './model.ts';
import { isStarting, retally } from './tally.ts';
import { Targets } from './targets.ts';
import {
  ACTIVATING,
  AGENT_LATENCY,
  exitOf,
  lateExit,
  NETWORK_INTERFACE,
  PENDING,
  RECONCILE,
  type Span,
} from './task-durations.ts';
import { TaskHealth } from './task-health.ts';
import { createTask, retireTask, type TaskRequest } from './task-records.ts';

const EXITED = 'Essential container in task exited';

export interface StopRequest {
  readonly code: StopCode;
  readonly reason: string;
}

/** Who wants to know how tasks fare. */
export interface TaskListener {
  taskChanged(task: Task): void;
  taskStopped(task: Task): void;
  /** Its targets were registered with the load balancer. */
  taskRegistered(task: Task): void;
}

export class TaskLifecycle {
  readonly #kernel: Kernel;
  readonly #ledger: Ledger;
  readonly #bus: BusEvents;
  readonly #targets: Targets;
  readonly #health: TaskHealth;
  readonly #listeners: TaskListener[] = [];

  constructor(kernel: Kernel, ledger: Ledger, bus: BusEvents, targetGroups: TargetGroups) {
    this.#kernel = kernel;
    this.#ledger = ledger;
    this.#bus = bus;
    this.#targets = new Targets(targetGroups, (task, state) => {
      if (task.lastStatus === 'DEACTIVATING') this.#deactivate(task);
      else this.#health.targetChanged(task, state);
    });
    this.#health = new TaskHealth(kernel, this.#targets, (task) => this.reconsider(task));
  }

  listen(listener: TaskListener): void {
    this.#listeners.push(listener);
  }

  /** Places a task; it is shown as PENDING, with awsvpc as PROVISIONING, at once. */
  start(request: TaskRequest): Task {
    const task = createTask(this.#kernel, this.#ledger, request);
    if (task.taskDefinition.networkMode === 'awsvpc') task.lastStatus = 'PROVISIONING';
    this.#show(task, 'task-placed');
    this.#bus.containerInstanceChanged(task.instance);
    if (task.service?.schedulingStrategy !== 'DAEMON') this.tellNonDaemonTasks(task.instance);
    this.#beginStart(task);
    return task;
  }

  /** A task that has been running, steadily, since before the run. */
  adopt(request: TaskRequest): Task {
    const task = createTask(this.#kernel, this.#ledger, request);
    const { createdAt } = task;
    Object.assign(task, {
      lastStatus: 'RUNNING',
      version: 4,
      pullStartedAt: createdAt + 1000,
      pullStoppedAt: createdAt + 3000,
      startedAt: createdAt + 4000,
      healthy: true,
      containersHealthy: true,
      targetsTrusted: true,
    });
    retally(task);
    this.#targets.adopt(task);
    this.#scheduleEnd(task);
    return task;
  }

  /** Stops a task the polite way; does nothing for one that is stopping already. */
  stop(task: Task, { code, reason }: StopRequest): void {
    if (task.desiredStatus === 'STOPPED') return;
    const wasStarting = isStarting(task);
    task.desiredStatus = 'STOPPED';
    task.stopCode = code;
    task.stoppedReason = reason;
    task.stoppingAt = this.#kernel.clock.now();
    this.#halt(task);
    if (!wasStarting && task.targets.length > 0) {
      task.lastStatus = 'DEACTIVATING';
      this.#targets.deregister(task);
    }
    this.#show(task, 'task-stopping');
    this.#bus.containerInstanceChanged(task.instance);
    if (task.died) this.#onceConnected(task, () => this.#stopped(task));
    else if (wasStarting) this.#after(task, this.#draw(AGENT_LATENCY), () => this.#stopped(task));
    else if (task.lastStatus === 'DEACTIVATING') this.#deactivate(task);
    else this.#after(task, this.#draw(AGENT_LATENCY), () => this.#signalContainers(task));
  }

  /** Ends a task without its agent: its instance is terminated or deregistered. */
  abandon(task: Task, { code, reason }: StopRequest): void {
    task.stopCode ??= code;
    task.stoppedReason ??= reason;
    task.stoppingAt ??= this.#kernel.clock.now();
    if (task.lastStatus === 'RUNNING') this.#targets.deregister(task);
    this.#stopped(task);
  }

  /**
   * Every container on the host is gone. Nobody tells ECS: that is the agent's part, when it is
   * back.
   */
  hostDown(instance: ContainerInstance): void {
    for (const task of instance.tasks) {
      this.#halt(task);
      const hadContainers = task.lastStatus !== 'PROVISIONING' && task.lastStatus !== 'PENDING';
      task.died = hadContainers;
      if (hadContainers) {
        task.exitCode ??= 137;
        task.executionStoppedAt ??= this.#kernel.clock.now();
      }
      task.deferred = hadContainers
        ? () => this.#after(task, this.#draw(RECONCILE), () => this.#reportDeath(task))
        : () => this.#resume(task);
    }
  }

  /** The agent is connected again: what had to wait for it happens. */
  agentConnected(instance: ContainerInstance): void {
    for (const task of [...instance.tasks]) {
      const { deferred } = task;
      task.deferred = undefined;
      deferred?.();
    }
  }

  /**
   * Counts a task anew and tells whoever listens; used when its service or instance changed around
   * it.
   */
  reconsider(task: Task): void {
    retally(task);
    for (const listener of this.#listeners) listener.taskChanged(task);
  }

  /** For Auto Scaling: managed protection and scale-in look at tasks other than daemons'. */
  tellNonDaemonTasks({ ec2InstanceId, nonDaemonTasksCount }: ContainerInstance): void {
    const signal = { ec2InstanceId, nonDaemonTasks: nonDaemonTasksCount };
    this.#kernel.signals.emit('tasks-changed', signal);
  }

  #resume(task: Task): void {
    if (task.desiredStatus === 'STOPPED') this.#stopped(task);
    else this.#beginStart(task);
  }

  #reportDeath(task: Task): void {
    task.desiredStatus = 'STOPPED';
    task.stopCode ??= 'EssentialContainerExited';
    task.stoppedReason ??= EXITED;
    task.stoppingAt ??= this.#kernel.clock.now();
    if (task.lastStatus === 'RUNNING') this.#targets.deregister(task);
    this.#stopped(task);
  }

  #beginStart(task: Task): void {
    if (task.lastStatus === 'PROVISIONING') {
      this.#after(task, this.#draw(NETWORK_INTERFACE), () => {
        this.#move(task, 'PENDING', 'task-pending');
        this.#activate(task);
      });
    } else this.#activate(task);
  }

  #activate(task: Task): void {
    this.#after(task, this.#draw(PENDING), () => {
      task.pullStartedAt = this.#kernel.clock.now();
      this.#move(task, 'ACTIVATING', 'task-activating');
      const seconds = this.#draw(ACTIVATING);
      this.#after(task, seconds, () => this.#run(task, seconds));
    });
  }

  #run(task: Task, activatingSeconds: number): void {
    const now = this.#kernel.clock.now();
    task.startedAt = now;
    // The pull is most of ACTIVATING; container creation takes the rest.
    task.pullStoppedAt = Math.round(now - activatingSeconds * 300);
    this.#targets.register(task);
    this.#move(task, 'RUNNING', 'task-running');
    if (task.targets.length > 0)
      for (const listener of this.#listeners) listener.taskRegistered(task);
    this.#health.watch(task);
    this.#scheduleEnd(task);
  }

  /** SIGTERM only after the target is unused (ECS Developer Guide, "Connection draining"). */
  #deactivate(task: Task): void {
    if (task.timer || task.deferred || !this.#targets.allUnused(task)) return;
    this.#after(task, this.#draw(AGENT_LATENCY), () => this.#signalContainers(task));
  }

  #signalContainers(task: Task): void {
    this.#move(task, 'STOPPING', 'task-signalled');
    const random = this.#kernel.random.stream('ecs.task-exit');
    const { stopTimeoutSeconds } = task.taskDefinition;
    const exit = lateExit(this.#kernel.faults, task) ?? exitOf(random, stopTimeoutSeconds);
    task.exitCode = exit.exitCode;
    this.#after(task, exit.seconds, () => this.#exited(task));
  }

  #exited(task: Task): void {
    task.executionStoppedAt = this.#kernel.clock.now();
    if (task.taskDefinition.networkMode === 'awsvpc') {
      this.#move(task, 'DEPROVISIONING', 'task-deprovisioning');
      this.#after(task, this.#draw(NETWORK_INTERFACE), () => this.#stopped(task));
    } else this.#stopped(task);
  }

  #stopped(task: Task): void {
    if (task.lastStatus === 'STOPPED') return;
    const now = this.#kernel.clock.now();
    this.#halt(task);
    task.desiredStatus = 'STOPPED';
    task.executionStoppedAt ??= now;
    task.stoppedAt = now;
    this.#targets.forget(task);
    retireTask(this.#ledger, task);
    this.#move(task, 'STOPPED', 'task-stopped');
    this.#bus.containerInstanceChanged(task.instance);
    if (task.service?.schedulingStrategy !== 'DAEMON') this.tellNonDaemonTasks(task.instance);
    for (const listener of this.#listeners) listener.taskStopped(task);
  }

  /** A standalone task may end by itself. */
  #scheduleEnd(task: Task): void {
    if (task.endsAfterSeconds === undefined) return;
    task.endTimer = this.#kernel.clock.after(task.endsAfterSeconds * 1000, () => {
      task.exitCode = 0;
      task.executionStoppedAt = this.#kernel.clock.now();
      this.#onceConnected(task, () => this.#reportDeath(task));
    });
  }

  /** Nothing that was to happen to the task happens any more. */
  #halt(task: Task): void {
    for (const timer of [task.timer, task.healthTimer, task.endTimer]) timer?.cancel();
    task.timer = undefined;
    task.healthTimer = undefined;
    task.endTimer = undefined;
    task.deferred = undefined;
  }

  #move(task: Task, status: TaskStatus, happening: string): void {
    task.lastStatus = status;
    this.#show(task, happening);
  }

  #show(task: Task, happening: string): void {
    this.#kernel.log.append('ecs', happening, task.arn, {
      ec2InstanceId: task.instance.ec2InstanceId,
      group: task.group,
      lastStatus: task.lastStatus,
      desiredStatus: task.desiredStatus,
    });
    this.reconsider(task);
    this.#bus.taskChanged(task);
  }

  #draw([low, high]: Span): number {
    return this.#kernel.random.stream('ecs.task-duration').between(low, high);
  }

  #after(task: Task, seconds: number, step: () => void): void {
    task.timer = this.#kernel.clock.after(Math.round(seconds * 1000), () => {
      task.timer = undefined;
      this.#onceConnected(task, step);
    });
  }

  #onceConnected(task: Task, step: () => void): void {
    if (task.instance.agentConnected) step();
    else task.deferred = step;
  }
}
