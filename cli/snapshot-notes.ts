// Says what a snapshot could not know and took for granted, for whoever rehearses on it.

import type { SeenCluster } from './aws/read-cluster.ts';

/** Ids that are named one by one. */
const NAMED_MAX = 3;

function named(ids: readonly string[]): string {
  const more = ids.length - NAMED_MAX;
  return ids.slice(0, NAMED_MAX).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function isBottlerocket({ attributes = [] }: SeenCluster['containerInstances'][number]): boolean {
  return attributes.some(({ name }) => name === 'bottlerocket.variant');
}

function aboutVersions({ containerInstances, managed }: SeenCluster): string[] {
  const silent = containerInstances
    .filter((one) => isBottlerocket(one) && !managed.has(one.ec2InstanceId ?? ''))
    .map(({ ec2InstanceId = '' }) => ec2InstanceId);
  return silent.length === 0
    ? []
    : [`versions that Systems Manager does not tell (${named(silent)}): as most of their image`];
}

function aboutTasks({ tasks, services }: SeenCluster): string[] {
  const names = new Set(services.map(({ serviceName }) => `service:${serviceName}`));
  const onInstances = tasks.filter((one) => one.containerInstanceArn !== undefined);
  const isOfService = (one: (typeof tasks)[number]) => one.startedBy?.startsWith('ecs-svc/');
  const standalone = onInstances.filter((one) => !isOfService(one)).length;
  const orphans = onInstances.filter(
    (one) => isOfService(one) && !names.has(one.group ?? ''),
  ).length;
  return [
    ...(standalone > 0 ? [`how long standalone tasks run (${standalone} of them): for ever`] : []),
    ...(orphans > 0
      ? [`tasks of services that are not ACTIVE (${orphans} of them): left out`]
      : []),
  ];
}

function aboutGroups({ autoScalingGroups, containerInstances }: SeenCluster): string[] {
  const ids = new Set(containerInstances.map(({ ec2InstanceId }) => ec2InstanceId));
  const changed = autoScalingGroups
    .filter(({ DesiredCapacity, Instances = [] }) => {
      return DesiredCapacity !== Instances.filter(({ InstanceId }) => ids.has(InstanceId)).length;
    })
    .map(({ AutoScalingGroupName = '' }) => AutoScalingGroupName);
  return [
    ...(autoScalingGroups.length > 0
      ? [
          'what Auto Scaling groups would launch: as most of their instances; no managed termination protection',
        ]
      : []),
    ...(changed.length > 0
      ? [`the desired capacity of ${named(changed)}: their container instances in this cluster`]
      : []),
  ];
}

/** @param to The release to rehearse. */
export function snapshotNotes(seen: SeenCluster, to: string): string[] {
  return [
    `the update repository: what runs now, and ${to} for every host at once`,
    'how long downloads, boots and agents take: as the simulator has them',
    'settings of hosts (version lock, repository waves, admin container): as Bottlerocket has them; other partition: empty',
    ...aboutVersions(seen),
    ...aboutTasks(seen),
    ...aboutGroups(seen),
    'CloudWatch alarms and Change Calendars: none; add those that the policy names',
  ];
}
