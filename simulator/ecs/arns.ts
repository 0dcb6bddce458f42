// Writes and reads the Amazon Resource Names of ECS, in the long form that carries the cluster's
// name.

import { arn, type Kernel } from '../kernel/kernel.ts';

type Place = Pick<Kernel, 'region' | 'accountId'>;

export const clusterArn = (place: Place, cluster: string) =>
  arn(place, 'ecs', `cluster/${cluster}`);

export const containerInstanceArn = (place: Place, cluster: string, id: string) =>
  arn(place, 'ecs', `container-instance/${cluster}/${id}`);

export const taskArn = (place: Place, cluster: string, id: string) =>
  arn(place, 'ecs', `task/${cluster}/${id}`);

export const serviceArn = (place: Place, cluster: string, name: string) =>
  arn(place, 'ecs', `service/${cluster}/${name}`);

/**
 * The part after the last `/`: an id or a name, from an ARN of the long or the old form, or from
 * itself.
 */
export function lastPart(identifier: string): string {
  return identifier.slice(identifier.lastIndexOf('/') + 1);
}

/** The cluster named inside a long ARN of a container instance, task or service. */
export function clusterNameIn(identifier: string): string | undefined {
  const parts = identifier.split('/');
  return parts.length === 3 && identifier.startsWith('arn:') ? parts[1] : undefined;
}
