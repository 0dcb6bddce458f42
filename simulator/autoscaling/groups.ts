// What Auto Scaling keeps: groups with their instances, and the errors for what it does not know.

import type { FleetGroup, FleetHost } from '../fleet-file/schema.ts';
import { arn, type Kernel } from '../kernel/kernel.ts';
import { AwsError } from '../kernel/service.ts';

/** What this service needs of a simulated host. */
interface GroupHost {
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  readonly instanceType: string;
  readonly state: 'running' | 'booting' | 'hung' | 'terminated';
  terminate(why: 'scale-in' | 'spot' | 'unhealthy' | 'request'): void;
}

export interface GroupHosts {
  get(ec2InstanceId: string): GroupHost | undefined;
  add(host: FleetHost): GroupHost;
}

type LifecycleState = 'Pending' | 'InService' | 'Terminating' | 'EnteringStandby' | 'Standby';

export interface GroupInstance {
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  readonly instanceType: string;
  /** Epoch milliseconds; the oldest goes first when a group shrinks. */
  readonly launchedAt: number;
  lifecycleState: LifecycleState;
  healthStatus: 'Healthy' | 'Unhealthy';
  protectedFromScaleIn: boolean;
}

export interface Group {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  minSize: number;
  maxSize: number;
  desiredCapacity: number;
  readonly healthCheckType: string;
  readonly healthCheckGracePeriodSeconds: number;
  readonly availabilityZones: readonly string[];
  readonly newInstancesProtected: boolean;
  /** ECS sets and clears scale-in protection by itself. */
  readonly isTerminationProtectionManaged: boolean;
  readonly launches: FleetGroup['launches'];
  readonly instances: Map<string, GroupInstance>;
  /** Suspended processes, with the reason that the API shows. */
  readonly suspended: Map<string, string>;
}

/** Processes of the API reference, ScalingProcessQuery. */
export const PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;

export type Process = (typeof PROCESSES)[number];

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

/** Instances that count against the desired capacity. */
export function countedOf(group: Group): readonly GroupInstance[] {
  return [...group.instances.values()].filter(
    ({ lifecycleState }) => lifecycleState === 'Pending' || lifecycleState === 'InService',
  );
}

function readInstance(host: GroupHost, isProtected: boolean): GroupInstance {
  return {
    ec2InstanceId: host.ec2InstanceId,
    availabilityZone: host.availabilityZone,
    instanceType: host.instanceType,
    launchedAt: 0,
    lifecycleState: 'InService',
    healthStatus: 'Healthy',
    protectedFromScaleIn: isProtected,
  };
}

export class Groups {
  readonly #kernel: Kernel;
  readonly #hosts: GroupHosts;
  readonly #byName = new Map<string, Group>();

  constructor(kernel: Kernel, hosts: GroupHosts) {
    this.#kernel = kernel;
    this.#hosts = hosts;
  }

  /** Takes over a group of the fleet file; its instances are in service and healthy. */
  load(record: FleetGroup): void {
    const instances = new Map<string, GroupInstance>();
    for (const { InstanceId, ProtectedFromScaleIn } of record.Instances) {
      const host = this.#hosts.get(InstanceId);
      if (host) instances.set(InstanceId, readInstance(host, ProtectedFromScaleIn));
    }
    const name = record.AutoScalingGroupName;
    const zones = record.AvailabilityZones ?? [];
    const used = [...instances.values()].map((instance) => instance.availabilityZone);
    const uuid = this.#kernel.random.stream('autoscaling.group').uuid();
    this.#byName.set(name, {
      name,
      arn: arn(
        this.#kernel,
        'autoscaling',
        `autoScalingGroup:${uuid}:autoScalingGroupName/${name}`,
      ),
      createdAt: this.#kernel.clock.now(),
      minSize: record.MinSize,
      maxSize: record.MaxSize,
      desiredCapacity: record.DesiredCapacity,
      healthCheckType: record.HealthCheckType,
      healthCheckGracePeriodSeconds: record.HealthCheckGracePeriod,
      availabilityZones: [...new Set([...zones, ...used])].sort(),
      newInstancesProtected: record.NewInstancesProtectedFromScaleIn,
      isTerminationProtectionManaged: record.managedTerminationProtection === 'ENABLED',
      launches: record.launches,
      instances,
      suspended: new Map(),
    });
  }

  all(): readonly Group[] {
    return [...this.#byName.values()];
  }

  find(name: unknown): Group | undefined {
    return this.#byName.get(String(name));
  }

  get(name: unknown): Group {
    const group = this.find(name);
    if (group) return group;
    throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
  }

  /** The group an instance belongs to, with its record there. */
  ofInstance(ec2InstanceId: string): { group: Group; instance: GroupInstance } | undefined {
    for (const group of this.#byName.values()) {
      const instance = group.instances.get(ec2InstanceId);
      if (instance) return { group, instance };
    }
    return undefined;
  }

  /** Instances of a group by id. @throws {AwsError} For an id that is not part of it. */
  instancesOf(group: Group, ids: readonly string[]): readonly GroupInstance[] {
    return ids.map((id) => {
      const instance = group.instances.get(id);
      if (instance) return instance;
      throw validationError(`The instance ${id} is not part of Auto Scaling group ${group.name}.`);
    });
  }
}
