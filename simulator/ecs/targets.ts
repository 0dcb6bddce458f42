// Knows which task is behind which load balancer target, and whether its targets are healthy or
// gone.

import type { TargetGroups, TargetState } from '../kernel/target-groups.ts';
import type { RegisteredTarget, Task } from './model.ts';

const keyOf = (targetGroupArn: string, id: string, port: number) =>
  `${targetGroupArn} ${id}:${port}`;

export class Targets {
  readonly #groups: TargetGroups;
  readonly #tasks = new Map<string, Task>();

  /** @param onChange Told when a target of a task changed its state. */
  constructor(groups: TargetGroups, onChange: (task: Task, state: TargetState) => void) {
    this.#groups = groups;
    groups.onChange((targetGroupArn, { id, port }, state) => {
      const task = this.#tasks.get(keyOf(targetGroupArn, id, port));
      if (task) onChange(task, state);
    });
  }

  register(task: Task): void {
    for (const target of task.targets) {
      this.#tasks.set(this.#key(target), task);
      this.#groups.register(target.targetGroupArn, target);
    }
  }

  /**
   * A task that has been behind its load balancer since before the run: registered and healthy
   * already.
   */
  adopt(task: Task): void {
    for (const target of task.targets) {
      this.#tasks.set(this.#key(target), task);
      const { targetGroupArn } = target;
      if (this.#groups.adopt) this.#groups.adopt(targetGroupArn, target);
      else this.#groups.register(targetGroupArn, target);
    }
  }

  deregister(task: Task): void {
    for (const target of task.targets) this.#groups.deregister(target.targetGroupArn, target);
  }

  forget(task: Task): void {
    for (const target of task.targets) {
      const key = this.#key(target);
      if (this.#tasks.get(key) === task) this.#tasks.delete(key);
    }
  }

  allHealthy(task: Task): boolean {
    return task.targets.every((target) => this.#state(target) === 'healthy');
  }

  someUnhealthy(task: Task): boolean {
    return task.targets.some((target) => this.#state(target) === 'unhealthy');
  }

  allUnused(task: Task): boolean {
    return task.targets.every((target) => this.#state(target) === 'unused');
  }

  #state(target: RegisteredTarget): TargetState {
    return this.#groups.state(target.targetGroupArn, target);
  }

  #key({ targetGroupArn, id, port }: RegisteredTarget): string {
    return keyOf(targetGroupArn, id, port);
  }
}
