// Places the tasks of a made-up fleet's services, evenly over zones and machines.

import { Random, type RandomStream } from '../kernel/random.ts';
import type { FleetDraft, Place } from './build-fleet.ts';
import type { ServiceShare } from './draft-services.ts';
import type { FleetPlan } from './fleet-plan.ts';

type TaskDraft = NonNullable<FleetDraft['tasks']>[number];

/** What is left of one machine. */
interface Room {
  readonly place: Place;
  cpu: number;
  memory: number;
  readonly services: Set<string>;
  readonly hostPorts: Set<number>;
}

/**
 * CPU units and MiB that the agent registers on a machine of 4 vCPU and 16 GiB, less some for
 * daemons.
 */
const CPU_UNITS = 3840;
const MEMORY_MIB = 14_000;

/** Machines in the order of their zones' turns: a, b, c, a, b, c, … */
function inTurns(places: readonly Place[]): readonly Room[] {
  const zones = new Map<string, Place[]>();
  for (const place of places) {
    const zone = zones.get(place.availabilityZone) ?? [];
    zone.push(place);
    zones.set(place.availabilityZone, zone);
  }
  const turns = Math.max(0, ...[...zones.values()].map((zone) => zone.length));
  const ordered = Array.from({ length: turns }, (_, turn) =>
    [...zones.values()].flatMap((zone) => zone[turn] ?? []),
  ).flat();
  return ordered.map((place) => ({
    place,
    cpu: CPU_UNITS,
    memory: MEMORY_MIB,
    services: new Set(),
    hostPorts: new Set(),
  }));
}

function fits(room: Room, { name, plan }: ServiceShare): boolean {
  if (plan.arch && room.place.variant.arch !== plan.arch) return false;
  if (plan.hostPort !== undefined && room.hostPorts.has(plan.hostPort)) return false;
  return !room.services.has(name) && room.cpu >= plan.cpu && room.memory >= plan.memory;
}

function occupy(room: Room, { name, plan }: ServiceShare): void {
  room.cpu -= plan.cpu;
  room.memory -= plan.memory;
  room.services.add(name);
  if (plan.hostPort !== undefined) room.hostPorts.add(plan.hostPort);
}

/** `ecs-svc/` and 19 digits, as the service scheduler writes it. */
function startedBy(stream: RandomStream): string {
  return `ecs-svc/${Array.from({ length: 19 }, () => stream.integer(1, 9)).join('')}`;
}

/**
 * Tasks of the services, each on a machine with room; what finds none is left to the service
 * scheduler, which also gives every machine its daemons.
 */
export function draftServiceTasks(
  plan: FleetPlan,
  places: readonly Place[],
  shares: readonly ServiceShare[],
): readonly TaskDraft[] {
  const rooms = inTurns(places);
  const stream = new Random(plan.seed).stream('fleet.tasks');
  const prefix = `arn:aws:ecs:${plan.region}:${plan.accountId}`;
  const tasks: TaskDraft[] = [];
  let turn = 0;
  for (const share of shares) {
    const deployment = startedBy(stream);
    for (let task = 0; task < (share.desiredCount ?? 0); task++) {
      let looked = 0;
      while (looked < rooms.length && !fits(rooms[turn % rooms.length]!, share)) {
        turn++;
        looked++;
      }
      if (looked === rooms.length) break;
      const room = rooms[turn++ % rooms.length]!;
      occupy(room, share);
      tasks.push({
        taskArn: `${prefix}:task/${plan.clusterName}/${stream.hex(32)}`,
        clusterArn: `${prefix}:cluster/${plan.clusterName}`,
        taskDefinitionArn: `${prefix}:task-definition/${share.name}:1`,
        containerInstanceArn: room.place.containerInstanceArn,
        group: `service:${share.name}`,
        startedBy: deployment,
      });
    }
  }
  return tasks;
}
