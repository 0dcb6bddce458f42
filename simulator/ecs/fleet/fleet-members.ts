// Resolves what the parts of a fleet file say about each other, or says which key does not fit.

import { FleetFileError } from '../../fleet-file/fleet-file-error.ts';
import type { Fleet } from '../../fleet-file/schema.ts';
import { AwsError } from '../../kernel/service.ts';
import { clusterNameIn } from '../arns.ts';
import type { TaskDefinition } from '../definitions.ts';
import type { Ledger } from '../ledger.ts';
import type { Cluster, ContainerInstance, LoadBalancer, Resources, Service } from '../model.ts';
import { resourcesOfType } from '../resources.ts';

export type EcsFleet = Pick<
  Fleet,
  'clusters' | 'containerInstances' | 'services' | 'taskDefinitions' | 'tasks'
>;
export type FleetContainerInstance = EcsFleet['containerInstances'][number];
export type FleetService = EcsFleet['services'][number];
export type FleetTask = EcsFleet['tasks'][number];

const some = (names: Iterable<string>) => [...names].slice(0, 5).join(', ') || 'none';

export function clusterNamed(ledger: Ledger, path: string, identifier: string): Cluster {
  const cluster = ledger.cluster(identifier);
  if (cluster) return cluster;
  const known = some(ledger.clusters.keys());
  throw new FleetFileError(path, `"${identifier}" is no cluster of this file; there are: ${known}`);
}

/**
 * The cluster of a container instance is in its ARN, as describe-container-instances prints it
 * nowhere else.
 */
export function clusterOfInstance(ledger: Ledger, path: string, arn: string): Cluster {
  const name = clusterNameIn(arn);
  if (name !== undefined) return clusterNamed(ledger, path, name);
  throw new FleetFileError(
    path,
    `"${arn}" names no cluster; expected …:container-instance/<cluster>/<id>`,
  );
}

export function taskDefinitionNamed(ledger: Ledger, path: string, name: string): TaskDefinition {
  const definition = ledger.taskDefinitions.find(name);
  if (definition) return definition;
  const known = some(Array.from(ledger.taskDefinitions.all(), ({ arn }) => arn));
  throw new FleetFileError(path, `"${name}" is not in taskDefinitions; there are: ${known}`);
}

export function instanceNamed(cluster: Cluster, path: string, arn: string): ContainerInstance {
  const instance = cluster.instances.get(arn.slice(arn.lastIndexOf('/') + 1));
  if (instance?.arn === arn) return instance;
  throw new FleetFileError(
    path,
    `"${arn}" is not in containerInstances of cluster ${cluster.name}; ` +
      `there are: ${some(Array.from(cluster.instances.values(), (each) => each.arn))}`,
  );
}

/** A task belongs to a service when `startedBy` or `group` says so. */
export function serviceOfTask(
  cluster: Cluster,
  path: string,
  task: FleetTask,
): Service | undefined {
  const isService =
    task.startedBy?.startsWith('ecs-svc/') || task.group?.startsWith('service:') || false;
  if (!isService) return undefined;
  const service = cluster.services.get(task.group?.replace(/^service:/, '') ?? '');
  if (service) return service;
  throw new FleetFileError(
    `${path}.group`,
    `"${task.group}" is no service of cluster ${cluster.name}; ` +
      `there are: ${some(cluster.services.keys())}`,
  );
}

export function loadBalancersOf(
  path: string,
  given: NonNullable<FleetService['loadBalancers']>,
  definition: TaskDefinition,
): LoadBalancer[] {
  return given.flatMap(({ targetGroupArn, containerName, containerPort }, index) => {
    // A Classic Load Balancer has no target group; it is not modelled.
    if (targetGroupArn === undefined) return [];
    const known = definition.containers.some(({ name }) => name === containerName);
    if (known && containerPort !== undefined)
      return [{ targetGroupArn, containerName: containerName!, containerPort }];
    throw new FleetFileError(
      `${path}[${index}].containerName`,
      `"${containerName}:${containerPort}" is no container and port of ${definition.arn}`,
    );
  });
}

type FleetResource = NonNullable<FleetContainerInstance['registeredResources']>[number];

/** Registered resources as given, else as the instance type has them. */
export function resourcesGiven(
  path: string,
  given: readonly FleetResource[] | undefined,
  instanceType: string | undefined,
): Resources {
  if (given && given.length > 0) {
    const named = (name: string) => given.find((resource) => resource.name === name);
    const listed = (name: string) => named(name)?.stringSetValue ?? [];
    const ports = (name: string) => listed(name).map(Number);
    return {
      cpu: named('CPU')?.integerValue ?? 0,
      memoryMiB: named('MEMORY')?.integerValue ?? 0,
      tcpPorts: ports('PORTS'),
      udpPorts: ports('PORTS_UDP'),
      gpuIds: listed('GPU'),
    };
  }
  const known = instanceType === undefined ? undefined : resourcesOfType(instanceType);
  if (known) return known;
  throw new FleetFileError(
    `${path}.registeredResources`,
    `the size of instance type "${instanceType}" is not known here; ` +
      `give CPU and MEMORY, or use a type such as m6i.xlarge, c7g.large, r5.2xlarge, t3.medium`,
  );
}

/** Runs `check` and turns what AWS would refuse into an error about the file. */
export function refusedAs<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new FleetFileError(path, `${error.code}: ${error.message}`);
  }
}
