// Speaks the JSON protocol of Amazon ECS for the clusters of the region, and follows what happens
// to their machines.

import type { Kernel } from '../kernel/kernel.ts';
import type { AwsService, JsonObject, ThrottleBucket } from '../kernel/service.ts';
import type { TargetGroups } from '../kernel/target-groups.ts';
import { watchActors } from './actors.ts';
import { type AgentFlaps, Agents, USUAL_AGENT_FLAPS } from './agents.ts';
import { BusEvents } from './bus-events.ts';
import { ContainerInstances } from './container-instances.ts';
import type { Tag } from './definitions.ts';
import { notSimulated } from './errors.ts';
import type { EcsFleet } from './fleet/fleet-members.ts';
import { resourcesGiven } from './fleet/fleet-members.ts';
import { builtInAttributes, type EcsHosts } from './fleet/host-facts.ts';
import { AGENT_VERSIONS, loadFleet } from './fleet/load-fleet.ts';
import { Ledger } from './ledger.ts';
import type { Resources } from './model.ts';
import { OPERATIONS } from './operations/operations.ts';
import type { EcsRegion } from './region.ts';
import { ServiceScheduler } from './scheduler/service-scheduler.ts';
import { TaskLifecycle } from './task-lifecycle.ts';
import { EcsWorld } from './world.ts';

interface EcsSeams {
  readonly hosts: EcsHosts;
  readonly targetGroups: TargetGroups;
}

export interface EcsOptions {
  /** How often connected agents disconnect for a moment; `{ perHour: 0, … }` for never. */
  readonly agentFlaps?: AgentFlaps;
  /**
   * Whether a protected task stays on a DRAINING instance; true unless said (not documented by
   * AWS).
   */
  readonly drainHonoursProtection?: boolean;
}

export class EcsService implements AwsService {
  readonly id = 'ecs';
  readonly protocol = 'awsJson1.1';
  readonly targetPrefix = 'AmazonEC2ContainerServiceV20141113';
  readonly operations = Object.keys(OPERATIONS);
  readonly world: EcsWorld;
  readonly #region: EcsRegion;
  readonly #hosts: EcsHosts;

  constructor(kernel: Kernel, { hosts, targetGroups }: EcsSeams, options: EcsOptions = {}) {
    const { agentFlaps = USUAL_AGENT_FLAPS, drainHonoursProtection = true } = options;
    const ledger = new Ledger(kernel);
    const bus = new BusEvents(kernel);
    const lifecycle = new TaskLifecycle(kernel, ledger, bus, targetGroups);
    const scheduler = new ServiceScheduler({
      ...{ kernel, ledger, bus, lifecycle },
      drainHonoursProtection,
    });
    const instances = new ContainerInstances({ kernel, ledger, bus, lifecycle, scheduler });
    const agents = new Agents({ kernel, ledger, instances, lifecycle, flaps: agentFlaps });
    this.#region = { kernel, ledger, lifecycle, scheduler, instances, agents };
    this.#hosts = hosts;
    this.world = new EcsWorld(ledger, scheduler.taskMoves);
  }

  /** @throws {FleetFileError} When parts of the file contradict each other. */
  load(fleet: EcsFleet): void {
    const { agents, lifecycle } = this.#region;
    const instances = loadFleet({ ...this.#region, hosts: this.#hosts }, fleet);
    for (const instance of instances) {
      agents.follow(instance);
      lifecycle.tellNonDaemonTasks(instance);
    }
    watchActors(this.#region);
  }

  /**
   * What a new machine's agent does at its first start, if it was launched into a cluster.
   *
   * @param cluster Name or ARN.
   * @returns The ARN of the container instance.
   */
  registerContainerInstance(cluster: string, ec2InstanceId: string): string {
    const { kernel, ledger, instances, agents } = this.#region;
    const host = this.#hosts.get(ec2InstanceId);
    if (!host)
      throw new Error(`Cannot register container instance "${ec2InstanceId}": no such host`);
    const versions = agents.heardOf(ec2InstanceId) ?? AGENT_VERSIONS;
    const instance = instances.register({
      cluster: ledger.activeCluster(cluster),
      ec2InstanceId,
      availabilityZone: host.availabilityZone,
      resources: this.sizeOf(`hosts["${ec2InstanceId}"]`, host.instanceType),
      builtInAttributes: builtInAttributes(kernel, host),
      customAttributes: new Map(),
      ...versions,
      agentConnected: host.state === 'running',
      tags: [],
    });
    agents.follow(instance);
    return instance.arn;
  }

  /**
   * What the agent of a new machine registers: what others of its type have registered, else what is known of the type.
   *
   * @throws {FleetFileError} At `path`, when neither tells.
   */
  sizeOf(path: string, instanceType: string | undefined): Resources {
    const peer = this.#region.ledger.anyOfType(instanceType);
    return peer?.registered ?? resourcesGiven(path, undefined, instanceType);
  }

  /** TagResource on the container instance of a machine; a tag of the same key is replaced. */
  tag(ec2InstanceId: string, { key, value }: Tag): void {
    const instance = this.#region.ledger.instanceOn(ec2InstanceId);
    if (!instance) return;
    instance.tags = [...instance.tags.filter((tag) => tag.key !== key), { key, value }];
  }

  throttle(operation: string): ThrottleBucket | undefined {
    return OPERATIONS[operation]?.bucket;
  }

  call(operation: string, input: JsonObject): JsonObject {
    const row = OPERATIONS[operation];
    if (!row) throw notSimulated(operation);
    return row.run(this.#region, input);
  }
}
