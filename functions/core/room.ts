// Decides, for one candidate at a time, whether its tasks find room beside those of all that drain already.

import { isLive } from './drain.ts';
import type { Service, Task } from './model.ts';
import type { Homeless, Room } from './packing.ts';
import { judgePlacement, type Placement } from './placement.ts';

/** Tasks of one service that a drain moves off a container instance. */
export interface Moving {
  readonly serviceName: string;
  readonly tasks: number;
  /** True: they run on another task definition than the one that was read, so what they need is not known. */
  readonly changed?: boolean | undefined;
}

/** The room in the fleet, as last looked at. */
export interface FleetRoom {
  /** Container instances that take tasks: ACTIVE, connected, none of ours. */
  readonly rooms: readonly Room[];
  /** True when these are all of them. */
  readonly complete: boolean;
  readonly services: readonly Service[];
  /** Tasks on container instances that drain now: they need a place too. */
  readonly draining: readonly Moving[];
  /** Tasks of those further along: placed elsewhere by now, or missing for as long as their service allows. */
  readonly moved: readonly Moving[];
  /** Container instances that others took out of service: tasks may still run there. */
  readonly elsewhere: number;
}

interface Leaving {
  readonly ec2InstanceId: string;
  readonly moving?: readonly Moving[] | undefined;
}

/** How many tasks of each REPLICA service a drain has to move, by service name. */
export function movingOf(tasks: readonly Task[], services: ReadonlyMap<string, Service>): Moving[] {
  const counts = new Map<string, { tasks: number; changed: boolean }>();
  for (const task of tasks.filter(isLive)) {
    const { serviceName = '', taskDefinitionArn } = task;
    const service = services.get(serviceName);
    if (service?.schedulingStrategy !== 'REPLICA') continue;
    const count = counts.get(serviceName) ?? { tasks: 0, changed: false };
    const changed = count.changed || taskDefinitionArn !== service.taskDefinitionArn;
    counts.set(serviceName, { tasks: count.tasks + 1, changed });
  }
  return [...counts]
    .map(([serviceName, { tasks: number, changed }]) => ({
      serviceName,
      tasks: number,
      ...(changed ? { changed } : {}),
    }))
    .sort((a, b) => (a.serviceName < b.serviceName ? -1 : 1));
}

export function tasksIn(moving: readonly Moving[]): number {
  return moving.reduce((sum, one) => sum + one.tasks, 0);
}

/** Tasks that a service may lack at once: ECS stops so many before it has a place for others. */
export function mayLack({ desiredCount, minimumHealthyPercent }: Service): number {
  return Math.max(0, desiredCount - Math.ceil((desiredCount * minimumHealthyPercent) / 100));
}

function countOf(moving: readonly Moving[], serviceName: string): number {
  return moving.reduce((sum, one) => sum + (one.serviceName === serviceName ? one.tasks : 0), 0);
}

/** Tasks that need a place before the drains can end; those that their service may lack meanwhile do not. */
function homelessOf(leaving: readonly Moving[], { services, moved }: FleetRoom): Homeless[] {
  const byName = new Map(services.map((service) => [service.serviceName, service]));
  return [...new Set(leaving.map((one) => one.serviceName))].map((serviceName) => {
    const service = byName.get(serviceName);
    const lack = service ? Math.max(0, mayLack(service) - countOf(moved, serviceName)) : 0;
    const changed = leaving.some((one) => one.serviceName === serviceName && one.changed);
    return {
      serviceName,
      tasks: Math.max(0, countOf(leaving, serviceName) - lack),
      needs: changed ? undefined : service?.needs,
    };
  });
}

/** A service that wants each task on an instance of its own needs as many instances as tasks. */
function distinctRefusal(
  leaving: readonly Moving[],
  rooms: readonly Room[],
  { services, elsewhere }: FleetRoom,
): string | undefined {
  const crowded = services.find((service) => {
    const wanted = service.desiredCount - mayLack(service);
    const leaves = countOf(leaving, service.serviceName) > 0;
    return leaves && service.needs?.distinct && wanted > rooms.length + elsewhere;
  });
  return (
    crowded &&
    `service ${crowded.serviceName} wants each of its ${crowded.desiredCount} tasks on a container instance of its own (distinctInstance), and ${rooms.length} others take tasks`
  );
}

/**
 * @param chosen Candidates that start together with this one.
 * @returns `does-not-fit` is certain for the rooms that were looked at, and only for those.
 */
export function judgeRoom(
  candidate: Leaving,
  chosen: readonly Leaving[],
  room: FleetRoom,
): Placement {
  const gone = new Set([candidate, ...chosen].map((one) => one.ec2InstanceId));
  const rooms = room.rooms.filter((one) => !gone.has(one.ec2InstanceId));
  // An empty one matters too: what drains already may need the room on it.
  const leaving = [candidate, ...chosen].flatMap(({ moving = [] }) => moving);
  leaving.push(...room.draining);
  const reason = distinctRefusal(leaving, rooms, room);
  if (reason !== undefined) return { kind: 'does-not-fit', reason };
  return judgePlacement(homelessOf(leaving, room), rooms);
}
