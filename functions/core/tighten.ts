// Tightens the policy of a rollout by what people have changed in their fleet's policy since it opened; never loosens it.

import type { FleetSize } from './budget.ts';
import type { ContainerInstance, InstanceVerdict } from './model.ts';
import { limitOf, type Policy } from './policy.ts';

/** What applies to container instances that have not been started. */
export interface Tightened {
  readonly policy: Policy;
  /** Epoch milliseconds; absent: no limit. */
  readonly windowCloseAt: number | undefined;
  /** A container instance that carries one of them is not started. */
  readonly excludeTags: readonly string[];
  /** `budget.outOfServiceMax 4 to 1`, one per key that became stricter. */
  readonly changes: readonly string[];
}

/** The fleet's layer when the rollout opened and as it is now: plain JSON objects that were accepted as policies. */
export interface FleetLayers {
  readonly before: unknown;
  readonly now: unknown;
}

type Limit = number | string;

/** As one would compare them for `total` container instances. */
function fewer(one: Limit | undefined, other: Limit, total: number): Limit {
  if (one === undefined) return other;
  return limitOf(other, total) < limitOf(one, total) ? other : one;
}

function union<T>(one: readonly T[], other: readonly T[]): readonly T[] {
  return [...one, ...other.filter((value) => !one.includes(value))];
}

/** From the boldest to the most careful. */
const STANDALONE = ['stop', 'wait', 'skip'] as const;
const PROTECTED = ['wait', 'skip'] as const;

function moreCareful<T>(scale: readonly T[], one: T, other: T): T {
  return scale.indexOf(other) > scale.indexOf(one) ? other : one;
}

function member(layer: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null && Object.hasOwn(found, key)
        ? (found as Record<string, unknown>)[key]
        : undefined,
    layer,
  );
}

/** Collects what became stricter, key by key. */
class Changes {
  readonly list: string[] = [];
  readonly #layers: FleetLayers;

  constructor(layers: FleetLayers) {
    this.#layers = layers;
  }

  /** The stricter of what the rollout has and what was written since; what was there before is the input's to override. */
  of<T>(key: string, has: T, stricter: (has: T, written: T) => T): T {
    const path = key.split('.');
    const written = member(this.#layers.now, path);
    const before = member(this.#layers.before, path);
    if (written === undefined || JSON.stringify(written) === JSON.stringify(before)) return has;
    const takes = stricter(has, written as T);
    if (JSON.stringify(takes) === JSON.stringify(has)) return has;
    this.list.push(`${key} ${shown(has)} to ${shown(takes)}`);
    return takes;
  }
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}

/**
 * Budgets, failure budget, gates before a start, calendars, the window's length, what is done with tasks that a drain
 * does not move, versions to skip, and what is excluded. All else stays as it was when the rollout opened.
 *
 * @param scheduledAt When the window began (epoch milliseconds).
 */
export function tightenPolicy(
  policy: Policy,
  layers: FleetLayers,
  { size, scheduledAt }: { readonly size: FleetSize; readonly scheduledAt: number },
): Tightened {
  const changes = new Changes(layers);
  const { budget, drain, gates, select, target, window } = policy;
  const largestZone = Math.max(1, ...Object.values(size.perAvailabilityZone));
  const duration = changes.of('window.durationMinutes', window.durationMinutes, (has, written) =>
    Math.min(has ?? Number.POSITIVE_INFINITY, Number(written)),
  );
  const excludeTag = changes.of('select.excludeTag', select.excludeTag, (_, written) => written);
  const tightened: Policy = {
    ...policy,
    budget: {
      outOfServiceMax: changes.of('budget.outOfServiceMax', budget.outOfServiceMax, (has, more) =>
        fewer(has, more, size.containerInstances),
      ),
      perAvailabilityZoneMax: changes.of(
        'budget.perAvailabilityZoneMax',
        budget.perAvailabilityZoneMax,
        (has, more) => (more === undefined ? has : fewer(has, more, largestZone)),
      ),
      oneAvailabilityZoneAtATime: changes.of(
        'budget.oneAvailabilityZoneAtATime',
        budget.oneAvailabilityZoneAtATime,
        (has, more) => has || more,
      ),
      perServiceMaxPercent: changes.of(
        'budget.perServiceMaxPercent',
        budget.perServiceMaxPercent,
        Math.min,
      ),
    },
    failureBudget: changes.of('failureBudget', policy.failureBudget, Math.min),
    gates: { ...gates, alarms: [...changes.of('gates.alarms', gates.alarms, union<string>)] },
    window: {
      ...window,
      durationMinutes: duration,
      calendars: [...changes.of('window.calendars', window.calendars, union<string>)],
    },
    drain: {
      ...drain,
      standaloneTasks: changes.of('drain.standaloneTasks', drain.standaloneTasks, (has, more) =>
        moreCareful(STANDALONE, has, more),
      ),
      protectedTasks: changes.of('drain.protectedTasks', drain.protectedTasks, (has, more) =>
        moreCareful(PROTECTED, has, more),
      ),
    },
    select: {
      ...select,
      tags: changes.of('select.tags', select.tags, (has, more) => ({ ...has, ...more })),
    },
    target: {
      ...target,
      skipVersions: [...changes.of('target.skipVersions', target.skipVersions, union<string>)],
    },
  };
  return {
    policy: tightened,
    windowCloseAt: duration === undefined ? undefined : scheduledAt + duration * 60_000,
    excludeTags: union([select.excludeTag], [excludeTag]),
    changes: changes.list,
  };
}

/**
 * What people have said against one container instance, or against where it goes, since it was planned.
 *
 * @param toVersion Where its image goes in this rollout.
 */
export function ruledOutSince(
  instance: Pick<ContainerInstance, 'tags'>,
  toVersion: string | undefined,
  { policy, excludeTags }: Pick<Tightened, 'policy' | 'excludeTags'>,
): InstanceVerdict | undefined {
  const skipped = (code: string, reason: string): InstanceVerdict => {
    return { outcome: 'Skipped', code, reason };
  };
  const excluded = excludeTags.find((tag) => Object.hasOwn(instance.tags, tag));
  if (excluded !== undefined) {
    return skipped('Excluded', `it carries the tag ${excluded}, since it was planned`);
  }
  const wrong = Object.entries(policy.select.tags).find(
    ([key, value]) => !Object.hasOwn(instance.tags, key) || instance.tags[key] !== value,
  );
  if (wrong) {
    return skipped('NotSelected', `since it was planned its tag ${wrong[0]} is not "${wrong[1]}"`);
  }
  if (toVersion !== undefined && policy.target.skipVersions.includes(toVersion)) {
    return skipped('HeldBack', `target.skipVersions names ${toVersion}, since it was planned`);
  }
  return undefined;
}
