// Knows which services of a cluster are daemons, from the plan of its rollout, without asking for every event.

import { now } from './clock.ts';
import { readLease } from './lease.ts';
import { findPlan } from './plan-record.ts';

/**
 * What a plan says is kept for so long in this execution environment: the scheduling strategy of a service cannot be
 * changed (ECS API reference, UpdateService). A daemon that is new in the next rollout is at worst found by the sweep.
 */
const KNOWN_MILLISECONDS = 600_000;
/** Without a plan nobody waits for daemons yet. */
const NO_PLAN_MILLISECONDS = 30_000;

interface Daemons {
  readonly names: ReadonlySet<string>;
  readonly until: number;
}

const known = new Map<string, Daemons>();

async function readDaemons(clusterArn: string): Promise<Daemons> {
  const lease = await readLease(clusterArn);
  const plan = lease && (await findPlan(lease.rolloutId));
  if (!plan) return { names: new Set(), until: now() + NO_PLAN_MILLISECONDS };
  const daemons = plan.services.filter((one) => one.schedulingStrategy === 'DAEMON');
  return {
    names: new Set(daemons.map((one) => one.serviceName)),
    until: now() + KNOWN_MILLISECONDS,
  };
}

export async function isDaemon(clusterArn: string, serviceName: string): Promise<boolean> {
  let daemons = known.get(clusterArn);
  if (!daemons || daemons.until <= now()) {
    daemons = await readDaemons(clusterArn);
    known.set(clusterArn, daemons);
  }
  return daemons.names.has(serviceName);
}
