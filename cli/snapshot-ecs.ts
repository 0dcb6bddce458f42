// Writes the ECS side of a snapshot: only what a rehearsal needs, and never what containers are told in secret.

import type { FleetDraft } from '../simulator/fleet-file/build-fleet.ts';
import type { SeenCluster } from './aws/read-cluster.ts';

type Key = 'containerInstances' | 'services' | 'taskDefinitions' | 'tasks';
/** One entry of a list of the fleet file. */
type Draft<K extends Key> = NonNullable<FleetDraft[K]>[number];

/** What an agent of its kind can do: dozens of lines for each instance, and the simulator knows them. */
const CAPABILITY = /^(com\.amazonaws\.)?ecs\.capability\./;

/** Old ARNs do not name the cluster, which a fleet file has nowhere else. */
function longArn(arn: string, clusterName: string): string {
  const [before = '', ...path] = arn.split('/');
  return path.length === 1 ? `${before}/${clusterName}/${path[0]}` : arn;
}

function tagsOf(tags: SeenCluster['services'][number]['tags'] = []) {
  return tags.map(({ key = '', value = '' }) => ({ key, value }));
}

/** Members without a value are left out, so that the file is short and its defaults apply. */
function present<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function draftInstance(
  one: SeenCluster['containerInstances'][number],
  clusterName: string,
): Draft<'containerInstances'> {
  return present({
    containerInstanceArn: longArn(one.containerInstanceArn ?? '', clusterName),
    ec2InstanceId: one.ec2InstanceId ?? '',
    status: one.status as 'ACTIVE' | 'DRAINING',
    agentConnected: one.agentConnected ?? false,
    version: one.version,
    versionInfo: one.versionInfo && present({ ...one.versionInfo, agentHash: undefined }),
    registeredResources: one.registeredResources?.map(
      ({ name = '', integerValue, stringSetValue }) =>
        present({ name, integerValue: integerValue || undefined, stringSetValue }),
    ),
    attributes: one.attributes
      ?.filter(({ name = '' }) => !CAPABILITY.test(name))
      .map(({ name = '', value }) => present({ name, value })),
    capacityProviderName: one.capacityProviderName,
    tags: tagsOf(one.tags),
  });
}

function draftService(one: SeenCluster['services'][number]): Draft<'services'> {
  const { minimumHealthyPercent, maximumPercent } = one.deploymentConfiguration ?? {};
  return present({
    serviceName: one.serviceName ?? '',
    clusterArn: one.clusterArn ?? '',
    serviceArn: one.serviceArn,
    taskDefinition: one.taskDefinition ?? '',
    desiredCount: one.schedulingStrategy === 'DAEMON' ? undefined : one.desiredCount,
    schedulingStrategy: one.schedulingStrategy,
    launchType: one.launchType,
    deploymentConfiguration: present({ minimumHealthyPercent, maximumPercent }),
    loadBalancers: one.loadBalancers?.map(({ targetGroupArn, containerName, containerPort }) =>
      present({ targetGroupArn, containerName, containerPort }),
    ),
    placementConstraints: one.placementConstraints?.map(
      ({ type = 'distinctInstance', expression }) => present({ type, expression }),
    ),
    placementStrategy: one.placementStrategy?.map(({ type = 'random', field }) =>
      present({ type, field }),
    ),
    healthCheckGracePeriodSeconds: one.healthCheckGracePeriodSeconds,
    tags: tagsOf(one.tags),
  });
}

/** Environment, secrets, commands and images stay where they are. */
function draftTaskDefinition(
  one: SeenCluster['taskDefinitions'][number],
): Draft<'taskDefinitions'> {
  const { taskDefinitionArn = '', family, revision, cpu, memory, networkMode } = one;
  const { cpuArchitecture } = one.runtimePlatform ?? {};
  return present({
    taskDefinitionArn,
    family,
    revision,
    cpu,
    memory,
    networkMode,
    containerDefinitions: (one.containerDefinitions ?? []).map((container) =>
      present({
        name: container.name ?? '',
        cpu: container.cpu,
        memory: container.memory,
        memoryReservation: container.memoryReservation,
        essential: container.essential,
        portMappings: container.portMappings?.flatMap(({ containerPort, hostPort, protocol }) =>
          containerPort === undefined ? [] : present({ containerPort, hostPort, protocol }),
        ),
        stopTimeout: container.stopTimeout,
        resourceRequirements: container.resourceRequirements?.flatMap(({ type, value }) =>
          type === undefined ? [] : present({ type, value }),
        ),
        healthCheck:
          container.healthCheck &&
          present({
            interval: container.healthCheck.interval,
            retries: container.healthCheck.retries,
            startPeriod: container.healthCheck.startPeriod,
          }),
      }),
    ),
    runtimePlatform: cpuArchitecture && { cpuArchitecture },
    placementConstraints: one.placementConstraints?.flatMap(({ type, expression }) =>
      type === 'memberOf' ? present({ type, expression }) : [],
    ),
  });
}

function draftTask(
  one: SeenCluster['tasks'][number],
  { clusterName, protectedUntil }: SeenCluster,
): Draft<'tasks'> {
  const until = protectedUntil.get(one.taskArn ?? '');
  return present({
    taskArn: one.taskArn ?? '',
    clusterArn: one.clusterArn ?? '',
    taskDefinitionArn: one.taskDefinitionArn ?? '',
    containerInstanceArn: longArn(one.containerInstanceArn ?? '', clusterName),
    group: one.group,
    startedBy: one.startedBy,
    lastStatus: one.lastStatus,
    desiredStatus: one.desiredStatus,
    protectedUntil: until === undefined ? undefined : new Date(until).toISOString(),
  });
}

/** Of a service that the file has, or of none: a fleet file knows no task of a service that is being deleted. */
function isKnown({ group, startedBy }: SeenCluster['tasks'][number], names: ReadonlySet<string>) {
  const ofService = startedBy?.startsWith('ecs-svc/') || group?.startsWith('service:');
  return !ofService || names.has(group?.replace(/^service:/, '') ?? '');
}

/** Fargate's services and tasks run on no container instance. */
export function draftEcs(seen: SeenCluster): { [K in Key]: Draft<K>[] } {
  const services = seen.services.filter(({ launchType }) => launchType !== 'FARGATE');
  const names = new Set(services.map(({ serviceName }) => serviceName ?? ''));
  const tasks = seen.tasks.filter(
    (one) => one.containerInstanceArn !== undefined && isKnown(one, names),
  );
  const used = new Set([
    ...services.map(({ taskDefinition }) => taskDefinition),
    ...tasks.map(({ taskDefinitionArn }) => taskDefinitionArn),
  ]);
  return {
    containerInstances: seen.containerInstances.map((one) => draftInstance(one, seen.clusterName)),
    services: services.map(draftService),
    taskDefinitions: seen.taskDefinitions
      .filter(({ taskDefinitionArn }) => used.has(taskDefinitionArn))
      .map(draftTaskDefinition),
    tasks: tasks.map((one) => draftTask(one, seen)),
  };
}
