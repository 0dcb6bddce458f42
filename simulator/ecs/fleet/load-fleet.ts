// Brings the clusters of a fleet file to life: everything has been running, steadily, since before
// the run.

import { FleetFileError } from '../../fleet-file/fleet-file-error.ts';
import {
  isOnInstances,
  type PlacedTask,
  placedTasks,
  taskDefinitionOf,
} from '../../fleet-file/left-out.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { serviceArn } from '../arns.ts';
import type { ContainerInstances } from '../container-instances.ts';
import type { TaskDefinition } from '../definitions.ts';
import type { Ledger } from '../ledger.ts';
import type { ContainerInstance, Deployment, Service } from '../model.ts';
import { shortage } from '../resources.ts';
import { isEligible } from '../scheduler/daemon-scheduler.ts';
import { obstacle, place } from '../scheduler/placement.ts';
import { placementRequest } from '../scheduler/replica-scheduler.ts';
import { newDeploymentId, type ServiceScheduler } from '../scheduler/service-scheduler.ts';
import { placementConstraints } from '../task-definitions.ts';
import type { TaskLifecycle } from '../task-lifecycle.ts';
import {
  clusterNamed,
  clusterOfInstance,
  type EcsFleet,
  type FleetContainerInstance,
  type FleetService,
  instanceNamed,
  loadBalancersOf,
  refusedAs,
  resourcesGiven,
  serviceOfTask,
  taskDefinitionNamed,
} from './fleet-members.ts';
import { builtInAttributes, type EcsHosts } from './host-facts.ts';

interface LoadParts {
  readonly kernel: Kernel;
  readonly hosts: EcsHosts;
  readonly ledger: Ledger;
  readonly instances: ContainerInstances;
  readonly lifecycle: TaskLifecycle;
  readonly scheduler: ServiceScheduler;
}

const DAY_MILLISECONDS = 86_400_000;
/** Of an instance whose agent nobody has heard. */
export const AGENT_VERSIONS = { agentVersion: '1.98.0', dockerVersion: '25.0.13' } as const;

type Tags = FleetContainerInstance['tags'];
const tagsOf = (tags: Tags) => (tags ?? []).map(({ key, value }) => ({ key, value: value ?? '' }));

/** @throws {FleetFileError} When parts of the file contradict each other. */
export function loadFleet(parts: LoadParts, fleet: EcsFleet): ContainerInstance[] {
  const { ledger, scheduler } = parts;
  fleet.clusters.forEach((given, index) => {
    enterCluster(ledger, given, `clusters[${index}]`);
  });
  fleet.taskDefinitions.forEach((definition, index) => {
    const path = `taskDefinitions[${index}].placementConstraints`;
    refusedAs(path, () => ledger.taskDefinitions.add(definition));
  });
  const instances = fleet.containerInstances.map((given, index) =>
    enterInstance(parts, given, `containerInstances[${index}]`),
  );
  const services = fleet.services.flatMap((given, index) => {
    const path = `services[${index}]`;
    return isOnInstances(given) ? { path, service: enterService(parts, given, path) } : [];
  });
  const isPlaced = placedTasks(fleet);
  fleet.tasks.forEach((given, index) => {
    if (isPlaced(given)) enterTask(parts, given, `tasks[${index}]`);
  });
  for (const { path, service } of services) {
    if (isDaemon(service)) fillDaemon(parts, service, path);
  }
  for (const { path, service } of services) {
    if (!isDaemon(service)) fillReplica(parts, service, path);
  }
  for (const { service } of services) scheduler.settle(service);
  return instances;
}

const isDaemon = ({ schedulingStrategy }: Service) => schedulingStrategy === 'DAEMON';

function enterCluster(ledger: Ledger, given: EcsFleet['clusters'][number], path: string): void {
  const { arn } = ledger.addCluster(given.clusterName, tagsOf(given.tags));
  if (given.clusterArn === undefined || given.clusterArn === arn) return;
  throw new FleetFileError(
    `${path}.clusterArn`,
    `"${given.clusterArn}" does not fit region and accountId of this file; expected ${arn}`,
  );
}

