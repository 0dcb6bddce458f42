// Finds what a fleet file says of one thing in two places that do not agree.

import { isOnInstances, placedTasks, taskDefinitionOf } from './left-out.ts';
import { arnsOfElsewhere } from './own-arns.ts';
import type { Fleet } from './schema.ts';

export interface Contradiction {
  /** Key inside the fleet file. */
  readonly path: string;
  readonly message: string;
}

type Check = (fleet: Fleet) => Iterable<Contradiction>;

function last(arnOrName: string): string {
  return arnOrName.split('/').at(-1) ?? arnOrName;
}

/** Cluster name inside `…:container-instance/<cluster>/<id>`; undefined in the old, short form. */
function clusterInArn(arn: string): string | undefined {
  const parts = arn.split('/');
  return parts.length === 3 ? parts[1] : undefined;
}

function listed(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, 5).map((name) => JSON.stringify(name));
  return all.length > 5 ? `${shown.join(', ')}, … (${all.length})` : shown.join(', ') || 'none';
}

function* duplicates(
  path: string,
  key: string,
  values: readonly string[],
): Iterable<Contradiction> {
  const first = new Map<string, number>();
  for (const [index, value] of values.entries()) {
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, index);
    else
      yield {
        path: `${path}[${index}].${key}`,
        message: `found "${value}", which ${path}[${earlier}] has already`,
      };
  }
}

function* uniqueIds(fleet: Fleet): Iterable<Contradiction> {
  yield* duplicates(
    'clusters',
    'clusterName',
    fleet.clusters.map((one) => one.clusterName),
  );
  yield* duplicates(
    'hosts',
    'ec2InstanceId',
    fleet.hosts.map((one) => one.ec2InstanceId),
  );
  const instances = fleet.containerInstances;
  yield* duplicates(
    'containerInstances',
    'containerInstanceArn',
    instances.map((one) => one.containerInstanceArn),
  );
  yield* duplicates(
    'containerInstances',
    'ec2InstanceId',
    instances.map((one) => one.ec2InstanceId),
  );
  yield* duplicates(
    'tasks',
    'taskArn',
    fleet.tasks.map((one) => one.taskArn),
  );
  yield* duplicates(
    'services',
    'serviceName',
    fleet.services.map((one) => `${last(one.clusterArn)}/${one.serviceName}`),
  );
  yield* duplicates(
    'taskDefinitions',
    'taskDefinitionArn',
    fleet.taskDefinitions.map((one) => one.taskDefinitionArn),
  );
  const groups = fleet.autoScalingGroups;
  yield* duplicates(
    'autoScalingGroups',
    'AutoScalingGroupName',
    groups.map((one) => one.AutoScalingGroupName),
  );
}

/**
 * Every container instance runs on a host, and every host carries one: the simulator needs both
 * sides.
 */
function* hostsOfInstances({ containerInstances, hosts }: Fleet): Iterable<Contradiction> {
  const hostIds = new Set(hosts.map((host) => host.ec2InstanceId));
  for (const [index, { ec2InstanceId }] of containerInstances.entries())
    if (!hostIds.has(ec2InstanceId))
      yield {
        path: `containerInstances[${index}].ec2InstanceId`,
        message: `found "${ec2InstanceId}"; expected an id of hosts: ${listed(hostIds)}`,
      };
  const instanceIds = new Set(containerInstances.map((instance) => instance.ec2InstanceId));
  for (const [index, { ec2InstanceId }] of hosts.entries())
    if (!instanceIds.has(ec2InstanceId))
      yield {
        path: `hosts[${index}].ec2InstanceId`,
        message:
          `found "${ec2InstanceId}", which no container instance has; ` +
          `expected one of: ${listed(instanceIds)}`,
      };
}

function* knownClusters(fleet: Fleet): Iterable<Contradiction> {
  const names = new Set(fleet.clusters.map((cluster) => cluster.clusterName));
  const wrong = (path: string, name: string) => ({
    path,
    message: `found cluster "${name}"; expected one of clusters: ${listed(names)}`,
  });
  for (const [index, { containerInstanceArn }] of fleet.containerInstances.entries()) {
    const name = clusterInArn(containerInstanceArn);
    if (name !== undefined && !names.has(name))
      yield wrong(`containerInstances[${index}].containerInstanceArn`, name);
  }
  for (const [index, { clusterArn }] of fleet.services.entries())
    if (!names.has(last(clusterArn)))
      yield wrong(`services[${index}].clusterArn`, last(clusterArn));
  for (const [index, { clusterArn }] of fleet.tasks.entries())
    if (!names.has(last(clusterArn))) yield wrong(`tasks[${index}].clusterArn`, last(clusterArn));
  for (const [index, { launches }] of fleet.autoScalingGroups.entries())
    if (launches && !names.has(launches.clusterName))
      yield wrong(`autoScalingGroups[${index}].launches.clusterName`, launches.clusterName);
}

/** `family:revision` or the ARN; a family alone means its latest revision. */
function isDefined(known: ReadonlySet<string>, reference: string): boolean {
  const name = last(reference);
  return known.has(name) || [...known].some((one) => one.startsWith(`${name}:`));
}

