// Puts tasks on container instances: first fit by several orders, then an exact search that gives up in time.

import { matchesQuery } from './cluster-query.ts';

/** Which container instances may run a task, whatever is free on them. */
export interface PlacementRules {
  /** No two tasks of the service on one container instance (`distinctInstance`). */
  readonly distinct: boolean;
  /** `memberOf` expressions. */
  readonly expressions: readonly string[];
  /** On these capacity providers only; none: on any. */
  readonly capacityProviders: readonly string[];
  /** Value of `ecs.cpu-architecture` that the task definition asks for. */
  readonly architecture?: string | undefined;
}

/** What one task of a service takes of a container instance, and which ones may run it. */
export interface TaskNeeds extends PlacementRules {
  readonly cpuUnits: number;
  readonly memoryMebibytes: number;
  /** Fixed host ports, written `8443/tcp`; a port that is chosen freely is always there. */
  readonly ports: readonly string[];
  /** Whole GPUs; absent: none. */
  readonly gpus?: number | undefined;
}

/** Tasks of one service that need a place. */
export interface Homeless {
  readonly serviceName: string;
  readonly tasks: number;
  /** Undefined: what they need is not known. */
  readonly needs: TaskNeeds | undefined;
}

/** What is left on one container instance that takes tasks. */
export interface Room {
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  readonly cpuUnits: number;
  readonly memoryMebibytes: number;
  /** Host ports that are taken, written `8443/tcp`. */
  readonly portsTaken: readonly string[];
  /** GPUs that no task holds. */
  readonly gpus: number;
  readonly attributes: ReadonlyMap<string, string>;
  readonly capacityProviderName?: string | undefined;
}

/** One task, with the rooms that may run it by what does not change: constraints, architecture. */
export interface Item {
  readonly serviceName: string;
  readonly needs: TaskNeeds;
  readonly allowed: readonly Shelf[];
}

/** A room while tasks are put into it. */
export interface Shelf {
  readonly room: Room;
  cpuUnits: number;
  memoryMebibytes: number;
  gpus: number;
  readonly ports: Set<string>;
  readonly distinct: Set<string>;
}

/** Tries of the exact search, some microseconds each; beyond that the question stays open. */
const TRIES_MAX = 2000;

/** Only ports that are asked for matter. */
export function shelvesOf(rooms: readonly Room[], homeless: readonly Homeless[]): Shelf[] {
  const asked = new Set(homeless.flatMap(({ needs }) => needs?.ports ?? []));
  return rooms.map((room) => ({
    room,
    cpuUnits: room.cpuUnits,
    memoryMebibytes: room.memoryMebibytes,
    gpus: room.gpus,
    ports: new Set(room.portsTaken.filter((port) => asked.has(port))),
    distinct: new Set(),
  }));
}

/** Why a room may never run the task, whatever is free on it. What cannot be told rules nothing out. */
export function ruledOutBy(room: Room, needs: TaskNeeds): string | undefined {
  const architecture = room.attributes.get('ecs.cpu-architecture');
  if (needs.architecture && architecture && architecture !== needs.architecture) {
    return `has architecture ${needs.architecture}`;
  }
  const { capacityProviders } = needs;
  if (
    capacityProviders.length > 0 &&
    !capacityProviders.includes(room.capacityProviderName ?? '')
  ) {
    return `belongs to capacity provider ${capacityProviders.join(' or ')}`;
  }
  const failed = needs.expressions.find((one) => matchesQuery(one, room.attributes) === false);
  return failed === undefined ? undefined : `matches the placement constraint "${failed}"`;
}

export function gpusOf({ gpus = 0 }: TaskNeeds): number {
  return gpus;
}

export function hasRoom(shelf: Shelf, { needs, serviceName }: Item): boolean {
  return (
    shelf.cpuUnits >= needs.cpuUnits &&
    shelf.memoryMebibytes >= needs.memoryMebibytes &&
    !needs.ports.some((port) => shelf.ports.has(port)) &&
    shelf.gpus >= gpusOf(needs) &&
    !(needs.distinct && shelf.distinct.has(serviceName))
  );
}

function put(shelf: Shelf, { needs, serviceName }: Item): void {
  shelf.cpuUnits -= needs.cpuUnits;
  shelf.memoryMebibytes -= needs.memoryMebibytes;
  shelf.gpus -= gpusOf(needs);
  for (const port of needs.ports) shelf.ports.add(port);
  if (needs.distinct) shelf.distinct.add(serviceName);
}

