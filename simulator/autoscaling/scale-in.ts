// Acts as ECS does on a group: protects instances with tasks, and takes empty ones away.
//
// Source: ECS developer guide "Control the instances Amazon ECS terminates" and "Automatically
// manage Amazon ECS capacity with cluster auto scaling".

import { watchFault } from '../faults/watch.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Capacity } from './capacity.ts';
import type { Group, GroupInstance, Groups } from './groups.ts';

/** ECS follows a change of tasks after so many seconds; a guess (the guide names no figure). */
const PROTECTION_SECONDS = { low: 2, high: 15 };

export interface ScaleInParts {
  readonly groups: Groups;
  readonly capacity: Capacity;
}

export class ManagedScaleIn {
  readonly #kernel: Kernel;
  readonly #parts: ScaleInParts;
  /** Non-daemon tasks by EC2 instance id, as ECS last said. */
  readonly #tasks = new Map<string, number>();
  /** Instances whose protection will be looked at soon; many changes make one look. */
  readonly #awaited = new Set<string>();

  /** Fault `scale-in` (F51), looked for again and again with the group's name as subject. */
  constructor(kernel: Kernel, parts: ScaleInParts) {
    this.#kernel = kernel;
    this.#parts = parts;
    kernel.signals.on('tasks-changed', ({ ec2InstanceId, nonDaemonTasks }) => {
      this.#tasks.set(ec2InstanceId, nonDaemonTasks);
      this.#protectLater(ec2InstanceId);
    });
    watchFault(kernel, {
      name: 'scale-in',
      subjects: () => parts.groups.all().map((group) => group.name),
      strike: (name) => this.#scaleIn(parts.groups.get(name)),
    });
  }

  /** Only non-daemon tasks protect: a drained instance loses its protection. */
  #protectLater(ec2InstanceId: string): void {
    const group = this.#parts.groups.ofInstance(ec2InstanceId)?.group;
    if (!group?.isTerminationProtectionManaged) return;
    const { low, high } = PROTECTION_SECONDS;
    if (this.#awaited.has(ec2InstanceId)) return;
    this.#awaited.add(ec2InstanceId);
    const wait = this.#kernel.random.stream('autoscaling.protection').between(low, high);
    this.#kernel.clock.after(wait * 1000, () => {
      this.#awaited.delete(ec2InstanceId);
      const instance = group.instances.get(ec2InstanceId);
      if (instance) this.#protect(instance, (this.#tasks.get(ec2InstanceId) ?? 0) > 0);
    });
  }

  #protect(instance: GroupInstance, isProtected: boolean): void {
    if (instance.protectedFromScaleIn === isProtected) return;
    instance.protectedFromScaleIn = isProtected;
    const detail = { isProtected, by: 'ecs' };
    this.#kernel.log.append('autoscaling', 'protection-set', instance.ec2InstanceId, detail);
  }

  /**
   * One step of the target-tracking policy: one empty, unprotected instance fewer, never below the
   * minimum.
   */
  #scaleIn(group: Group): void {
    const { capacity } = this.#parts;
    const empty = capacity
      .scaleInCandidates(group)
      .find(({ ec2InstanceId }) => this.#tasks.get(ec2InstanceId) === 0);
    const isBlocked =
      capacity.isSuspended(group, 'Terminate') || capacity.isSuspended(group, 'AlarmNotification');
    if (!empty || isBlocked || group.desiredCapacity <= group.minSize) {
      this.#kernel.log.append('autoscaling', 'scale-in-found-nothing', group.name);
      return;
    }
    const from = group.desiredCapacity--;
    const cause =
      `a monitor alarm TargetTracking-${group.name}-AlarmLow in state ALARM triggered policy ` +
      `ECSManagedAutoScalingPolicy changing the desired capacity from ${from} to ${group.desiredCapacity}.`;
    capacity.terminate(group, empty, 'scale-in', cause);
  }
}