function enterInstance(
  { kernel, hosts, ledger, instances }: LoadParts,
  given: FleetContainerInstance,
  path: string,
): ContainerInstance {
  const { ec2InstanceId, containerInstanceArn } = given;
  const cluster = clusterOfInstance(ledger, `${path}.containerInstanceArn`, containerInstanceArn);
  const host = hosts.get(ec2InstanceId);
  const builtIn = host ? builtInAttributes(kernel, host) : new Map<string, string | undefined>();
  const custom = new Map<string, string | undefined>();
  for (const { name, value } of given.attributes ?? [])
    (isBuiltIn(name) ? builtIn : custom).set(name, value);
  const availabilityZone = builtIn.get('ecs.availability-zone');
  if (availabilityZone === undefined)
    throw new FleetFileError(
      `${path}.ec2InstanceId`,
      `"${ec2InstanceId}" is not in hosts and has no attribute ecs.availability-zone`,
    );
  if (ledger.instanceOn(ec2InstanceId))
    throw new FleetFileError(`${path}.ec2InstanceId`, `"${ec2InstanceId}" is registered twice`);
  return instances.enter({
    cluster,
    ec2InstanceId,
    availabilityZone,
    resources: resourcesGiven(path, given.registeredResources, builtIn.get('ecs.instance-type')),
    builtInAttributes: builtIn,
    customAttributes: custom,
    agentVersion: given.versionInfo?.agentVersion ?? AGENT_VERSIONS.agentVersion,
    dockerVersion:
      given.versionInfo?.dockerVersion?.replace('DockerVersion: ', '') ??
      AGENT_VERSIONS.dockerVersion,
    agentConnected: given.agentConnected,
    status: given.status,
    capacityProviderName: given.capacityProviderName,
    tags: tagsOf(given.tags),
    arn: containerInstanceArn,
    version: given.version,
    registeredAt: kernel.clock.now() - 30 * DAY_MILLISECONDS,
  });
}

/** Set by the agent, so neither PutAttributes nor its limit of ten concerns them. */
const isBuiltIn = (name: string) => /^(ecs\.|com\.amazonaws\.ecs\.|bottlerocket\.)/.test(name);

function firstDeployment(
  { kernel, ledger }: LoadParts,
  given: FleetService,
  definition: TaskDefinition,
): Deployment {
  const [known] = Array.isArray(given.deployments) ? given.deployments : [];
  const createdAt = kernel.clock.now() - DAY_MILLISECONDS;
  return {
    id: typeof known?.id === 'string' ? ledger.keepId(known.id) : newDeploymentId(kernel, ledger),
    taskDefinition: definition,
    status: 'PRIMARY',
    rolloutState: 'COMPLETED',
    createdAt,
    updatedAt: createdAt,
    runningCount: 0,
    pendingCount: 0,
    failedTasks: 0,
  };
}

function enterService(parts: LoadParts, given: FleetService, path: string): Service {
  const { kernel, ledger } = parts;
  const cluster = clusterNamed(ledger, `${path}.clusterArn`, given.clusterArn);
  const name = `${path}.taskDefinition`;
  const definition = taskDefinitionNamed(ledger, name, taskDefinitionOf(given) ?? '');
  const daemon = given.schedulingStrategy === 'DAEMON';
  const percent = given.deploymentConfiguration;
  const constraints = (given.placementConstraints ?? []) as Parameters<
    typeof placementConstraints
  >[0];
  const service: Service = {
    sequence: ledger.nextSequence(),
    name: given.serviceName,
    arn: serviceArn(kernel, cluster.name, given.serviceName),
    cluster,
    schedulingStrategy: given.schedulingStrategy,
    launchType: given.launchType ?? 'EC2',
    createdAt: kernel.clock.now() - DAY_MILLISECONDS,
    tags: tagsOf(given.tags),
    loadBalancers: loadBalancersOf(`${path}.loadBalancers`, given.loadBalancers ?? [], definition),
    status: 'ACTIVE',
    desiredCount: daemon ? 0 : given.desiredCount,
    minimumHealthyPercent: percent?.minimumHealthyPercent ?? (daemon ? 0 : 100),
    maximumPercent: percent?.maximumPercent ?? (daemon ? 100 : 200),
    placementConstraints: refusedAs(`${path}.placementConstraints`, () =>
      placementConstraints(constraints),
    ),
    placementStrategy: (given.placementStrategy ?? []).map(({ type, field }) =>
      field === undefined ? { type } : { type, field },
    ),
    healthCheckGracePeriodSeconds: given.healthCheckGracePeriodSeconds ?? 0,
    deployments: [firstDeployment(parts, given, definition)],
    ...emptyBooks(),
  };
  cluster.services.set(service.name, service);
  if (daemon) cluster.daemons.add(service);
  return service;
}