function* knownTaskDefinitions(fleet: Fleet): Iterable<Contradiction> {
  const known = new Set(fleet.taskDefinitions.map((one) => last(one.taskDefinitionArn)));
  const message = (found: string) =>
    `found "${found}"; expected one of taskDefinitions: ${listed(known)}`;
  for (const [index, service] of fleet.services.entries()) {
    const found = taskDefinitionOf(service) ?? 'nothing';
    if (isOnInstances(service) && !isDefined(known, found))
      yield { path: `services[${index}].taskDefinition`, message: message(found) };
  }
  const isPlaced = placedTasks(fleet);
  for (const [index, task] of fleet.tasks.entries()) {
    const found = task.taskDefinitionArn;
    if (isPlaced(task) && !isDefined(known, found))
      yield { path: `tasks[${index}].taskDefinitionArn`, message: message(found) };
  }
}

function* placesOfTasks(fleet: Fleet): Iterable<Contradiction> {
  const arns = new Set(fleet.containerInstances.map((instance) => instance.containerInstanceArn));
  const isPlaced = placedTasks(fleet);
  for (const [index, task] of fleet.tasks.entries()) {
    const { containerInstanceArn } = task;
    if (isPlaced(task) && !arns.has(task.containerInstanceArn))
      yield {
        path: `tasks[${index}].containerInstanceArn`,
        message:
          `found "${containerInstanceArn}"; ` +
          `expected an ARN of containerInstances: ${listed(arns)}`,
      };
  }
}

function* knownTargetGroups({ services, targetGroups }: Fleet): Iterable<Contradiction> {
  const arns = new Set(targetGroups.map((group) => group.TargetGroupArn));
  for (const [index, service] of services.entries()) {
    const { loadBalancers = [] } = isOnInstances(service) ? service : {};
    for (const [at, { targetGroupArn }] of loadBalancers.entries())
      if (targetGroupArn !== undefined && !arns.has(targetGroupArn))
        yield {
          path: `services[${index}].loadBalancers[${at}].targetGroupArn`,
          message: `found "${targetGroupArn}"; expected an ARN of targetGroups: ${listed(arns)}`,
        };
  }
}

function* groupsOfHosts({ autoScalingGroups, hosts }: Fleet): Iterable<Contradiction> {
  const hostIds = new Set(hosts.map((host) => host.ec2InstanceId));
  const groupOf = new Map<string, string>();
  for (const [index, group] of autoScalingGroups.entries())
    for (const [at, { InstanceId }] of group.Instances.entries()) {
      groupOf.set(InstanceId, group.AutoScalingGroupName);
      if (!hostIds.has(InstanceId))
        yield {
          path: `autoScalingGroups[${index}].Instances[${at}].InstanceId`,
          message: `found "${InstanceId}"; expected an id of hosts: ${listed(hostIds)}`,
        };
    }
  for (const [index, { autoScalingGroupName, ec2InstanceId }] of hosts.entries())
    if (autoScalingGroupName !== undefined && groupOf.get(ec2InstanceId) !== autoScalingGroupName)
      yield {
        path: `hosts[${index}].autoScalingGroupName`,
        message:
          `found "${autoScalingGroupName}"; ` +
          `that group of autoScalingGroups does not list "${ec2InstanceId}"`,
      };
}

function* sizesOfGroups({ autoScalingGroups }: Fleet): Iterable<Contradiction> {
  for (const [index, { MinSize, MaxSize, DesiredCapacity }] of autoScalingGroups.entries())
    if (DesiredCapacity < MinSize || DesiredCapacity > MaxSize)
      yield {
        path: `autoScalingGroups[${index}].DesiredCapacity`,
        message: `found ${DesiredCapacity}; expected MinSize ${MinSize} to MaxSize ${MaxSize}`,
      };
}

/** A 99th percentile is never below the median. */
function* timingsOfHosts({ hosts }: Fleet): Iterable<Contradiction> {
  for (const [index, { timings }] of hosts.entries())
    for (const [name, duration] of Object.entries(timings)) {
      const { medianSeconds = 0, p99Seconds = 0 } = duration ?? {};
      if (p99Seconds < medianSeconds)
        yield {
          path: `hosts[${index}].timings.${name}.p99Seconds`,
          message: `found ${p99Seconds}; expected at least medianSeconds, ${medianSeconds}`,
        };
    }
}

const CHECKS: readonly Check[] = [
  uniqueIds,
  arnsOfElsewhere,
  knownClusters,
  hostsOfInstances,
  knownTaskDefinitions,
  placesOfTasks,
  knownTargetGroups,
  groupsOfHosts,
  sizesOfGroups,
  timingsOfHosts,
];

/**
 * The first contradiction in the order of the checks, or undefined when the file agrees with
 * itself.
 */
export function firstContradiction(fleet: Fleet): Contradiction | undefined {
  for (const check of CHECKS) for (const contradiction of check(fleet)) return contradiction;
  return undefined;
}
