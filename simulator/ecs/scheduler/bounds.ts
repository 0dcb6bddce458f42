// The arithmetic of minimumHealthyPercent and maximumPercent: how many tasks must stay, how many
// may exist.

import type { Service } from '../model.ts';

interface Bounds {
  /** Healthy tasks that must remain: rounded up. */
  readonly low: number;
  /** Tasks that may exist: rounded down. */
  readonly high: number;
}

/**
 * "75 % of 2" must keep both and "125 % of 3" allows no fourth (ECS Developer Guide, "Amazon ECS
 * service event messages", on deployments that cannot stop or start tasks).
 */
export function boundsOf(
  service: Pick<Service, 'desiredCount' | 'minimumHealthyPercent' | 'maximumPercent'>,
): Bounds {
  const { desiredCount, minimumHealthyPercent, maximumPercent } = service;
  return {
    low: Math.ceil((desiredCount * minimumHealthyPercent) / 100),
    high: Math.floor((desiredCount * maximumPercent) / 100),
  };
}
