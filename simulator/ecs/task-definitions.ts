// Holds task definitions: by ARN, by family and revision, and what a task of each demands of its
// container instance.

import * as z from 'zod';
import { parseExpression } from './cluster-query-language.ts';
import type {
  ContainerDefinition,
  Demand,
  GpuDemand,
  PlacementConstraint,
  PortDemand,
  Tag,
  TaskDefinition,
} from './definitions.ts';

/** Default of the agent's ECS_CONTAINER_STOP_TIMEOUT (amazon-ecs-agent README). */
const STOP_TIMEOUT_SECONDS = 30;
/** Default of HealthCheck.interval (botocore ecs HealthCheck). */
const HEALTH_CHECK_INTERVAL_SECONDS = 30;

const source = z.looseObject({
  taskDefinitionArn: z.string(),
  cpu: z.string().optional(),
  memory: z.string().optional(),
  networkMode: z.enum(['bridge', 'host', 'awsvpc', 'none']).default('bridge'),
  containerDefinitions: z.array(
    z.looseObject({
      name: z.string(),
      image: z.string().optional(),
      cpu: z.number().default(0),
      memory: z.number().optional(),
      memoryReservation: z.number().optional(),
      essential: z.boolean().default(true),
      stopTimeout: z.number().default(STOP_TIMEOUT_SECONDS),
      healthCheck: z
        .looseObject({ interval: z.number().default(HEALTH_CHECK_INTERVAL_SECONDS) })
        .optional(),
      portMappings: z
        .array(
          z.looseObject({
            containerPort: z.number().optional(),
            hostPort: z.number().default(0),
            protocol: z.enum(['tcp', 'udp']).default('tcp'),
          }),
        )
        .default([]),
      resourceRequirements: z
        .array(z.looseObject({ type: z.string(), value: z.string().optional() }))
        .default([]),
    }),
  ),
  runtimePlatform: z.looseObject({ cpuArchitecture: z.string().optional() }).optional(),
  placementConstraints: z
    .array(
      z.looseObject({
        type: z.enum(['distinctInstance', 'memberOf']),
        expression: z.string().optional(),
      }),
    )
    .default([]),
  tags: z.array(z.looseObject({ key: z.string(), value: z.string().default('') })).default([]),
});

type Source = z.infer<typeof source>;
type SourceContainer = Source['containerDefinitions'][number];

/** @throws {AwsError} When an expression does not parse. */
export function placementConstraints(
  given: readonly { readonly type: PlacementConstraint['type']; readonly expression?: unknown }[],
): PlacementConstraint[] {
  return given.map(({ type, expression }) => {
    if (typeof expression !== 'string') return { type };
    return { type, expression, parsed: parseExpression(expression) };
  });
}

/** "String values are converted to an integer … when the task definition is registered" (ECS API reference, TaskDefinition). */
function converted(given: string | undefined, unit: RegExp): string | undefined {
  if (given === undefined || !unit.test(given)) return given;
  return String(Math.round(Number.parseFloat(given) * 1024));
}

/**
 * Task-level sizes win; else the containers' sums, a soft limit before a hard one, as ECS places by
 * reservation.
 */
function demandOf(definition: Source): Demand {
  const containers = definition.containerDefinitions;
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  return {
    cpu:
      definition.cpu === undefined ? sum(containers.map(({ cpu }) => cpu)) : Number(definition.cpu),
    memoryMiB:
      definition.memory === undefined
        ? sum(containers.map((each) => each.memoryReservation ?? each.memory ?? 0))
        : Number(definition.memory),
    ports: containers.flatMap((each) => portsOf(each, definition.networkMode)),
    gpus: containers.flatMap(gpusOf),
  };
}

/** Fractions of a GPU, and GPUs that are shared, are not modelled. */
function gpusOf({ name, resourceRequirements }: SourceContainer): GpuDemand[] {
  return resourceRequirements.flatMap(({ type, value = '' }) => {
    if (type !== 'GPU') return [];
    if (value === 'ALL') return { containerName: name, count: value };
    return /^[1-9]\d*$/.test(value) ? { containerName: name, count: Number(value) } : [];
  });
}

