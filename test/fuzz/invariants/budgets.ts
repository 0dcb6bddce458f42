// Budgets: how many container instances may be out of service at once, counted in the world.

import type { Hold } from '../world-events.ts';
import type { Truth } from '../world-watch.ts';
import { allowance, IN_FLIGHT_MILLISECONDS, type Invariant } from './invariant.ts';

function held(truth: Truth, ec2InstanceId: string): Hold | undefined {
  return truth.holds.get(ec2InstanceId);
}

/** What was out of service, by whoever's doing, well before the update of this instance was decided. */
function outBefore(truth: Truth, hold: Hold): number {
  const update = truth.updates.findLast(
    ({ ec2InstanceId }) => ec2InstanceId === hold.ec2InstanceId,
  );
  const decidedAt = (update?.at ?? hold.at) - IN_FLIGHT_MILLISECONDS;
  const views = truth.region.services.ecs.world.containerInstances(truth.clusterName);
  return views.filter(({ status, ec2InstanceId }) => {
    if (status !== 'DRAINING' || ec2InstanceId === hold.ec2InstanceId) return false;
    const change = truth.lastChange(ec2InstanceId);
    return change !== undefined && (change.byUs || change.at < decidedAt);
  }).length;
}

/** REPLICA services that the dispatcher could know of: on it when its update was started, and still when drained. */
function servicesOf(hold: Hold, started: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const before = started.get(hold.ec2InstanceId);
  return [...hold.services].filter((name) => before === undefined || before.has(name));
}

export function budgetInvariants(): Invariant[] {
  const started = new Map<string, ReadonlySet<string>>();
  return [
    {
      id: 'cluster-budget',
      holds: 'never more container instances drained by us than budget.outOfServiceMax',
      broken(event, truth, { policy }) {
        if (event.kind !== 'drained' || !event.byUs) return undefined;
        const max = allowance(policy.budget.outOfServiceMax, truth.size.all);
        return truth.holds.size > max
          ? `${[...truth.holds.keys()].join(', ')} are out of service, ${max} may be`
          : undefined;
      },
    },
    {
      id: 'total-budget',
      holds: 'nothing is drained while others have used up the budget',
      broken(event, truth, { policy }) {
        const hold = event.kind === 'drained' && event.byUs && held(truth, event.ec2InstanceId);
        if (!hold) return undefined;
        const max = allowance(policy.budget.outOfServiceMax, truth.size.all);
        const out = outBefore(truth, hold);
        return out >= max
          ? `${hold.ec2InstanceId} was drained while ${out} were out of service, ${max} may be`
          : undefined;
      },
    },
    {
      id: 'zone-budget',
      holds:
        'no availability zone loses more than its budget, nor a second zone where one at a time is asked',
      broken(event, truth, { policy }) {
        const hold = event.kind === 'drained' && event.byUs && held(truth, event.ec2InstanceId);
        if (!hold) return undefined;
        const zones = [...truth.holds.values()].map(({ availabilityZone }) => availabilityZone);
        const { oneAvailabilityZoneAtATime, perAvailabilityZoneMax } = policy.budget;
        if (oneAvailabilityZoneAtATime && new Set(zones).size > 1) {
          return `zones ${[...new Set(zones)].join(' and ')} are worked on at once`;
        }
        if (perAvailabilityZoneMax === undefined) return undefined;
        const zone = hold.availabilityZone;
        const max = allowance(perAvailabilityZoneMax, truth.size.byZone.get(zone) ?? 1);
        const inZone = zones.filter((one) => one === zone).length;
        return inZone > max ? `${inZone} of zone ${zone} are out, ${max} may be` : undefined;
      },
    },
    {
      id: 'service-budget',
      holds: 'no service loses more of its container instances than budget.perServiceMaxPercent',
      broken(event, truth, { policy }) {
        if (event.kind === 'update-started') {
          const { ec2InstanceId } = event.update;
          started.set(ec2InstanceId, truth.servicesOn(ec2InstanceId));
        }
        const hold = event.kind === 'drained' && event.byUs && held(truth, event.ec2InstanceId);
        if (!hold) return undefined;
        for (const name of servicesOf(hold, started)) {
          const hosts = Math.max(1, truth.size.byService.get(name) ?? 1);
          const max = allowance(`${policy.budget.perServiceMaxPercent}%`, hosts);
          // What an earlier rollout left drained has lost its tasks to others, which this one's plan counts.
          const out = [...truth.holds.values()].filter(
            (one) => one.rolloutId === hold.rolloutId && servicesOf(one, started).includes(name),
          );
          if (out.length > max) {
            const ids = out.map(({ ec2InstanceId }) => ec2InstanceId).join(', ');
            return `${ids} of service ${name} are out of service, ${max} of its ${hosts} may be`;
          }
        }
        return undefined;
      },
    },
  ];
}
