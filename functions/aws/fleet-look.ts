// Reads what the dispatcher judges: who else is out of service, and the fresh state of the next candidates.

import type { OutOfService } from '../core/budget.ts';
import { judgeCandidate } from '../core/candidate.ts';
import type { Candidate } from '../core/dispatch.ts';
import { drainRuledOut, isStandalone } from '../core/drain.ts';
import { expectedDrainSeconds, expectedOutOfServiceSeconds } from '../core/estimate.ts';
import type { Service, Task } from '../core/model.ts';
import { type AwaySince, judgeOthers } from '../core/others.ts';
import { movableServices } from '../core/plan.ts';
import { movingOf } from '../core/room.ts';
import { ruledOutSince, type Tightened } from '../core/tighten.ts';
import { now } from './clock.ts';
import type { IndexedInstance } from './dispatch-index.ts';
import {
  DESCRIBE_CONTAINER_INSTANCES_MAX,
  describeContainerInstances,
  listContainerInstances,
  tasksOn,
} from './ecs.ts';
import type { SeenContainerInstance } from './ecs-shapes.ts';
import type { InstanceRecord } from './instance-record.ts';
import type { PlanRecord } from './plan-record.ts';
import type { Rollout } from './rollout-record.ts';
import { sampleFleet } from './room-look.ts';
import { putItem } from './table.ts';

/** The container instances that matter to a dispatch, as they are now. */
export interface FleetLook {
  /** What others took out of service: they drain it, or its agent stays disconnected. */
  readonly outByOthers: readonly OutOfService[];
  /** For the next look; the very object that was given when nothing changed. */
  readonly awaySince: AwaySince;
  /** Container instances that were looked at, by ARN. */
  readonly seen: ReadonlyMap<string, SeenContainerInstance>;
}

function byArn(seen: readonly SeenContainerInstance[]): Map<string, SeenContainerInstance> {
  return new Map(seen.map((one) => [one.containerInstanceArn, one]));
}

/** Seconds for which what others took out of a large fleet counts as known: they may always act right after a look. */
const OTHERS_KNOWN_SECONDS = 30;

/** What a look at the fleet has to know. */
export interface FleetLookInput {
  /** Every container instance, if they are few. */
  readonly all: readonly string[] | undefined;
  /** ARNs of those that this rollout has taken or left drained. */
  readonly ours: ReadonlySet<string>;
  /** What the last look at a large fleet found. */
  readonly known: OthersRecord | undefined;
  readonly awaySince: AwaySince;
  readonly fleetSize: number;
}

/** Looks at the whole fleet where one call can, else asks ECS for those that are out of service. */
export async function lookAtFleet(
  { rolloutId, clusterArn }: Pick<Rollout, 'rolloutId' | 'clusterArn'>,
  { all, ours, known, awaySince: before, fleetSize }: FleetLookInput,
): Promise<FleetLook> {
  if (!all && known && now() - known.seenAt < OTHERS_KNOWN_SECONDS * 1000) {
    return { outByOthers: notOurs(known.out, ours), awaySince: before, seen: new Map() };
  }
  const arns = all ?? (await listOutOfService(clusterArn, ours));
  const seen = byArn(await describeContainerInstances(clusterArn, arns));
  const others = [...seen.values()].filter((one) => !ours.has(one.containerInstanceArn));
  const { out, awaySince } = judgeOthers(others, before, fleetSize, now());
  const counted = out.flatMap((arn): OthersRecord['out'][number][] => {
    const one = seen.get(arn);
    if (!one) return [];
    const { containerInstanceArn, ec2InstanceId, availabilityZone } = one;
    return [{ containerInstanceArn, ec2InstanceId, availabilityZone }];
  });
  if (!all)
    await putItem({ pk: `ROLLOUT#${rolloutId}`, sk: 'OTHERS', seenAt: now(), out: counted });
  const isSame = JSON.stringify(awaySince) === JSON.stringify(before);
  return {
    outByOthers: notOurs(counted, ours),
    awaySince: isSame ? before : awaySince,
    seen,
  };
}

/** `ROLLOUT#id / OTHERS`: what others had out of service at the last look. */
export interface OthersRecord {
  readonly seenAt: number;
  readonly out: readonly Pick<
    SeenContainerInstance,
    'containerInstanceArn' | 'ec2InstanceId' | 'availabilityZone'
  >[];
}

function notOurs(out: OthersRecord['out'], ours: ReadonlySet<string>): OutOfService[] {
  return out
    .filter((one) => !ours.has(one.containerInstanceArn))
    .map(({ ec2InstanceId, availabilityZone }) => ({
      ec2InstanceId,
      availabilityZone,
      services: [],
    }));
}

