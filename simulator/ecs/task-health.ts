// Decides when a running task counts as healthy, and when its load balancer has given it up.

import type { Kernel } from '../kernel/kernel.ts';
import type { TargetState } from '../kernel/target-groups.ts';
import type { Task } from './model.ts';
import type { Targets } from './targets.ts';

/**
 * Without any health check a task counts as healthy so long after RUNNING (botocore ecs
 * DeploymentConfiguration).
 */
const HEALTH_WAIT_SECONDS = 40;

const mayBeJudged = ({ lastStatus, desiredStatus }: Task) =>
  lastStatus === 'RUNNING' && desiredStatus === 'RUNNING';

export class TaskHealth {
  readonly #kernel: Kernel;
  readonly #targets: Targets;
  readonly #onChange: (task: Task) => void;

  /** @param onChange Told when a task became healthy or unhealthy. */
  constructor(kernel: Kernel, targets: Targets, onChange: (task: Task) => void) {
    this.#kernel = kernel;
    this.#targets = targets;
    this.#onChange = onChange;
  }

  /**
   * From RUNNING on: container health check, target health, or both; 40 seconds when there is
   * neither.
   */
  watch(task: Task): void {
    const { healthCheckSeconds } = task.taskDefinition;
    if (healthCheckSeconds === undefined && task.targets.length > 0) {
      task.containersHealthy = true;
      this.#judge(task);
      return;
    }
    const seconds = healthCheckSeconds ?? HEALTH_WAIT_SECONDS;
    task.healthTimer = this.#kernel.clock.after(seconds * 1000, () => {
      task.containersHealthy = true;
      this.#judge(task);
    });
  }

  targetChanged(task: Task, state: TargetState): void {
    if (!mayBeJudged(task)) return;
    if (task.targetsTrusted && state === 'initial') return;
    task.targetsTrusted = false;
    this.#judge(task);
    if (state === 'unhealthy') this.#giveUpAfterGrace(task);
  }

  #judge(task: Task): void {
    if (!mayBeJudged(task)) return;
    const targetsHealthy = task.targetsTrusted || this.#targets.allHealthy(task);
    const healthy = task.containersHealthy && targetsHealthy;
    if (healthy === task.healthy) return;
    task.healthy = healthy;
    this.#kernel.log.append('ecs', healthy ? 'task-healthy' : 'task-unhealthy', task.arn);
    this.#onChange(task);
  }

  /**
   * "The period of time that the service scheduler ignores unhealthy load balancer checks"
   * (botocore ecs Service).
   */
  #giveUpAfterGrace(task: Task): void {
    const graceSeconds = task.service?.healthCheckGracePeriodSeconds ?? 0;
    const until = (task.startedAt ?? 0) + graceSeconds * 1000;
    if (until <= this.#kernel.clock.now()) this.#giveUp(task);
    else this.#kernel.clock.at(until, () => this.#giveUp(task));
  }

  /**
   * "If a task fails the load balancer health check, it is stopped and replaced" ("Amazon ECS
   * services").
   */
  #giveUp(task: Task): void {
    if (!mayBeJudged(task) || task.failedTargetHealth) return;
    if (!this.#targets.someUnhealthy(task)) return;
    task.failedTargetHealth = true;
    this.#kernel.log.append('ecs', 'task-failed-target-health', task.arn);
    this.#onChange(task);
  }
}
