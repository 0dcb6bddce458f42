// Reads every gate of a baking wave: services, target groups, alarms, and the user's hook.

import { closedGates } from '../core/bake.ts';
import { readAlarms } from './alarms.ts';
import { describeServicesByName } from './ecs.ts';
import { askHook } from './hook.ts';
import { readTargetHealth } from './load-balancers.ts';
import type { PlanRecord } from './plan-record.ts';
import type { Rollout } from './rollout-record.ts';

/** Why the gates are not green; empty when they are. */
export async function readClosedGates(
  rollout: Rollout,
  plan: PlanRecord,
  wave: number,
): Promise<string[]> {
  const { gates } = rollout.policy;
  const planned = plan.services.filter((one) => one.schedulingStrategy === 'REPLICA');
  const runningAtPlan = new Map(planned.map((one) => [one.serviceName, one.runningCount]));
  const services = gates.services
    ? await describeServicesByName(rollout.clusterArn, [...runningAtPlan.keys()])
    : [];
  const before = new Map((plan.targetHealth ?? []).map((one) => [one.targetGroupArn, one]));
  const targetGroups = gates.targetHealth ? await readTargetHealth([...before.keys()]) : [];
  const closed = closedGates({
    services: services.map(({ serviceName, runningCount, desiredCount }) => ({
      serviceName,
      running: runningCount,
      desired: desiredCount,
      runningAtPlan: runningAtPlan.get(serviceName) ?? 0,
    })),
    targetGroups: targetGroups.map((now) => ({ now, atPlan: before.get(now.targetGroupArn) })),
    alarms: await readAlarms(gates.alarms),
  });
  const { rolloutId, clusterArn } = rollout;
  const hook = await askHook(gates.hook, { rollout: rolloutId, clusterArn, wave, instance: null });
  return hook === undefined ? closed : [...closed, hook];
}
