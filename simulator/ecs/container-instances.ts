// Registers container instances, changes their status, and deregisters them.

import type { Kernel } from '../kernel/kernel.ts';
import { containerInstanceArn, lastPart } from './arns.ts';
import type { BusEvents } from './bus-events.ts';
import type { Tag } from './definitions.ts';
import type { Ledger } from './ledger.ts';
import type { Cluster, ContainerInstance, ContainerInstanceStatus, Resources } from './model.ts';
import { FIRST_EPHEMERAL_PORT } from './resources.ts';
import type { ServiceScheduler } from './scheduler/service-scheduler.ts';
import { snapshotOf } from './shapes/container-instance.ts';
import type { StopRequest, TaskLifecycle } from './task-lifecycle.ts';

interface NewContainerInstance {
  readonly cluster: Cluster;
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  readonly resources: Resources;
  readonly builtInAttributes: ReadonlyMap<string, string | undefined>;
  readonly customAttributes: ReadonlyMap<string, string | undefined>;
  readonly agentVersion: string;
  readonly dockerVersion: string;
  readonly agentConnected: boolean;
  readonly status?: ContainerInstanceStatus | undefined;
  readonly capacityProviderName?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
  /** Given for one that exists already. */
  readonly arn?: string | undefined;
  readonly version?: number | undefined;
  readonly registeredAt?: number | undefined;
}

interface ContainerInstancesParts {
  readonly kernel: Kernel;
  readonly ledger: Ledger;
  readonly bus: BusEvents;
  readonly lifecycle: TaskLifecycle;
  readonly scheduler: ServiceScheduler;
}

/**
 * IMPAIRED once the agent has been away this long; the real threshold is not documented (guess).
 */
const IMPAIRED_AFTER_SECONDS = 300;

function idAndArn(
  kernel: Kernel,
  ledger: Ledger,
  { arn, cluster }: NewContainerInstance,
): { id: string; arn: string } {
  if (arn !== undefined) return { id: ledger.keepId(lastPart(arn)), arn };
  const id = ledger.newId(() => kernel.random.stream('ecs.container-instance-id').hex(32));
  return { id, arn: containerInstanceArn(kernel, cluster.name, id) };
}

const noCounts = () => ({
  runningTasksCount: 0,
  pendingTasksCount: 0,
  replicaTasksCount: 0,
  nonDaemonTasksCount: 0,
  tasks: new Set<never>(),
  stoppedTasks: new Set<never>(),
  stale: undefined,
  impairedAt: undefined,
  healthyAgainAt: undefined,
  statusReason: undefined,
});

export class ContainerInstances {
  readonly #parts: ContainerInstancesParts;

  constructor(parts: ContainerInstancesParts) {
    this.#parts = parts;
  }

  /** Enters an instance without telling anyone. */
  enter(given: NewContainerInstance): ContainerInstance {
    const { kernel, ledger } = this.#parts;
    const { cluster, ec2InstanceId, availabilityZone, capacityProviderName } = given;
    const { agentVersion, dockerVersion, agentConnected } = given;
    const now = kernel.clock.now();
    const instance: ContainerInstance = {
      ...idAndArn(kernel, ledger, given),
      ...noCounts(),
      ...{ cluster, ec2InstanceId, availabilityZone, capacityProviderName },
      ...{ agentVersion, dockerVersion, agentConnected },
      sequence: ledger.nextSequence(),
      registeredAt: given.registeredAt ?? now,
      tags: given.tags ?? [],
      builtInAttributes: given.builtInAttributes,
      customAttributes: new Map(given.customAttributes),
      registered: given.resources,
      used: { cpu: 0, memoryMiB: 0, tcp: new Map(), udp: new Map(), gpus: new Set() },
      nextEphemeralPort: FIRST_EPHEMERAL_PORT,
      status: given.status ?? 'ACTIVE',
      agentDisconnectedAt: agentConnected ? undefined : now,
      version: given.version ?? 1,
      changedAt: now,
      shown: undefined,
    };
    instance.shown = snapshotOf(instance);
    ledger.addInstance(instance);
    return instance;
  }

  /** A new agent registers: the instance joins its cluster, ACTIVE, and tasks may come. */
  register(given: NewContainerInstance): ContainerInstance {
    const { bus, scheduler } = this.#parts;
    const instance = this.enter(given);
    this.#log('container-instance-registered', instance);
    bus.containerInstanceChanged(instance);
    scheduler.standingChanged(instance);
    return instance;
  }

  /** ACTIVE to DRAINING or back; emits no event, as none is documented. */
  setStatus(instance: ContainerInstance, status: 'ACTIVE' | 'DRAINING', by: string): void {
    if (instance.status === status) return;
    instance.status = status;
    this.#log('container-instance-status', instance, { status, by });
    this.#parts.bus.containerInstanceTouched(instance);
    this.#parts.scheduler.standingChanged(instance);
  }

  setAgentConnected(instance: ContainerInstance, connected: boolean): void {
    const { kernel, bus, lifecycle, scheduler } = this.#parts;
    if (instance.agentConnected === connected || instance.status === 'INACTIVE') return;
    instance.agentConnected = connected;
    instance.agentDisconnectedAt = connected ? undefined : kernel.clock.now();
    this.#log(connected ? 'agent-connected' : 'agent-disconnected', instance);
    bus.containerInstanceChanged(instance);
    this.#judgeHealth(instance);
    if (!connected) return;
    lifecycle.agentConnected(instance);
    scheduler.capacityGrew(instance);
  }

  #judgeHealth(instance: ContainerInstance): void {
    const { kernel, bus } = this.#parts;
    const { agentDisconnectedAt: awaySince } = instance;
    if (awaySince !== undefined) {
      kernel.clock.after(IMPAIRED_AFTER_SECONDS * 1000, () => {
        if (instance.agentDisconnectedAt !== awaySince || instance.status === 'INACTIVE') return;
        instance.impairedAt = kernel.clock.now();
        bus.containerInstanceHealthChanged(instance);
      });
    } else if (instance.impairedAt !== undefined) {
      instance.impairedAt = undefined;
      instance.healthyAgainAt = kernel.clock.now();
      bus.containerInstanceHealthChanged(instance);
    }
  }

  /**
   * The agent registered anew after its start, with the identity it had: versions may differ,
   * nothing else.
   */
  setVersions(instance: ContainerInstance, agentVersion: string, dockerVersion: string): void {
    instance.agentVersion = agentVersion;
    instance.dockerVersion = dockerVersion;
  }

  attributesChanged(instance: ContainerInstance): void {
    this.#parts.bus.containerInstanceTouched(instance);
    this.#parts.scheduler.standingChanged(instance);
  }

  /**
   * Ends the registration. Its tasks are orphaned: ECS calls them STOPPED and replaces those of
   * services (botocore ecs DeregisterContainerInstance).
   */
  deregister(instance: ContainerInstance, why: StopRequest): void {
    const { bus, ledger, lifecycle } = this.#parts;
    if (instance.status === 'INACTIVE') return;
    instance.status = 'INACTIVE';
    instance.agentConnected = false;
    ledger.retireInstance(instance);
    this.#log('container-instance-deregistered', instance, { reason: why.reason });
    this.#parts.scheduler.standingChanged(instance);
    for (const task of [...instance.tasks]) lifecycle.abandon(task, why);
    bus.containerInstanceChanged(instance);
  }

  #log(name: string, instance: ContainerInstance, detail: Record<string, unknown> = {}): void {
    const { arn, ec2InstanceId } = instance;
    this.#parts.kernel.log.append('ecs', name, ec2InstanceId, { arn, ...detail });
  }
}
