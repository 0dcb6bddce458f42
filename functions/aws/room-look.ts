// Reads where the tasks of what is drained can go: a sample of the fleet at no cost, or all of it when that is short.

import type { Service } from '../core/model.ts';
import type { Room } from '../core/packing.ts';
import type { FleetRoom, Moving } from '../core/room.ts';
import { now } from './clock.ts';
import { describeContainerInstances, listContainerInstances } from './ecs.ts';
import type { SeenContainerInstance } from './ecs-shapes.ts';
import type { InstanceRecord } from './instance-record.ts';
import { getItem, putItem } from './table.ts';

/** Ids of so many container instances are 330 KB of an item's 400. */
const FLEET_MAX = 10_000;

function idOf(containerInstanceArn: string): string {
  return containerInstanceArn.slice(containerInstanceArn.lastIndexOf('/') + 1);
}

/** Remembers which container instances there are, for samples of a fleet that one call cannot look at. */
export async function writeFleet(rolloutId: string, arns: readonly string[]): Promise<void> {
  const ids = arns.slice(0, FLEET_MAX).map(idOf).join(',');
  await putItem({ pk: `ROLLOUT#${rolloutId}`, sk: 'FLEET', ids });
}

/** Ids for a call that has places left; which ones turns with the time, so that all have theirs. */
export async function sampleFleet(
  rolloutId: string,
  places: number,
  except: readonly string[],
): Promise<string[]> {
  if (places <= 0) return [];
  const item = await getItem({ pk: `ROLLOUT#${rolloutId}`, sk: 'FLEET' });
  const named = new Set(['', ...except.map(idOf)]);
  const ids = String(item?.ids ?? '')
    .split(',')
    .filter((id) => !named.has(id));
  const from = Math.floor(now() / 1000) % Math.max(1, ids.length);
  return [...ids.slice(from), ...ids.slice(0, from)].slice(0, places);
}

/** Looks at every container instance, those that joined since the plan too. */
export async function lookEverywhere(clusterArn: string): Promise<SeenContainerInstance[]> {
  const arns = await listContainerInstances(clusterArn, { status: 'ACTIVE' });
  return describeContainerInstances(clusterArn, arns);
}

/** Steps during which the tasks of an open container instance still have to find a place. */
const DRAINS: ReadonlySet<string | undefined> = new Set(['Started', 'Draining']);

function movingOn(records: readonly InstanceRecord[]): Moving[] {
  return records.flatMap((record) => record.moving ?? []);
}

export function toFleetRoom(given: {
  readonly seen: Iterable<SeenContainerInstance>;
  readonly complete: boolean;
  readonly open: readonly InstanceRecord[];
  /** ARNs of those that this rollout has taken or left drained. */
  readonly ours: ReadonlySet<string>;
  readonly services: readonly Service[];
  readonly outByOthers: number;
}): FleetRoom {
  const seen = [...given.seen];
  const empty = new Set(seen.flatMap((one) => (one.tasksWanted === 0 ? one.ec2InstanceId : [])));
  const draining = given.open.filter(
    ({ step, ec2InstanceId }) => DRAINS.has(step) && !empty.has(ec2InstanceId),
  );
  const rooms = seen.flatMap(({ status, agentConnected, containerInstanceArn, room }): Room[] =>
    status === 'ACTIVE' && agentConnected && !given.ours.has(containerInstanceArn) ? [room] : [],
  );
  return {
    rooms,
    complete: given.complete,
    services: given.services,
    draining: movingOn(draining),
    moved: movingOn(given.open.filter((one) => !draining.includes(one))),
    elsewhere: given.outByOthers,
  };
}
