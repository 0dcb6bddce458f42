// Keeps each group at its desired capacity: launches what is missing, terminates what is too much.

import type { FleetHost } from '../fleet-file/schema.ts';
import { arn, type Kernel } from '../kernel/kernel.ts';
import type { Activities, Activity } from './activities.ts';
import {
  countedOf,
  type Group,
  type GroupHosts,
  type GroupInstance,
  type Groups,
  type Process,
} from './groups.ts';

/** Makes a machine a container instance once its ECS agent runs; ECS gives it. */
export type RegisterContainerInstance = (clusterName: string, ec2InstanceId: string) => void;

export type TerminateReason = 'scale-in' | 'unhealthy' | 'request';

/**
 * Auto Scaling compares capacity "periodically"; this long after a change, in seconds. A guess of
 * the usual.
 */
const BALANCE_SECONDS = { low: 5, high: 30 };
/** Launch request to `InService`, in seconds; a guess of the usual. */
const LAUNCH_SECONDS = { low: 15, high: 40 };
/** `Terminating` to gone from the group, in seconds; a guess of the usual. */
const TERMINATE_SECONDS = { low: 30, high: 90 };

export interface CapacityParts {
  readonly groups: Groups;
  readonly hosts: GroupHosts;
  readonly activities: Activities;
  readonly registerContainerInstance: RegisterContainerInstance;
}

export class Capacity {
  readonly #kernel: Kernel;
  readonly #parts: CapacityParts;
  readonly #balancing = new Set<string>();
  /** Launched here and not yet in their cluster: the cluster's name by EC2 instance id. */
  readonly #joining = new Map<string, string>();

  constructor(kernel: Kernel, parts: CapacityParts) {
    this.#kernel = kernel;
    this.#parts = parts;
    kernel.signals.on('instance-terminated', ({ ec2InstanceId }) => this.#lost(ec2InstanceId));
    kernel.signals.on('ecs-agent-up', ({ ec2InstanceId }) => this.#join(ec2InstanceId));
  }

  /**
   * Compares the group with its desired capacity a little later; many changes make one comparison.
   */
  balance(group: Group, cause: string): void {
    if (this.#balancing.has(group.name)) return;
    this.#balancing.add(group.name);
    this.#kernel.clock.after(this.#draw('autoscaling.balance', BALANCE_SECONDS), () => {
      this.#balancing.delete(group.name);
      const surplus = countedOf(group).length - group.desiredCapacity;
      if (surplus < 0) this.#launch(group, -surplus, cause);
      if (surplus > 0) this.#shrink(group, surplus, cause);
    });
  }

  isSuspended(group: Group, process: Process): boolean {
    return group.suspended.has(process);
  }

  /** Takes an instance out of the group and ends its machine. */
  terminate(group: Group, instance: GroupInstance, why: TerminateReason, cause: string): Activity {
    const { ec2InstanceId, availabilityZone } = instance;
    const description = `Terminating EC2 instance: ${ec2InstanceId}`;
    const activity = this.#parts.activities.begin(group, { description, cause, availabilityZone });
    this.#leave(group, instance, activity);
    this.#parts.hosts.get(ec2InstanceId)?.terminate(why);
    return activity;
  }

  /** Instances that scale-in may take, in the order of the default termination policy. */
  scaleInCandidates(group: Group): readonly GroupInstance[] {
    const open = countedOf(group).filter((instance) => !instance.protectedFromScaleIn);
    const inZone = new Map<string, number>();
    for (const { availabilityZone } of countedOf(group))
      inZone.set(availabilityZone, (inZone.get(availabilityZone) ?? 0) + 1);
    // "Default": the zone with the most instances first, then the oldest.
    const size = (instance: GroupInstance) => inZone.get(instance.availabilityZone) ?? 0;
    return open.toSorted((a, b) => size(b) - size(a) || a.launchedAt - b.launchedAt);
  }

  #draw(purpose: string, { low, high }: { low: number; high: number }): number {
    return this.#kernel.random.stream(purpose).between(low, high) * 1000;
  }

