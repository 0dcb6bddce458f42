// Decides which services and tasks of a fleet file concern its container instances; others are left out.

import type { Fleet } from './schema.ts';

type Service = Fleet['services'][number];
type Task = Fleet['tasks'][number];

/** Names of the two capacity providers that every cluster has. */
const FARGATE = /^FARGATE(_SPOT)?$/;

/** False for services of Fargate, and for those that are being deleted or were. */
export function isOnInstances({ status, launchType, capacityProviderStrategy = [] }: Service) {
  const isFargate =
    FARGATE.test(launchType ?? '') ||
    capacityProviderStrategy.some(({ capacityProvider }) => FARGATE.test(capacityProvider));
  return status === 'ACTIVE' && !isFargate;
}

/** What new tasks of a service run; with the deployment controller EXTERNAL its PRIMARY task set says so. */
export function taskDefinitionOf({ taskDefinition, taskSets = [] }: Service): string | undefined {
  return taskDefinition ?? taskSets.find(({ status }) => status === 'PRIMARY')?.taskDefinition;
}

/** A task that runs on a container instance. */
export type PlacedTask = Task & { readonly containerInstanceArn: string };

/** @returns Whether a task is on a container instance, and not one of a service that is left out. */
export function placedTasks({
  services,
}: Pick<Fleet, 'services'>): (task: Task) => task is PlacedTask {
  const leftOut = new Set(
    services
      .filter((service) => !isOnInstances(service))
      .map(({ serviceName, clusterArn }) => `${clusterArn} service:${serviceName}`),
  );
  return (task): task is PlacedTask =>
    task.containerInstanceArn !== undefined && !leftOut.has(`${task.clusterArn} ${task.group}`);
}
