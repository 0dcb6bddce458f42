// Replaces instances that a group's health checks find bad; a reboot can look like that.
//
// Source: Auto Scaling user guide "Health checks for instances in an Auto Scaling group": a machine
// that EC2 does not call running is unhealthy at once; impaired status checks get "a few minutes";
// none of it in Standby.

import type { Kernel } from '../kernel/kernel.ts';
import type { Capacity } from './capacity.ts';
import type { Group, GroupHosts, GroupInstance, Groups } from './groups.ts';

/**
 * Status checks look once a minute and the group waits "a few minutes"; together, in seconds. A
 * guess of the split.
 */
const IMPAIRED_SECONDS = { low: 240, high: 420 };
/**
 * Two failed target checks of 30 s, and the group's own look at them; in seconds. A guess of the
 * usual.
 */
const ELB_UNHEALTHY_SECONDS = { low: 60, high: 120 };
/** How long a machine may be away when the fault file does not say. */
const FAULT_SECONDS = 30;

export interface HealthParts {
  readonly groups: Groups;
  readonly hosts: GroupHosts;
  readonly capacity: Capacity;
}

export class GroupHealth {
  readonly #kernel: Kernel;
  readonly #parts: HealthParts;

  /**
   * Fault `asg-replaces-unhealthy` (F52; `seconds` the machine may be away), asked when a member's
   * operating system goes down, with the EC2 instance id as subject.
   */
  constructor(kernel: Kernel, parts: HealthParts) {
    this.#kernel = kernel;
    this.#parts = parts;
    kernel.signals.on('host-down', ({ ec2InstanceId, why }) => {
      if (why !== 'terminate') this.#down(ec2InstanceId);
    });
  }

  /**
   * Replaces what is marked unhealthy, unless the process is suspended; asked again when processes
   * resume.
   */
  replaceUnhealthy(group: Group): void {
    const { capacity } = this.#parts;
    if (capacity.isSuspended(group, 'ReplaceUnhealthy')) return;
    if (capacity.isSuspended(group, 'Terminate')) return;
    for (const instance of [...group.instances.values()]) {
      if (instance.healthStatus === 'Healthy' || instance.lifecycleState !== 'InService') continue;
      const cause = `an instance was taken out of service in response to ${this.#checkOf(group)}.`;
      capacity.terminate(group, instance, 'unhealthy', cause);
      capacity.balance(
        group,
        'an instance was started in response to an instance needing to be replaced.',
      );
    }
  }

  #checkOf(group: Group): string {
    return group.healthCheckType.includes('ELB')
      ? 'an ELB system health check failure'
      : 'an EC2 health check indicating it is impaired';
  }

  #down(ec2InstanceId: string): void {
    const found = this.#parts.groups.ofInstance(ec2InstanceId);
    if (!found) return;
    const { group, instance } = found;
    const fault = this.#kernel.faults.strikes('asg-replaces-unhealthy', ec2InstanceId);
    const patience = fault
      ? Number(fault.parameters?.seconds ?? FAULT_SECONDS)
      : this.#patienceSeconds(group);
    const downAt = this.#kernel.clock.now();
    this.#lastDown.set(ec2InstanceId, downAt);
    this.#kernel.clock.after(patience * 1000, () => this.#judge(group, instance, downAt));
  }

  /** When each machine went down last; a later reboot starts its own patience. */
  readonly #lastDown = new Map<string, number>();

  #patienceSeconds(group: Group): number {
    const { low, high } = group.healthCheckType.includes('ELB')
      ? ELB_UNHEALTHY_SECONDS
      : IMPAIRED_SECONDS;
    return this.#kernel.random.stream('autoscaling.health').between(low, high);
  }

  #judge(group: Group, instance: GroupInstance, downAt: number): void {
    const { capacity, hosts } = this.#parts;
    const { ec2InstanceId } = instance;
    if (this.#lastDown.get(ec2InstanceId) !== downAt) return;
    if (hosts.get(ec2InstanceId)?.state === 'running') return;
    if (instance.lifecycleState !== 'InService') return;
    if (capacity.isSuspended(group, 'HealthCheck')) return;
    const ageSeconds = (this.#kernel.clock.now() - instance.launchedAt) / 1000;
    if (ageSeconds < group.healthCheckGracePeriodSeconds) return;
    instance.healthStatus = 'Unhealthy';
    this.#kernel.log.append('autoscaling', 'instance-unhealthy', ec2InstanceId, {
      group: group.name,
    });
    this.replaceUnhealthy(group);
  }
}