function take(shelf: Shelf, { needs, serviceName }: Item): void {
  shelf.cpuUnits += needs.cpuUnits;
  shelf.memoryMebibytes += needs.memoryMebibytes;
  shelf.gpus += gpusOf(needs);
  for (const port of needs.ports) shelf.ports.delete(port);
  if (needs.distinct) shelf.distinct.delete(serviceName);
}

export function toItems(homeless: readonly Homeless[], shelves: readonly Shelf[]): Item[] {
  return homeless.flatMap(({ serviceName, tasks, needs }) => {
    if (!needs) return [];
    const allowed = shelves.filter(({ room }) => ruledOutBy(room, needs) === undefined);
    return new Array<Item>(tasks).fill({ serviceName, needs, allowed });
  });
}

type Order = (a: Item, b: Item) => number;

/** The order that usually works, and two for when memory, or constraints, GPUs and ports, are what is short. */
export const ORDERS: readonly Order[] = [
  (a, b) =>
    b.needs.cpuUnits - a.needs.cpuUnits || b.needs.memoryMebibytes - a.needs.memoryMebibytes,
  (a, b) =>
    b.needs.memoryMebibytes - a.needs.memoryMebibytes || b.needs.cpuUnits - a.needs.cpuUnits,
  (a, b) =>
    a.allowed.length - b.allowed.length ||
    gpusOf(b.needs) - gpusOf(a.needs) ||
    b.needs.ports.length - a.needs.ports.length ||
    b.needs.cpuUnits - a.needs.cpuUnits,
];

/** First fit, decreasing. @returns The first task that found no place, with what it found. */
export function packed(
  homeless: readonly Homeless[],
  rooms: readonly Room[],
  order: Order,
): Item | undefined {
  const items = toItems(homeless, shelvesOf(rooms, homeless)).sort(order);
  for (const item of items) {
    const shelf = item.allowed.find((one) => hasRoom(one, item));
    if (!shelf) return item;
    put(shelf, item);
  }
  return undefined;
}

/** Rooms that the same tasks may use are told apart only by what is left on them. */
function kindsOf(items: readonly Item[]): Map<Shelf, string> {
  const kinds = new Map<Shelf, string>();
  for (const { serviceName, allowed } of new Map(items.map((one) => [one.allowed, one])).values()) {
    for (const shelf of allowed) kinds.set(shelf, `${kinds.get(shelf) ?? ''} ${serviceName}`);
  }
  return kinds;
}

function likenessOf(
  { cpuUnits, memoryMebibytes, gpus, ports, distinct }: Shelf,
  kind: string | undefined,
): string {
  const sets = `${[...ports].sort().join()}|${[...distinct].sort().join()}`;
  return `${cpuUnits}|${memoryMebibytes}|${gpus}|${sets}|${kind}`;
}

/** Whether some assignment exists; undefined: not found out within the tries. */
export function searched(items: readonly Item[]): boolean | undefined {
  const kinds = kindsOf(items);
  let tries = 0;
  const from = (index: number): boolean | undefined => {
    const item = items[index];
    if (!item) return true;
    const seen = new Set<string>();
    for (const shelf of item.allowed) {
      if (!hasRoom(shelf, item)) continue;
      const likeness = likenessOf(shelf, kinds.get(shelf));
      if (seen.has(likeness)) continue;
      seen.add(likeness);
      if (++tries > TRIES_MAX) return undefined;
      put(shelf, item);
      const found = from(index + 1);
      take(shelf, item);
      if (found !== false) return found;
    }
    return false;
  };
  return from(0);
}

/** More is asked for than all rooms have together: no search needed. */
export function exceedsTotal(items: readonly Item[], rooms: readonly Room[]): boolean {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  const left = (free: readonly number[]) => sum(free.map((one) => Math.max(0, one)));
  return (
    sum(items.map(({ needs }) => needs.cpuUnits)) > left(rooms.map((room) => room.cpuUnits)) ||
    sum(items.map(({ needs }) => needs.memoryMebibytes)) >
      left(rooms.map((room) => room.memoryMebibytes)) ||
    sum(items.map(({ needs }) => gpusOf(needs))) > left(rooms.map((room) => room.gpus))
  );
}
