// Turns what was seen of a cluster into a plan: a verdict with a reason for every container instance, and waves.

import type { FleetSize } from './budget.ts';
import { drainRuledOut } from './drain.ts';
import { type CheckedHost, judgeReport, type Target } from './eligibility.ts';
import { expectedMakespanSeconds, expectedOutOfServiceSeconds } from './estimate.ts';
import type { InstanceVerdict, Service, Task } from './model.ts';
import { orderOfWork } from './order.ts';
import { limitOf, type Policy } from './policy.ts';
import type { KnownVersion } from './proof.ts';
import { type Moving, movingOf, tasksIn } from './room.ts';
import { stepToward } from './step.ts';
import { pinTarget } from './target.ts';
import { planWaves, type Wave } from './waves.ts';

/** A container instance whose host answered. */
export interface Asked {
  readonly ec2InstanceId: string;
  readonly containerInstanceArn: string;
  readonly availabilityZone: string;
  /** `variant/architecture`. */
  readonly image: string;
  readonly report: CheckedHost;
}

export interface PlanInput {
  readonly now: number;
  readonly policy: Policy;
  readonly asked: readonly Asked[];
  /** Every container instance of the cluster, asked or not: percentages refer to all of them. */
  readonly zones: readonly string[];
  readonly tasks: readonly Task[];
  readonly services: readonly Service[];
  /** By image. */
  readonly knownVersions: ReadonlyMap<string, readonly KnownVersion[]>;
}

/** What the plan says about one container instance. */
export interface PlannedInstance {
  readonly ec2InstanceId: string;
  readonly verdict: InstanceVerdict;
  /** Absent unless selected. */
  readonly wave?: number | undefined;
  /** Its place in the wave's order of work, counted from 0. */
  readonly place?: number | undefined;
  readonly toVersion?: string | undefined;
  readonly expectedSeconds?: number | undefined;
  readonly services: readonly string[];
  /** Tasks that its drain moves; absent unless selected. */
  readonly moving?: readonly Moving[] | undefined;
}

export interface Plan {
  readonly targets: ReadonlyMap<string, Target>;
  readonly instances: readonly PlannedInstance[];
  readonly waves: readonly Wave[];
  readonly size: FleetSize;
  /** Seconds the rollout is expected to take, bakes included. */
  readonly expectedSeconds: number;
}

/** Counted in a map: a service may be called `constructor`, which every plain object has already. */
function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Services with tasks on a container instance, daemons apart: a daemon is on all of them and moves nowhere. */
export function movableServices(
  tasks: readonly Task[],
  services: ReadonlyMap<string, Service>,
): string[] {
  const names = tasks.flatMap((task) => {
    const service = task.serviceName === undefined ? undefined : services.get(task.serviceName);
    return service?.schedulingStrategy === 'REPLICA' ? [service.serviceName] : [];
  });
  return [...new Set(names)].sort();
}

function sizeOf(input: PlanInput, tasksByInstance: ReadonlyMap<string, Task[]>): FleetSize {
  const services = new Map(input.services.map((service) => [service.serviceName, service]));
  const hosting = [...tasksByInstance.values()].flatMap((tasks) =>
    movableServices(tasks, services),
  );
  return {
    containerInstances: input.zones.length,
    perAvailabilityZone: countBy(input.zones, (zone) => zone),
    perService: countBy(hosting, (name) => name),
  };
}

function pinTargets(input: PlanInput): Map<string, Target> {
  const targets = new Map<string, Target>();
  for (const [image, hosts] of groupBy(input.asked, (one) => one.image)) {
    const known = input.knownVersions.get(image) ?? [];
    const reports = hosts.map((host) => host.report);
    targets.set(image, pinTarget(reports, known, input.policy, input.now));
  }
  return targets;
}

/** Seconds of all waves: each ends with its slowest slot and its bake. */
function expectedSeconds(
  waves: readonly Wave[],
  durations: ReadonlyMap<string, number>,
  policy: Policy,
  fleet: number,
): number {
  const slots = limitOf(policy.budget.outOfServiceMax, fleet);
  return waves.reduce((sum, wave) => {
    const own = wave.ec2InstanceIds.map((id) => durations.get(id) ?? 0);
    return sum + expectedMakespanSeconds(own, slots) + policy.waves.bakeTimeSeconds;
  }, 0);
}

/** Pure: the same input gives the same plan, line by line. */
export function planRollout(input: PlanInput): Plan {
  const { policy, now } = input;
  const services = new Map(input.services.map((service) => [service.serviceName, service]));
  const tasksByInstance = groupBy(input.tasks, (task) => task.containerInstanceArn);
  const targets = pinTargets(input);
  const judged = input.asked.map((asked) => {
    const tasks = tasksByInstance.get(asked.containerInstanceArn) ?? [];
    const pinned = targets.get(asked.image) ?? { kind: 'none' as const, reason: 'no target' };
    const known = input.knownVersions.get(asked.image) ?? [];
    const target = stepToward(asked.report, pinned, known, policy);
    const byReport = judgeReport(asked.report, target, policy);
    const verdict =
      byReport.outcome === undefined
        ? (drainRuledOut(tasks, services, policy, now) ?? byReport)
        : byReport;
    return {
      ec2InstanceId: asked.ec2InstanceId,
      availabilityZone: asked.availabilityZone,
      image: asked.image,
      verdict,
      toVersion: 'version' in target ? target.version : undefined,
      expectedSeconds: expectedOutOfServiceSeconds(tasks, services, policy),
      services: movableServices(tasks, services),
      moving: movingOf(tasks, services),
    };
  });
  const selected = judged.filter((one) => one.verdict.outcome === undefined);
  const size = sizeOf(input, tasksByInstance);
  const byId = new Map(selected.map((one) => [one.ec2InstanceId, one]));
  const waves = planWaves(
    selected.map((one) => ({ ...one, moves: tasksIn(one.moving) })),
    policy,
  ).map((wave) => {
    const quickestFirst = wave.ec2InstanceIds.flatMap((id) => byId.get(id) ?? []);
    const ordered = orderOfWork(quickestFirst, size, policy.budget);
    return { ...wave, ec2InstanceIds: ordered.map((one) => one.ec2InstanceId) };
  });
  const placeOf = new Map(
    waves.flatMap(({ wave, ec2InstanceIds }) =>
      ec2InstanceIds.map((id, place) => [id, { wave, place }] as const),
    ),
  );
  const durations = new Map(selected.map((one) => [one.ec2InstanceId, one.expectedSeconds]));
  return {
    targets,
    instances: judged.map(({ image: _, availabilityZone: __, ...one }) =>
      one.verdict.outcome === undefined
        ? { ...one, ...placeOf.get(one.ec2InstanceId) }
        : { ec2InstanceId: one.ec2InstanceId, verdict: one.verdict, services: one.services },
    ),
    waves,
    size,
    expectedSeconds: expectedSeconds(waves, durations, policy, input.zones.length),
  };
}
