// Decides whether one more container instance may be taken out of service, and names the budget that binds.

import { limitOf, type Policy } from './policy.ts';

/** A container instance that is out of service, whoever took it. */
export interface OutOfService {
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  /** Services that had tasks on it when it was taken; unknown for what others took. */
  readonly services: readonly string[];
}

/** Sizes that percentages refer to, fixed when the rollout was planned. */
export interface FleetSize {
  readonly containerInstances: number;
  readonly perAvailabilityZone: Readonly<Record<string, number>>;
  /** Container instances that host tasks of each service. */
  readonly perService: Readonly<Record<string, number>>;
}

/** Own keys only: a service may be called `constructor`. What was not counted counts as one, the strictest. */
function countOf(counts: Readonly<Record<string, number>>, key: string): number {
  return Object.hasOwn(counts, key) ? Math.max(1, counts[key] ?? 1) : 1;
}

/**
 * @param out Everything out of service now: ours, what earlier waves left drained, what others took.
 * @returns The sentence that says which budget is used up, or undefined when `candidate` may be taken.
 */
export function budgetRefusal(
  candidate: OutOfService,
  out: readonly OutOfService[],
  size: FleetSize,
  budget: Policy['budget'],
): string | undefined {
  const clusterMax = limitOf(budget.outOfServiceMax, size.containerInstances);
  if (out.length >= clusterMax) {
    return `${out.length} of at most ${clusterMax} container instances are out of service`;
  }
  const zone = candidate.availabilityZone;
  const inZone = out.filter((entry) => entry.availabilityZone === zone).length;
  if (budget.oneAvailabilityZoneAtATime && inZone < out.length) {
    const other = out.find((entry) => entry.availabilityZone !== zone);
    return `zone ${other?.availabilityZone} is being worked on, and only one zone may be at a time`;
  }
  if (budget.perAvailabilityZoneMax !== undefined) {
    const zoneMax = limitOf(budget.perAvailabilityZoneMax, countOf(size.perAvailabilityZone, zone));
    if (inZone >= zoneMax) {
      return `${inZone} of at most ${zoneMax} container instances of zone ${zone} are out of service`;
    }
  }
  for (const service of candidate.services) {
    const hosts = countOf(size.perService, service);
    const serviceMax = limitOf(`${budget.perServiceMaxPercent}%`, hosts);
    const taken = out.filter((entry) => entry.services.includes(service)).length;
    if (taken >= serviceMax) {
      return `${taken} of at most ${serviceMax} container instances of service ${service} are out of service`;
    }
  }
  return undefined;
}
