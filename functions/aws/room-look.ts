// Reads where the tasks of what is drained can go: a sample of the fleet at no cost, or all of it when that is short.

import type { Service } from '../core/model.ts';
import type { Room } from '../core/packing.ts';
import type { FleetRoom, Moving } from '../core/room.ts';
import { now } from './clock.ts';
import type { IndexedInstance } from './dispatch-index.ts';
import {
  DESCRIBE_CONTAINER_INSTANCES_MAX,
  describeContainerInstances,
  listContainerInstances,
} from './ecs.ts';
import type { SeenContainerInstance } from './ecs-shapes.ts';
import { getItem, type Key } from './table.ts';
import { putItems } from './table-batches.ts';

/** Ids in one item: as many as one call can look at, a read unit. */
const PART_SIZE = DESCRIBE_CONTAINER_INSTANCES_MAX;

function idOf(containerInstanceArn: string): string {
  return containerInstanceArn.slice(containerInstanceArn.lastIndexOf('/') + 1);
}

function partKey(rolloutId: string, part: number): Key {
  return { pk: `ROLLOUT#${rolloutId}`, sk: `FLEET#${String(part).padStart(4, '0')}` };
}

/**
 * Remembers which container instances there are, for samples of a fleet that one call cannot look at.
 *
 * @returns The number of items that hold them.
 */
export async function writeFleet(rolloutId: string, arns: readonly string[]): Promise<number> {
  const parts = Math.ceil(arns.length / PART_SIZE);
  await putItems(
    Array.from({ length: parts }, (_, part) => ({
      ...partKey(rolloutId, part),
      ids: arns
        .slice(part * PART_SIZE, (part + 1) * PART_SIZE)
        .map(idOf)
        .join(','),
    })),
  );
  return parts;
}

/** Ids for a call that has places left; which ones turns with the time, so that all have theirs. */
export async function sampleFleet(
  rolloutId: string,
  parts: number,
  except: readonly string[],
): Promise<string[]> {
  const second = Math.floor(now() / 1000);
  const item = await getItem(partKey(rolloutId, second % parts));
  const named = new Set(['', ...except.map(idOf)]);
  const ids = String(item?.ids ?? '')
    .split(',')
    .filter((id) => !named.has(id));
  const from = Math.floor(second / parts) % Math.max(1, ids.length);
  return [...ids.slice(from), ...ids.slice(0, from)];
}

/** Looks at every container instance, those that joined since the plan too. */
export async function lookEverywhere(clusterArn: string): Promise<SeenContainerInstance[]> {
  const arns = await listContainerInstances(clusterArn, { status: 'ACTIVE' });
  return describeContainerInstances(clusterArn, arns);
}

/** Steps during which the tasks of an open container instance still have to find a place. */
const DRAINS: ReadonlySet<string | undefined> = new Set(['Started', 'Draining']);

function movingOn(records: readonly IndexedInstance[]): Moving[] {
  return records.flatMap((record) => record.moving ?? []);
}

export function toFleetRoom(given: {
  readonly seen: Iterable<SeenContainerInstance>;
  readonly complete: boolean;
  readonly open: readonly IndexedInstance[];
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