/** What a task definition calls an architecture, as the attribute of a container instance has it. */
const ARCHITECTURES: Readonly<Record<string, string>> = { X86_64: 'x86_64', ARM64: 'arm64' };

/** With awsvpc a task has its own network interface and takes no port of the host. */
function portsOf(container: SourceContainer, networkMode: Source['networkMode']): PortDemand[] {
  if (networkMode === 'awsvpc' || networkMode === 'none') return [];
  return container.portMappings.flatMap(({ containerPort, hostPort, protocol }) => {
    // A range of container ports is mapped to free ports of the host.
    if (containerPort === undefined) return [];
    return {
      containerName: container.name,
      containerPort,
      hostPort: networkMode === 'host' ? containerPort : hostPort,
      protocol,
    };
  });
}

function containerOf(container: SourceContainer): ContainerDefinition {
  const { name, cpu, memory, memoryReservation } = container;
  return {
    name,
    image: container.image ?? `${name}:latest`,
    cpu,
    ...(memory === undefined ? {} : { memory }),
    ...(memoryReservation === undefined ? {} : { memoryReservation }),
    hasHealthCheck: container.healthCheck !== undefined,
    stopTimeoutSeconds: container.stopTimeout,
  };
}

/** A check runs first one interval after the start, and one success makes the container HEALTHY. */
function healthCheckSeconds(containers: readonly SourceContainer[]): number | undefined {
  const intervals = containers
    .filter(({ essential }) => essential)
    .flatMap(({ healthCheck }) => (healthCheck ? [healthCheck.interval] : []));
  return intervals.length === 0 ? undefined : Math.max(...intervals);
}

export class TaskDefinitions {
  readonly #byArn = new Map<string, TaskDefinition>();
  readonly #latest = new Map<string, TaskDefinition>();

  /** @param given As `aws ecs describe-task-definition` prints it. */
  add(given: Readonly<Record<string, unknown>>): TaskDefinition {
    const read = source.parse(given);
    const parsed = {
      ...read,
      cpu: converted(read.cpu, /vcpu$/i),
      memory: converted(read.memory, /gb$/i),
    };
    const [family = '', revision = '1'] = familyAndRevision(parsed.taskDefinitionArn);
    const containers = parsed.containerDefinitions;
    const definition: TaskDefinition = {
      arn: parsed.taskDefinitionArn,
      family,
      revision: Number(revision),
      networkMode: parsed.networkMode,
      containers: containers.map(containerOf),
      placementConstraints: placementConstraints(parsed.placementConstraints),
      demand: demandOf(parsed),
      architecture: ARCHITECTURES[parsed.runtimePlatform?.cpuArchitecture ?? ''],
      ...(parsed.cpu === undefined ? {} : { cpu: parsed.cpu }),
      ...(parsed.memory === undefined ? {} : { memory: parsed.memory }),
      healthCheckSeconds: healthCheckSeconds(containers),
      stopTimeoutSeconds: Math.max(0, ...containers.map(({ stopTimeout }) => stopTimeout)),
      source: {
        ...given,
        ...(parsed.cpu === undefined ? {} : { cpu: parsed.cpu }),
        ...(parsed.memory === undefined ? {} : { memory: parsed.memory }),
        family,
        revision: Number(revision),
      },
      tags: parsed.tags.map(({ key, value }): Tag => ({ key, value })),
    };
    this.#byArn.set(definition.arn, definition);
    const latest = this.#latest.get(family);
    if (!latest || latest.revision <= definition.revision) this.#latest.set(family, definition);
    return definition;
  }

  /** By ARN, `family:revision`, or a family alone, which means its latest revision. */
  find(identifier: string): TaskDefinition | undefined {
    const known = this.#byArn.get(identifier);
    if (known) return known;
    const [family = '', revision] = familyAndRevision(identifier);
    const latest = this.#latest.get(family);
    if (revision === undefined || !latest) return latest;
    const prefix = latest.arn.slice(0, latest.arn.lastIndexOf(':') + 1);
    return this.#byArn.get(`${prefix}${revision}`);
  }

  all(): IterableIterator<TaskDefinition> {
    return this.#byArn.values();
  }
}

function familyAndRevision(identifier: string): string[] {
  return identifier.slice(identifier.lastIndexOf('/') + 1).split(':');
}
