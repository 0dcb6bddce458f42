// Holds everything ECS knows, and finds it by the names and ARNs that callers use.

import type { Kernel } from '../kernel/kernel.ts';
import { clusterArn, clusterNameIn, lastPart } from './arns.ts';
import type { Tag } from './definitions.ts';
import { clusterInactive, clusterNotFound, invalidParameter } from './errors.ts';
import type { Cluster, ContainerInstance, Service, Task } from './model.ts';
import { TaskDefinitions } from './task-definitions.ts';

/** "Stopped tasks are visible for at least one hour" (botocore ecs DescribeTasks). */
const STOPPED_TASK_SECONDS = 3600;

export class Ledger {
  readonly clusters = new Map<string, Cluster>();
  readonly taskDefinitions = new TaskDefinitions();
  readonly #kernel: Kernel;
  readonly #registered = new Map<string, ContainerInstance>();
  readonly #ids = new Set<string>();
  #sequence = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  nextSequence(): number {
    return ++this.#sequence;
  }

  /** Keeps an id that the fleet file gives from being drawn for somebody else. */
  keepId(id: string): string {
    this.#ids.add(id);
    return id;
  }

  /**
   * An id nobody has or had. A snapshot of a served region holds ids of the very streams that a
   * rehearsal with the same seed draws from.
   */
  newId(draw: () => string): string {
    let id = draw();
    while (this.#ids.has(id)) id = draw();
    return this.keepId(id);
  }

  addCluster(name: string, tags: readonly Tag[]): Cluster {
    const cluster: Cluster = {
      name,
      arn: clusterArn(this.#kernel, name),
      status: 'ACTIVE',
      tags,
      instances: new Map(),
      zones: new Map(),
      services: new Map(),
      tasks: new Map(),
      stopped: [],
      daemons: new Set(),
      starving: new Set(),
      runTaskAnswers: new Map(),
    };
    this.clusters.set(name, cluster);
    return cluster;
  }

  /** By name or ARN, deleted or not. */
  cluster(identifier: string): Cluster | undefined {
    const cluster = this.clusters.get(lastPart(identifier));
    return identifier.startsWith('arn:') && cluster?.arn !== identifier ? undefined : cluster;
  }

  /**
   * The cluster a call is about.
   *
   * @param identifier Name or ARN; the cluster `default` unless said.
   * @throws {AwsError} ClusterNotFoundException, also for a deleted cluster.
   */
  activeCluster(identifier = 'default'): Cluster {
    const cluster = this.cluster(identifier);
    if (!cluster) throw clusterNotFound();
    if (cluster.status === 'INACTIVE') throw clusterInactive();
    return cluster;
  }

  addInstance(instance: ContainerInstance): void {
    const { cluster } = instance;
    cluster.instances.set(instance.id, instance);
    const zone = cluster.zones.get(instance.availabilityZone);
    if (zone) zone.push(instance);
    else cluster.zones.set(instance.availabilityZone, [instance]);
    this.#registered.set(instance.ec2InstanceId, instance);
  }

  /** Takes a deregistered instance out of everything but DescribeContainerInstances. */
  retireInstance(instance: ContainerInstance): void {
    const zone = instance.cluster.zones.get(instance.availabilityZone) ?? [];
    const index = zone.indexOf(instance);
    if (index >= 0) zone.splice(index, 1);
    if (this.#registered.get(instance.ec2InstanceId) === instance)
      this.#registered.delete(instance.ec2InstanceId);
  }

  /** The container instance that is registered for an EC2 instance now. */
  instanceOn(ec2InstanceId: string): ContainerInstance | undefined {
    return this.#registered.get(ec2InstanceId);
  }

  /** A container instance of that EC2 instance type, be it deregistered. */
  anyOfType(instanceType: string | undefined): ContainerInstance | undefined {
    for (const { instances } of this.clusters.values()) {
      for (const instance of instances.values()) {
        if (instance.builtInAttributes.get('ecs.instance-type') === instanceType) return instance;
      }
    }
    return undefined;
  }

  registeredInstances(): IterableIterator<ContainerInstance> {
    return this.#registered.values();
  }

  /** @throws {AwsError} InvalidParameterException for an ARN of another cluster. */
  instance(cluster: Cluster, identifier: string): ContainerInstance | undefined {
    return cluster.instances.get(this.#idIn(cluster, identifier));
  }

  /** @throws {AwsError} InvalidParameterException for an ARN of another cluster. */
  task(cluster: Cluster, identifier: string): Task | undefined {
    this.forgetStoppedTasks(cluster);
    return cluster.tasks.get(this.#idIn(cluster, identifier));
  }

  /** @throws {AwsError} InvalidParameterException for an ARN of another cluster. */
  service(cluster: Cluster, identifier: string): Service | undefined {
    return cluster.services.get(this.#idIn(cluster, identifier));
  }

  /**
   * Drops what stopped more than an hour ago; done when somebody looks, so that it costs no timer.
   */
  forgetStoppedTasks(cluster: Cluster): void {
    const before = this.#kernel.clock.now() - STOPPED_TASK_SECONDS * 1000;
    let gone = 0;
    for (const task of cluster.stopped) {
      if ((task.stoppedAt ?? 0) >= before) break;
      cluster.tasks.delete(task.id);
      task.instance.stoppedTasks.delete(task);
      task.service?.stoppedTasks.delete(task);
      gone++;
    }
    if (gone > 0) cluster.stopped.splice(0, gone);
  }

  #idIn(cluster: Cluster, identifier: string): string {
    const named = clusterNameIn(identifier);
    if (named !== undefined && named !== cluster.name)
      throw invalidParameter(
        `Invalid identifier: Identifier is for cluster ${named}. Your cluster is ${cluster.name}`,
      );
    return lastPart(identifier);
  }
}
