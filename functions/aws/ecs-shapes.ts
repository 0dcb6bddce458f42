// Turns what Amazon ECS answers into what the core judges: container instances, tasks, services.

import type {
  ContainerInstance as EcsContainerInstance,
  Service as EcsService,
  Task as EcsTask,
  Resource,
} from '@aws-sdk/client-ecs';
import {
  type ContainerInstance,
  OWNER_ATTRIBUTE,
  type Service,
  type Task,
  WAY_BACK_ATTRIBUTE,
} from '../core/model.ts';
import type { PlacementRules, Room } from '../core/packing.ts';

/** A container instance as ECS shows it now, with its counts of tasks. */
export interface SeenContainerInstance extends ContainerInstance {
  /** Tasks that run or are about to, and are meant to: stopping ones are not counted (ECS API reference). */
  readonly tasksWanted: number;
  /** Counts every change of the container instance; equal at two looks means that nothing happened between. */
  readonly version: number;
  /** What is left on it for more tasks. */
  readonly room: Room;
  /** As the agent registered them last. */
  readonly agentVersion?: string | undefined;
  readonly containerRuntimeVersion?: string | undefined;
}

/** ECS's names of architectures to Bottlerocket's. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'x86_64'],
  ['arm64', 'aarch64'],
]);

export function toContainerInstance(seen: EcsContainerInstance): SeenContainerInstance | undefined {
  if (seen.containerInstanceArn === undefined || seen.ec2InstanceId === undefined) return undefined;
  const attributes = new Map(
    (seen.attributes ?? []).map((attribute) => [attribute.name, attribute.value]),
  );
  return {
    containerInstanceArn: seen.containerInstanceArn,
    ec2InstanceId: seen.ec2InstanceId,
    availabilityZone: attributes.get('ecs.availability-zone') ?? 'unknown',
    status: seen.status ?? 'UNKNOWN',
    agentConnected: seen.agentConnected ?? false,
    variant: attributes.has('bottlerocket.variant')
      ? (attributes.get('bottlerocket.variant') ?? '')
      : undefined,
    arch: ARCHITECTURES.get(attributes.get('ecs.cpu-architecture') ?? ''),
    drainedBy: attributes.get(OWNER_ATTRIBUTE),
    wayBack: attributes.get(WAY_BACK_ATTRIBUTE),
    capacityProviderName: seen.capacityProviderName,
    tags: Object.fromEntries((seen.tags ?? []).map(({ key, value }) => [key ?? '', value ?? ''])),
    tasksWanted: (seen.runningTasksCount ?? 0) + (seen.pendingTasksCount ?? 0),
    version: seen.version ?? 0,
    room: toRoom(seen),
    agentVersion: seen.versionInfo?.agentVersion,
    // "DockerVersion: 25.0.6"
    containerRuntimeVersion: seen.versionInfo?.dockerVersion?.replace(/^DockerVersion: /, ''),
  };
}

/**
 * Among the remaining resources, the ports that are listed are those that are taken (ECS API, ContainerInstance), the
 * GPUs those that are left: so others read it, too, but no document of AWS says so.
 */
function toRoom(seen: EcsContainerInstance): Room {
  const byName = new Map((seen.remainingResources ?? []).map((one) => [one.name, one]));
  const ports = (name: string, protocol: string) =>
    (byName.get(name)?.stringSetValue ?? []).map((port) => `${port}/${protocol}`);
  const attributes = new Map(
    (seen.attributes ?? []).map(({ name = '', value = '' }) => [name, value] as const),
  );
  return {
    ec2InstanceId: seen.ec2InstanceId ?? '',
    availabilityZone: attributes.get('ecs.availability-zone') ?? 'unknown',
    cpuUnits: numberOf(byName.get('CPU')),
    memoryMebibytes: numberOf(byName.get('MEMORY')),
    portsTaken: [...ports('PORTS', 'tcp'), ...ports('PORTS_UDP', 'udp')],
    gpus: byName.get('GPU')?.stringSetValue?.length ?? 0,
    attributes,
    capacityProviderName: seen.capacityProviderName,
  };
}

function numberOf(resource: Resource | undefined): number {
  return resource?.integerValue || resource?.longValue || resource?.doubleValue || 0;
}

/** `group` is `service:NAME` for the tasks of a service (ECS task event documentation). */
const SERVICE_GROUP = 'service:';

export function toTask(seen: EcsTask): Task | undefined {
  if (seen.taskArn === undefined || seen.containerInstanceArn === undefined) return undefined;
  const inService = seen.group?.startsWith(SERVICE_GROUP) && seen.startedBy?.startsWith('ecs-svc/');
  return {
    taskArn: seen.taskArn,
    containerInstanceArn: seen.containerInstanceArn,
    serviceName: inService ? seen.group?.slice(SERVICE_GROUP.length) : undefined,
    startedBy: seen.startedBy,
    taskDefinitionArn: seen.taskDefinitionArn,
    lastStatus: seen.lastStatus ?? 'UNKNOWN',
  };
}

export function toService(seen: EcsService): Service | undefined {
  if (seen.serviceName === undefined) return undefined;
  const daemon = seen.schedulingStrategy === 'DAEMON';
  const { minimumHealthyPercent, maximumPercent } = seen.deploymentConfiguration ?? {};
  return {
    serviceName: seen.serviceName,
    schedulingStrategy: daemon ? 'DAEMON' : 'REPLICA',
    desiredCount: seen.desiredCount ?? 0,
    runningCount: seen.runningCount ?? 0,
    minimumHealthyPercent: minimumHealthyPercent ?? (daemon ? 0 : 100),
    maximumPercent: maximumPercent ?? (daemon ? 100 : 200),
    hasLoadBalancer: (seen.loadBalancers ?? []).length > 0,
    taskDefinitionArn: seen.taskDefinition,
    placement: toRules(seen),
    targetGroupArns: (seen.loadBalancers ?? []).flatMap((one) => one.targetGroupArn ?? []),
  };
}

/** A capacity provider strategy keeps tasks on the container instances of those providers. */
function toRules({
  placementConstraints = [],
  capacityProviderStrategy = [],
}: EcsService): PlacementRules {
  return {
    distinct: placementConstraints.some(({ type }) => type === 'distinctInstance'),
    expressions: placementConstraints.flatMap(({ expression }) => expression ?? []),
    capacityProviders: capacityProviderStrategy.flatMap((one) => one.capacityProvider ?? []),
  };
}