const emptyBooks = () => ({
  events: [],
  lastSaidAt: new Map(),
  tasks: new Set<never>(),
  stoppedTasks: new Set<never>(),
  keeping: new Set<never>(),
  leaving: new Set<never>(),
  healthyCount: 0,
  runningCount: 0,
  pendingCount: 0,
  perZone: new Map(),
  perInstance: new Map(),
  dirtyInstances: new Set<never>(),
  eligibleInstances: new Set<never>(),
  timer: undefined,
  steadyAt: undefined,
  growth: 0,
});

function enterTask(parts: LoadParts, given: PlacedTask, path: string): void {
  const { ledger, lifecycle, kernel, scheduler } = parts;
  if (given.lastStatus === 'STOPPED') return;
  const cluster = clusterNamed(ledger, `${path}.clusterArn`, given.clusterArn);
  const where = `${path}.containerInstanceArn`;
  const instance = instanceNamed(cluster, where, given.containerInstanceArn);
  const name = `${path}.taskDefinitionArn`;
  const taskDefinition = taskDefinitionNamed(ledger, name, given.taskDefinitionArn);
  const service = serviceOfTask(cluster, path, given);
  const missing = shortage(instance, taskDefinition.demand);
  if (missing)
    throw new FleetFileError(
      where,
      `"${given.containerInstanceArn}" has no room for this task: ${missing}`,
    );
  const protectedUntil = given.protectedUntil ? Date.parse(given.protectedUntil) : undefined;
  const task = refusedAs(path, () =>
    lifecycle.adopt({
      instance,
      taskDefinition,
      service,
      deployment: service?.deployments[0],
      group: given.group,
      startedBy: given.startedBy,
      arn: given.taskArn,
      createdAt: kernel.clock.now() - DAY_MILLISECONDS,
      protectedUntil,
      endsAfterSeconds: given.endsAfterSeconds,
    }),
  );
  if (service && protectedUntil !== undefined)
    kernel.clock.at(protectedUntil, () => scheduler.look(service));
  if (given.desiredStatus === 'STOPPED')
    kernel.clock.after(0, () =>
      lifecycle.stop(task, { code: 'UserInitiated', reason: 'Task stopped by user' }),
    );
}

/** What the file leaves out is already running too, where the scheduler would have put it. */
function fillReplica(parts: LoadParts, service: Service, path: string): void {
  const request = placementRequest(service);
  const random = parts.kernel.random.stream('ecs.placement');
  while (request && service.keeping.size + service.leaving.size < service.desiredCount) {
    const placement = place(request, random);
    if (!placement.ok) return;
    adopt(parts, service, placement.instance, path);
  }
}

function fillDaemon(parts: LoadParts, service: Service, path: string): void {
  const request = placementRequest(service);
  for (const instance of service.cluster.instances.values()) {
    if (!request || !isEligible(service, instance)) continue;
    service.eligibleInstances.add(instance);
    service.desiredCount++;
    const alreadyThere = service.perInstance.has(instance);
    if (!alreadyThere && obstacle(instance, request) === undefined)
      adopt(parts, service, instance, path);
  }
}

function adopt(
  { kernel, lifecycle }: LoadParts,
  service: Service,
  instance: ContainerInstance,
  path: string,
): void {
  const [deployment] = service.deployments;
  if (!deployment) return;
  const { taskDefinition } = deployment;
  const createdAt = kernel.clock.now() - DAY_MILLISECONDS;
  refusedAs(`${path}.loadBalancers`, () =>
    lifecycle.adopt({ instance, taskDefinition, service, deployment, createdAt }),
  );
}