async function listOutOfService(clusterArn: string, ours: ReadonlySet<string>): Promise<string[]> {
  const [draining, disconnected] = await Promise.all([
    listContainerInstances(clusterArn, { status: 'DRAINING' }),
    listContainerInstances(clusterArn, { filter: 'agentConnected == false', status: 'ACTIVE' }),
  ]);
  return [...new Set([...draining, ...disconnected])].filter((arn) => !ours.has(arn));
}

/** A candidate as it is now, and what the record should remember of it when it starts. */
export interface FreshCandidate {
  readonly candidate: Candidate;
  /** Counted from 1; names the execution. */
  readonly attempt: number;
  readonly remember: Pick<
    InstanceRecord,
    'services' | 'moving' | 'daemons' | 'taskArns' | 'standaloneTaskArns' | 'expectedDrainSeconds'
  >;
  readonly expectedSeconds: number;
  /** True when other services, or another number of tasks, are on it than the record says. */
  readonly changed: boolean;
}

export interface FreshLook {
  readonly candidates: readonly FreshCandidate[];
  /** Everything that was looked at for them. */
  readonly seen: ReadonlyMap<string, SeenContainerInstance>;
}

/** Looks at candidates again right before they are chosen: hours may have passed since the plan. */
export async function freshCandidates(
  { rolloutId, clusterArn, targets = {} }: Pick<Rollout, 'rolloutId' | 'clusterArn' | 'targets'>,
  tightened: Tightened,
  records: readonly IndexedInstance[],
  look: FleetLook,
  { services, fleetParts }: Pick<PlanRecord, 'services' | 'fleetParts'>,
): Promise<FreshLook> {
  if (records.length === 0) return { candidates: [], seen: look.seen };
  const { policy } = tightened;
  const arns = records.map((record) => record.containerInstanceArn);
  const unseen = arns.filter((arn) => !look.seen.has(arn));
  // The call has places left: others of a large fleet fill them, so that the room on them is known for nothing.
  const places = DESCRIBE_CONTAINER_INSTANCES_MAX - unseen.length;
  const more =
    unseen.length === 0 || places <= 0 || fleetParts === undefined
      ? []
      : (await sampleFleet(rolloutId, fleetParts, unseen)).slice(0, places);
  const [described, tasks] = await Promise.all([
    describeContainerInstances(clusterArn, [...unseen, ...more]),
    tasksOn(clusterArn, arns),
  ]);
  const seen = new Map([...look.seen, ...byArn(described)]);
  const byName = new Map(services.map((service) => [service.serviceName, service]));
  const candidates = records.map((record) => {
    const own = tasks.filter((task) => task.containerInstanceArn === record.containerInstanceArn);
    const { containerInstanceArn, disconnectedSinceAt } = record;
    const one = seen.get(containerInstanceArn);
    const verdict = judgeCandidate(one, disconnectedSinceAt, now());
    const toVersion = targets[record.image ?? ''];
    // On the way back the version has to go, whoever was excluded meanwhile.
    const goesForth = record.attempt === undefined;
    const fresh = remembered(own, byName);
    return {
      candidate: {
        ec2InstanceId: record.ec2InstanceId,
        availabilityZone: record.availabilityZone,
        image: record.image,
        services: fresh.services ?? [],
        moving: fresh.moving,
        ruledOut:
          verdict.kind === 'ruled-out'
            ? verdict.verdict
            : (one && goesForth && ruledOutSince(one, toVersion, tightened)) ||
              drainRuledOut(own, byName, policy, now()),
        waitFor: verdict.kind === 'wait' ? verdict.reason : undefined,
      },
      attempt: (record.attempt ?? 0) + 1,
      remember: fresh,
      expectedSeconds: expectedOutOfServiceSeconds(own, byName, policy),
      changed: JSON.stringify(fresh.moving) !== JSON.stringify(record.moving),
    };
  });
  return { candidates, seen };
}

function remembered(
  tasks: readonly Task[],
  services: ReadonlyMap<string, Service>,
): FreshCandidate['remember'] {
  const daemons = tasks.flatMap((task) => {
    const service = isStandalone(task, services) ? undefined : services.get(task.serviceName ?? '');
    return service?.schedulingStrategy === 'DAEMON' ? [service.serviceName] : [];
  });
  return {
    services: movableServices(tasks, services),
    moving: movingOf(tasks, services),
    expectedDrainSeconds: expectedDrainSeconds(tasks, services),
    daemons: [...new Set(daemons)].sort(),
    taskArns: tasks.map((task) => task.taskArn),
    standaloneTaskArns: tasks
      .filter((task) => isStandalone(task, services))
      .map((task) => task.taskArn),
  };
}
