// Which fleets, budgets and policies the benchmark goes through.

import { type Policy, policySchema } from '../../functions/core/policy.ts';

export const SIZES = [10, 100, 1000] as const;
/** At most so many out of service at once. */
export const PLACES = [1, '5%', '10%'] as const;

/** How a rollout is divided; the ratio of the first is the scheduler's alone. */
export const POLICIES = {
  'no canary, one wave, no bake': { canaryCount: 0, sizes: ['100%'], bakeTimeSeconds: 0 },
  default: {},
} as const;

/** Without: the cluster's budget alone binds. With: the default for services, and a half of it for one zone. */
export const BUDGETS = {
  no: { perServiceMaxPercent: 100 },
  yes: { perServiceMaxPercent: 34, perAvailabilityZoneMax: '15%' },
} as const;

export interface Scenario {
  readonly containerInstances: number;
  readonly places: number | string;
  readonly budgets: keyof typeof BUDGETS;
  readonly waves: keyof typeof POLICIES;
}

/** 5 % and 10 % of a fleet of ten are one. The default policy, which waits most of its time, is shown once per size. */
export function scenarios(size: number, waves: Scenario['waves']): Scenario[] {
  if (waves === 'default') {
    return [{ containerInstances: size, places: '10%', budgets: 'yes', waves }];
  }
  return PLACES.filter((places) => size > 10 || places === 1).flatMap((places) =>
    (['no', 'yes'] as const).map((budgets) => {
      return { containerInstances: size, places, budgets, waves };
    }),
  );
}

export function policyOf({ places, budgets, waves }: Scenario): Policy {
  return policySchema.parse({
    cluster: 'prod',
    waves: POLICIES[waves],
    budget: { outOfServiceMax: places, ...BUDGETS[budgets] },
  });
}