  #shrink(group: Group, count: number, cause: string): void {
    if (this.isSuspended(group, 'Terminate')) return;
    for (let done = 0; done < count; done++) {
      const instance = this.scaleInCandidates(group)[0];
      if (!instance) return;
      this.terminate(group, instance, 'scale-in', cause);
    }
  }

  #launch(group: Group, count: number, cause: string): void {
    if (this.isSuspended(group, 'Launch')) return;
    for (let done = 0; done < count; done++) {
      const host = this.#newHost(group);
      if (!host) return;
      this.#begin(group, host, cause);
    }
  }

  #begin(group: Group, record: FleetHost, cause: string): void {
    const { availabilityZone, ec2InstanceId } = record;
    const { activities, hosts } = this.#parts;
    const description = `Launching a new EC2 instance: ${ec2InstanceId}`;
    const activity = activities.begin(group, { description, cause, availabilityZone });
    const host = hosts.add(record);
    const instance: GroupInstance = {
      ec2InstanceId,
      availabilityZone,
      instanceType: host.instanceType,
      launchedAt: this.#kernel.clock.now(),
      lifecycleState: 'Pending',
      healthStatus: 'Healthy',
      protectedFromScaleIn: group.newInstancesProtected,
    };
    group.instances.set(ec2InstanceId, instance);
    if (group.launches) this.#joining.set(ec2InstanceId, group.launches.clusterName);
    this.#kernel.signals.emit('instance-launched', {
      ec2InstanceId,
      autoScalingGroupName: group.name,
    });
    this.#kernel.clock.after(this.#draw('autoscaling.launch', LAUNCH_SECONDS), () => {
      if (instance.lifecycleState !== 'Pending') return activities.end(activity, 'Cancelled');
      instance.lifecycleState = 'InService';
      activities.end(activity);
      this.#announce(group, instance, 'EC2 Instance Launch Successful');
    });
  }

  /** A machine of the group's image, in the zone with the fewest instances. */
  #newHost(group: Group): FleetHost | undefined {
    const { launches } = group;
    if (!launches) {
      const cause = 'the simulator was asked for capacity.';
      const activity = this.#parts.activities.begin(group, {
        description: 'Launching a new EC2 instance',
        cause,
      });
      this.#parts.activities.end(activity, 'The fleet file does not say what this group launches.');
      return undefined;
    }
    const counted = countedOf(group);
    const load = (zone: string) => counted.filter((one) => one.availabilityZone === zone).length;
    const zone = group.availabilityZones.toSorted((a, b) => load(a) - load(b))[0];
    const { arch, variant, version } = launches;
    return {
      ec2InstanceId: this.#newInstanceId(),
      availabilityZone: zone ?? `${this.#kernel.region}a`,
      instanceType: launches.instanceType,
      bottlerocket: {
        version,
        variant,
        arch,
        settings: { versionLock: 'latest', ignoreWaves: false, adminContainerEnabled: false },
      },
      autoScalingGroupName: group.name,
      ssmRegistered: true,
      ssmPingStatus: 'Online',
      timings: {},
      tags: [{ key: 'aws:autoscaling:groupName', value: group.name }],
    };
  }

  /** A fleet file that a region with this seed gave may name machines that were launched there. */
  #newInstanceId(): string {
    const stream = this.#kernel.random.stream('autoscaling.launch-id');
    let id = `i-${stream.hex(17)}`;
    while (this.#parts.hosts.get(id)) id = `i-${stream.hex(17)}`;
    return id;
  }

  #join(ec2InstanceId: string): void {
    const clusterName = this.#joining.get(ec2InstanceId);
    if (clusterName === undefined) return;
    this.#joining.delete(ec2InstanceId);
    this.#parts.registerContainerInstance(clusterName, ec2InstanceId);
  }

  /** Somebody else ended the machine: the group notices, drops it, and fills the gap. */
  #lost(ec2InstanceId: string): void {
    this.#joining.delete(ec2InstanceId);
    const found = this.#parts.groups.ofInstance(ec2InstanceId);
    if (!found || found.instance.lifecycleState === 'Terminating') return;
    const { group, instance } = found;
    const cause =
      'an instance was taken out of service in response to an EC2 health check indicating it has ' +
      'been terminated or stopped.';
    const description = `Terminating EC2 instance: ${ec2InstanceId}`;
    const { availabilityZone } = instance;
    const activity = this.#parts.activities.begin(group, { description, cause, availabilityZone });
    this.#leave(group, instance, activity);
    this.balance(
      group,
      'an instance was started in response to a difference between desired and actual capacity.',
    );
  }

  #leave(group: Group, instance: GroupInstance, activity: Activity): void {
    instance.lifecycleState = 'Terminating';
    this.#kernel.clock.after(this.#draw('autoscaling.terminate', TERMINATE_SECONDS), () => {
      group.instances.delete(instance.ec2InstanceId);
      this.#parts.activities.end(activity);
      this.#announce(group, instance, 'EC2 Instance Terminate Successful');
    });
  }

  #announce(group: Group, instance: GroupInstance, detailType: string): void {
    const { ec2InstanceId, availabilityZone } = instance;
    this.#kernel.emit({
      source: 'aws.autoscaling',
      detailType,
      resources: [group.arn, arn(this.#kernel, 'ec2', `instance/${ec2InstanceId}`)],
      detail: {
        AutoScalingGroupName: group.name,
        EC2InstanceId: ec2InstanceId,
        StatusCode: 'InProgress',
        StatusMessage: '',
        Details: { 'Availability Zone': availabilityZone },
        Origin: detailType.includes('Launch') ? 'EC2' : 'AutoScalingGroup',
        Destination: detailType.includes('Launch') ? 'AutoScalingGroup' : 'EC2',
      },
    });
  }
}
