// Turns the budgets of a policy into counts for one fleet.

import type { FleetSize } from '../functions/core/budget.ts';
import { limitOf, type Policy } from '../functions/core/policy.ts';
import type { Limits } from './lower-bound.ts';

/** @param size As the plan counted it. */
export function limitsOf(budget: Policy['budget'], size: FleetSize): Limits {
  const { perAvailabilityZoneMax, perServiceMaxPercent } = budget;
  const limited = (sizes: Readonly<Record<string, number>>, limit: number | string) =>
    new Map(Object.entries(sizes).map(([key, count]) => [key, limitOf(limit, count)]));
  return {
    cluster: limitOf(budget.outOfServiceMax, size.containerInstances),
    zones:
      perAvailabilityZoneMax === undefined
        ? new Map()
        : limited(size.perAvailabilityZone, perAvailabilityZoneMax),
    services: limited(size.perService, `${perServiceMaxPercent}%`),
    oneZoneAtATime: budget.oneAvailabilityZoneAtATime,
  };
}
