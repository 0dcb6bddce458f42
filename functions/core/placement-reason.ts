// Says why a task finds no place: what binds on the container instances that remain, and the most that is left of it.

import { gpusOf, type Item, ruledOutBy, type Shelf } from './packing.ts';

/** What one room lacks for a task, with what it has of it. */
interface Lack {
  readonly what: string;
  readonly has?: { readonly number: number; readonly of: string } | undefined;
}

function lackOf(shelf: Shelf, { needs, serviceName }: Item): Lack {
  const ruledOut = ruledOutBy(shelf.room, needs);
  if (ruledOut !== undefined) return { what: ruledOut };
  if (shelf.cpuUnits < needs.cpuUnits) {
    const has = { number: Math.max(0, shelf.cpuUnits), of: shelf.room.ec2InstanceId };
    return { what: `has ${needs.cpuUnits} CPU units free`, has };
  }
  if (shelf.memoryMebibytes < needs.memoryMebibytes) {
    const has = { number: Math.max(0, shelf.memoryMebibytes), of: shelf.room.ec2InstanceId };
    return { what: `has ${needs.memoryMebibytes} MiB of memory free`, has };
  }
  const port = needs.ports.find((one) => shelf.ports.has(one));
  if (port !== undefined) return { what: `has host port ${port} free` };
  const gpus = gpusOf(needs);
  if (shelf.gpus < gpus) {
    const has = { number: Math.max(0, shelf.gpus), of: shelf.room.ec2InstanceId };
    return { what: `has ${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'} free`, has };
  }
  return { what: `runs no other task of ${serviceName} (distinctInstance)` };
}

function mostOf(lacks: readonly Lack[]): string {
  const found = lacks.flatMap(({ has }) => (has ? [has] : []));
  const [first] = found;
  if (!first) return '';
  const most = found.reduce((best, one) => (one.number > best.number ? one : best), first);
  return `; the most is ${most.number} (${most.of})`;
}

/** What binds, per kind of lack: the reason of the person who has to make room. */
export function whyNot(item: Item, shelves: readonly Shelf[]): string {
  const task = `for a task of ${item.serviceName}`;
  if (shelves.length === 0) return `there is no other container instance ${task}`;
  const lacks = new Map<string, Lack[]>();
  for (const shelf of shelves) {
    const lack = lackOf(shelf, item);
    lacks.set(lack.what, [...(lacks.get(lack.what) ?? []), lack]);
  }
  const [only] = lacks;
  if (only && lacks.size === 1) {
    return `no other container instance of ${shelves.length} ${only[0]} ${task}${mostOf(only[1])}`;
  }
  const parts = [...lacks].map(
    ([what, group]) => `none of ${group.length} ${what}${mostOf(group).replace(';', ',')}`,
  );
  return `no place among ${shelves.length} other container instances ${task}: ${parts.join('; ')}`;
}
