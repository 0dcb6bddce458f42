// Makes fleets of any size from a plan and a seed, for the demo, tests and benchmarks.

import type * as z from 'zod';
import { Random } from '../kernel/random.ts';
import { draftServices, serviceShares } from './draft-services.ts';
import { DEMO_PLAN, type FleetPlan, type VariantPlan } from './fleet-plan.ts';
import { type Fleet, fleetSchema } from './schema.ts';

/** A fleet file as people write it: what has a default may be left out. */
export type FleetDraft = z.input<typeof fleetSchema>;

/** One machine to be, before it is written down on the ECS side and on the host side. */
export interface Place {
  readonly ec2InstanceId: string;
  readonly containerInstanceArn: string;
  readonly availabilityZone: string;
  readonly variant: VariantPlan;
  readonly isOlder: boolean;
}

const RUNNING_VERSION = '1.64.0';
const OLDER_VERSION = '1.63.0';
/**
 * Bottlerocket's releases of the story: the target came out a week before the run, so its waves are
 * all open.
 */
const RELEASES = [
  { version: OLDER_VERSION, publishedAt: '2026-09-29T20:00:00.000Z', ecsAgentVersion: '1.96.0' },
  { version: RUNNING_VERSION, publishedAt: '2026-10-27T20:00:00.000Z', ecsAgentVersion: '1.97.0' },
  { version: '1.65.0', publishedAt: '2026-11-17T20:00:00.000Z', ecsAgentVersion: '1.98.0' },
];

/** Fleets larger than this list their service tasks unless the plan says otherwise. */
const LISTED_FROM = 100;

/** The variant of the n-th machine: every stretch of the fleet has all variants in proportion. */
function variantAt(plan: FleetPlan, index: number): VariantPlan {
  const total = plan.variants.reduce((sum, { weight }) => sum + weight, 0);
  let place = index % total;
  for (const variant of plan.variants) {
    if (place < variant.weight) return variant;
    place -= variant.weight;
  }
  return plan.variants[0]!;
}

function zoneName(plan: FleetPlan, index: number): string {
  // Zones advance once per round of variants, so that every zone has every variant.
  const total = plan.variants.reduce((sum, { weight }) => sum + weight, 0);
  const zone = (Math.floor(index / total) + index) % plan.availabilityZones;
  return `${plan.region}${String.fromCharCode(97 + zone)}`;
}

function places(plan: FleetPlan): readonly Place[] {
  const ids = new Random(plan.seed).stream('fleet.ids');
  const { accountId, clusterName, region } = plan;
  const prefix = `arn:aws:ecs:${region}:${accountId}:container-instance/${clusterName}/`;
  return Array.from({ length: plan.containerInstances }, (_, index) => ({
    ec2InstanceId: `i-0${ids.hex(16)}`,
    containerInstanceArn: `${prefix}${ids.hex(32)}`,
    availabilityZone: zoneName(plan, index),
    variant: variantAt(plan, index),
    isOlder: plan.olderEvery > 0 && index % plan.olderEvery === plan.olderEvery - 1,
  }));
}

function groupName(plan: FleetPlan, { arch }: VariantPlan): string {
  return `${plan.clusterName}-${arch}`;
}

function draftHost(plan: FleetPlan, place: Place): NonNullable<FleetDraft['hosts']>[number] {
  const { availabilityZone, ec2InstanceId, isOlder, variant } = place;
  const bottlerocket = {
    version: isOlder ? OLDER_VERSION : RUNNING_VERSION,
    variant: variant.variant,
    arch: variant.arch,
    ...(isOlder ? {} : { otherPartitionVersion: OLDER_VERSION }),
  };
  return {
    ec2InstanceId,
    availabilityZone,
    instanceType: variant.instanceType,
    bottlerocket,
    autoScalingGroupName: groupName(plan, variant),
  };
}

/**
 * One Auto Scaling group per architecture, with room to grow, and protection as a capacity provider
 * sets it.
 */
function draftGroups(
  plan: FleetPlan,
  all: readonly Place[],
): NonNullable<FleetDraft['autoScalingGroups']> {
  return plan.variants.flatMap((variant) => {
    const members = all.filter((place) => place.variant === variant);
    if (members.length === 0) return [];
    const size = members.length;
    return {
      AutoScalingGroupName: groupName(plan, variant),
      MinSize: Math.floor(size * 0.75),
      MaxSize: Math.ceil(size * 1.25),
      DesiredCapacity: size,
      managedTerminationProtection: 'ENABLED' as const,
      launches: {
        clusterName: plan.clusterName,
        version: RUNNING_VERSION,
        variant: variant.variant,
        arch: variant.arch,
        instanceType: variant.instanceType,
      },
      Instances: members.map(({ ec2InstanceId }) => ({
        InstanceId: ec2InstanceId,
        ProtectedFromScaleIn: true,
      })),
    };
  });
}

function draftRepository(plan: FleetPlan): FleetDraft['updateRepository'] {
  const releases = plan.variants.flatMap(({ variant, arch }) =>
    RELEASES.map((release) => ({ ...release, variant, arch, waves: 'default' as const })),
  );
  return { releases };
}

/** The fleet file of a plan; what the plan leaves out is as in the demo fleet. */
export function draftFleet(plan: Partial<FleetPlan> = {}): FleetDraft {
  const listsServiceTasks = (plan.containerInstances ?? 0) > LISTED_FROM;
  const whole: FleetPlan = { ...DEMO_PLAN, listsServiceTasks, ...plan };
  const all = places(whole);
  const shares = serviceShares(whole, all);
  return {
    $schema: './fleet.schema.json',
    region: whole.region,
    accountId: whole.accountId,
    startAt: whole.startAt,
    clusters: [{ clusterName: whole.clusterName }],
    containerInstances: all.map(({ containerInstanceArn, ec2InstanceId }) => ({
      containerInstanceArn,
      ec2InstanceId,
    })),
    hosts: all.map((place) => draftHost(whole, place)),
    ...draftServices(whole, all, shares),
    autoScalingGroups: draftGroups(whole, all),
    alarms: [{ AlarmName: 'web-5xx' }, { AlarmName: 'checkout-latency' }],
    calendars: [
      {
        name: 'year-end-freeze',
        closed: [{ from: '2026-12-19T00:00:00.000Z', until: '2027-01-04T08:00:00.000Z' }],
      },
    ],
    updateRepository: draftRepository(whole),
  };
}

/**
 * A fleet of 1 to 10,000 container instances, made from a plan and its seed; the same every time.
 */
export function buildFleet(plan: Partial<FleetPlan> = {}): Fleet {
  return fleetSchema.parse(draftFleet(plan));
}
