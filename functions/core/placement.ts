// Decides whether tasks that have to leave fit on the container instances that remain, and names what binds if not.

import { matchesQuery } from './cluster-query.ts';
import {
  exceedsTotal,
  type Homeless,
  hasRoom,
  type Item,
  ORDERS,
  packed,
  type Room,
  searched,
  shelvesOf,
  toItems,
} from './packing.ts';
import { whyNot } from './placement-reason.ts';

export type Placement =
  | { readonly kind: 'fits' }
  | { readonly kind: 'does-not-fit'; readonly reason: string }
  | { readonly kind: 'cannot-tell'; readonly reason: string };

/** A capacity provider may bring new container instances when tasks find no place. */
function grows(homeless: readonly Homeless[]): string | undefined {
  const one = homeless.find(({ needs }) => (needs?.capacityProviders.length ?? 0) > 0);
  return (
    one && `capacity provider ${one.needs?.capacityProviders.join(', ')} of ${one.serviceName}`
  );
}

function doesNotFit(homeless: readonly Homeless[], reason: string): Placement {
  const provider = grows(homeless);
  return provider === undefined
    ? { kind: 'does-not-fit', reason }
    : { kind: 'cannot-tell', reason: `${reason}; ${provider} may add some` };
}

/** What keeps a yes from being certain. */
function doubt(homeless: readonly Homeless[], rooms: readonly Room[]): string | undefined {
  for (const { serviceName, needs } of homeless) {
    if (!needs) return `what a task of ${serviceName} needs is not known`;
    const open = needs.expressions.find((one) =>
      rooms.some((room) => matchesQuery(one, room.attributes) === undefined),
    );
    if (open !== undefined) {
      return `the placement constraint "${open}" of ${serviceName} cannot be judged here`;
    }
  }
  return undefined;
}

/**
 * Whether every task finds a place. "Does not fit" is said only when no assignment exists; what is found out neither
 * way, or rests on what cannot be judged here, is "cannot tell".
 */
export function judgePlacement(homeless: readonly Homeless[], rooms: readonly Room[]): Placement {
  const some = homeless.filter(({ tasks }) => tasks > 0);
  const shelves = shelvesOf(rooms, some);
  const items = toItems(some, shelves);
  const impossible = items.find((item) => !item.allowed.some((shelf) => hasRoom(shelf, item)));
  if (impossible) return doesNotFit(some, whyNot(impossible, shelves));
  const unplaced = unplacedBy(some, rooms);
  const found = !unplaced || (exceedsTotal(items, rooms) ? false : searched(sorted(items)));
  if (!unplaced || found === true) {
    const reason = doubt(some, rooms);
    return reason === undefined ? { kind: 'fits' } : { kind: 'cannot-tell', reason };
  }
  const reason = together(unplaced, items.length);
  return found === false
    ? doesNotFit(some, reason)
    : { kind: 'cannot-tell', reason: `no place was found for all of them: ${reason}` };
}

/** The task that finds no place in the usual order; undefined when some order finds a place for all. */
function unplacedBy(homeless: readonly Homeless[], rooms: readonly Room[]): Item | undefined {
  const tried = ORDERS.map((order) => packed(homeless, rooms, order));
  return tried.includes(undefined) ? undefined : tried[0];
}

/** The hardest to place first. */
function sorted(items: readonly Item[]): Item[] {
  return [...items].sort(ORDERS.at(-1));
}

/** Each task would fit alone. The item's own shelves still hold what was placed before it. */
function together(item: Item, tasks: number): string {
  return `with the other ${tasks - 1} tasks placed, ${whyNot(item, item.allowed)}`;
}
