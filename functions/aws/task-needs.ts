// Reads what one task of each service needs, from the task definition that the service starts tasks from now.

import { DescribeTaskDefinitionCommand, ECSClient, type TaskDefinition } from '@aws-sdk/client-ecs';
import type { Service } from '../core/model.ts';
import type { TaskNeeds } from '../core/packing.ts';
import { mayLack } from '../core/room.ts';
import { FIRST, stopWhenOver } from './deadline.ts';
import { log } from './log.ts';
import { inParallel } from './parallel.ts';

const ecs = new ECSClient({ maxAttempts: 5 });
ecs.middlewareStack.add(stopWhenOver, FIRST);

/** Parallel reads: one per distinct task definition. */
const READS_MAX = 5;

/** ECS's own names of architectures in a task definition and in the attribute of a container instance. */
const ARCHITECTURES: Readonly<Record<string, string>> = { X86_64: 'x86_64', ARM64: 'arm64' };

/**
 * The sizes of the task win over the sum of its containers', and of a container the soft limit over the hard one: ECS
 * places by what is reserved (ECS API reference, TaskDefinition, ContainerDefinition).
 */
function sizesOf(definition: TaskDefinition): Pick<TaskNeeds, 'cpuUnits' | 'memoryMebibytes'> {
  const containers = definition.containerDefinitions ?? [];
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  return {
    cpuUnits: Number(definition.cpu ?? sum(containers.map(({ cpu = 0 }) => cpu))),
    memoryMebibytes: Number(
      definition.memory ?? sum(containers.map((one) => one.memoryReservation ?? one.memory ?? 0)),
    ),
  };
}

/** With awsvpc a task has its own network interface and takes no port of the host. */
function portsOf({ networkMode, containerDefinitions = [] }: TaskDefinition): string[] {
  if (networkMode === 'awsvpc' || networkMode === 'none') return [];
  return containerDefinitions
    .flatMap(({ portMappings = [] }) => portMappings)
    .flatMap(({ hostPort, containerPort, protocol = 'tcp' }) => {
      const port = networkMode === 'host' ? (hostPort ?? containerPort) : hostPort;
      return port ? [`${port}/${protocol}`] : [];
    });
}

/**
 * Whole GPUs. Undefined where it cannot be told: all GPUs of whatever container instance it is, fractions, GPUs that are
 * shared, devices of another kind.
 */
function gpusOf({ containerDefinitions = [] }: TaskDefinition): number | undefined {
  let gpus = 0;
  for (const { type, value = '' } of containerDefinitions.flatMap(
    ({ resourceRequirements = [] }) => resourceRequirements,
  )) {
    if (type !== 'GPU' || !/^\d+$/.test(value)) return undefined;
    gpus += Number(value);
  }
  return gpus;
}

function needsOf(service: Service, definition: TaskDefinition): TaskNeeds | undefined {
  const gpus = gpusOf(definition);
  if (gpus === undefined) return undefined;
  const { placementConstraints = [], runtimePlatform } = definition;
  return {
    ...sizesOf(definition),
    ports: portsOf(definition),
    ...(gpus > 0 ? { gpus } : {}),
    distinct: service.placement?.distinct ?? false,
    expressions: [
      ...(service.placement?.expressions ?? []),
      ...placementConstraints.flatMap(({ expression }) => expression ?? []),
    ],
    capacityProviders: service.placement?.capacityProviders ?? [],
    architecture: ARCHITECTURES[runtimePlatform?.cpuArchitecture ?? ''],
  };
}

async function describe(taskDefinition: string): Promise<TaskDefinition | undefined> {
  try {
    return (await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition;
  } catch (error) {
    // Without it nothing is refused for want of room, which is how it is for every updater.
    log.warn('task definition not read', { taskDefinition, reason: String(error) });
    return undefined;
  }
}

/** Those that may lack all of their tasks never keep a drain from its end. */
function needsRoom(service: Service): boolean {
  return service.schedulingStrategy === 'REPLICA' && mayLack(service) < service.desiredCount;
}

/** The services with their needs; those whose tasks need no room are not asked about. */
export async function withTaskNeeds(services: readonly Service[]): Promise<Service[]> {
  const arns = [
    ...new Set(services.filter(needsRoom).flatMap((one) => one.taskDefinitionArn ?? [])),
  ];
  const read = new Map(
    await inParallel(arns, READS_MAX, async (arn) => [arn, await describe(arn)] as const),
  );
  return services.map((service) => {
    const definition = read.get(service.taskDefinitionArn ?? '');
    return definition ? { ...service, needs: needsOf(service, definition) } : service;
  });
}
