// What an invariant is: one property, and the way to see in the world that it does not hold.

import type { Policy } from '../../../functions/core/policy.ts';
import type { Fleet } from '../../../simulator/fleet-file/schema.ts';
import type { WorldEvent } from '../world-events.ts';
import type { Truth } from '../world-watch.ts';

/** What was asked of the rollouts of a case, and what may excuse them. */
export interface Asked {
  readonly fleet: Fleet;
  readonly policy: Policy;
  /** Names of the faults that the case may strike with. */
  readonly faultNames: ReadonlySet<string>;
  /** What people asked for, in order; only what was granted. */
  readonly control: readonly Word[];
}

/** What a person asked of a rollout. */
export interface Word {
  readonly action: string;
  readonly rolloutId: string;
  readonly at: number;
}

export interface Invariant {
  /** Number of the property in the list of docs/TESTING.md. */
  readonly id: string;
  readonly holds: string;
  /** What breaks it at this event, as a sentence; undefined when it holds. */
  broken(event: WorldEvent, truth: Truth, asked: Asked): string | undefined;
}

/**
 * Longest that a call may come after what it was decided by: the time limit of the slowest function that starts or
 * drains anything, and a margin for the sweep's.
 */
export const IN_FLIGHT_MILLISECONDS = 130_000;

/** A count or a share as the policy means it: rounded down, at least one. */
export function allowance(limit: number | string, total: number): number {
  if (typeof limit === 'number') return limit;
  return Math.max(1, Math.floor((Number(limit.replace('%', '')) / 100) * total + 1e-9));
}
