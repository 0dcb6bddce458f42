// Draws a small fleet and what its update repository will do, from one stream of chance.

import type { FleetPlan, ServicePlan } from '../../simulator/fleet-file/fleet-plan.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import type { RandomStream } from '../../simulator/kernel/random.ts';
import { smallFleet, withoutGroups, withRelease } from '../support/rollout.ts';

export function pick<T>(random: RandomStream, values: readonly T[]): T {
  const found = values[random.integer(0, values.length - 1)];
  if (found === undefined) throw new Error('Cannot pick one of nothing');
  return found;
}

/** Mostly a few: what goes wrong with three container instances goes wrong with three hundred. */
const SIZES = [2, 3, 3, 3, 4, 4, 4, 5, 5, 6, 8, 12];
const X86 = {
  variant: 'aws-ecs-2',
  arch: 'x86_64',
  instanceType: 'm6i.xlarge',
  weight: 2,
} as const;
const ARM = {
  variant: 'aws-ecs-2',
  arch: 'aarch64',
  instanceType: 'm7g.xlarge',
  weight: 1,
} as const;

function drawService(random: RandomStream, name: string): ServicePlan {
  const [minimumHealthyPercent = 0, maximumPercent = 200] = pick(random, [
    [100, 200],
    [50, 200],
    [50, 100],
    [75, 150],
    [0, 100],
  ]);
  return {
    name,
    tasksPerInstance: pick(random, [0.3, 0.5, 1, 1, 1.5]),
    cpu: pick(random, [256, 512]),
    memory: pick(random, [512, 1024, 3072]),
    minimumHealthyPercent,
    maximumPercent,
    ...(random.chance(0.3) ? { deregistrationDelaySeconds: pick(random, [30, 120]) } : {}),
    ...(random.chance(0.1) ? { hostPort: 8443 } : {}),
    ...(random.chance(0.3) ? { stopTimeoutSeconds: 90 } : {}),
  };
}

const LOG_ROUTER: ServicePlan = {
  name: 'log-router',
  tasksPerInstance: 'daemon',
  cpu: 64,
  memory: 128,
  minimumHealthyPercent: 0,
  maximumPercent: 100,
};

function drawPlan(random: RandomStream, seed: number): Partial<FleetPlan> {
  const services = ['web', 'api', 'worker'].slice(0, random.integer(1, 3));
  return {
    seed,
    containerInstances: pick(random, SIZES),
    availabilityZones: random.integer(1, 3),
    variants: random.chance(0.2) ? [X86, ARM] : [X86],
    services: [
      ...services.map((name) => drawService(random, name)),
      ...(random.chance(0.8) ? [LOG_ROUTER] : []),
    ],
    standaloneTasks: [
      ...(random.chance(0.2)
        ? [{ family: 'export', cpu: 256, memory: 512, endsAfterSeconds: 400 }]
        : []),
      ...(random.chance(0.1) ? [{ family: 'import', cpu: 256, memory: 512 }] : []),
    ],
    olderEvery: random.chance(0.2) ? 3 : 0,
  };
}

/** A release that comes out while the rollout runs; no rollout may ever take it. */
function withLaterRelease(fleet: Fleet, afterSeconds: number): Fleet {
  const publishedAt = new Date(Date.parse(fleet.startAt) + afterSeconds * 1000).toISOString();
  const { releases, ...rest } = fleet.updateRepository;
  const later = releases
    .filter(({ version }) => version === '1.65.0')
    .map((release) => ({ ...release, version: '1.66.0', publishedAt, waves: 'none' as const }));
  return { ...fleet, updateRepository: { ...rest, releases: [...releases, ...later] } };
}

/** One that its owner has excluded by the tag that the policy knows by default. */
function withExcluded(fleet: Fleet): Fleet {
  const [first, ...rest] = fleet.containerInstances;
  if (!first) return fleet;
  const tags = [{ key: 'bottlerocket-fleet:exclude', value: 'yes' }];
  return { ...fleet, containerInstances: [{ ...first, tags }, ...rest] };
}

/** One that somebody drains for reasons of their own, from before the start. */
function withForeignDrain(fleet: Fleet): Fleet {
  const last = fleet.containerInstances.length - 1;
  const containerInstances = fleet.containerInstances.map((one, index) =>
    index === last ? { ...one, status: 'DRAINING' as const } : one,
  );
  return { ...fleet, containerInstances };
}

function withFreeze(fleet: Fleet, fromSeconds: number, seconds: number): Fleet {
  const at = (after: number) => new Date(Date.parse(fleet.startAt) + after * 1000).toISOString();
  const closed = [{ from: at(fromSeconds), until: at(fromSeconds + seconds) }];
  return { ...fleet, calendars: [...fleet.calendars, { name: 'freeze', closed }] };
}

const BAD = ['falls-back', 'ecs-agent-fails', 'never-boots', 'hangs-after-boot'] as const;

export function drawFleet(random: RandomStream, seed: number): Fleet {
  let fleet = smallFleet(drawPlan(random, seed));
  if (random.chance(0.4)) fleet = withoutGroups(fleet);
  if (random.chance(0.15)) fleet = withRelease(fleet, pick(random, BAD));
  if (random.chance(0.25)) fleet = withLaterRelease(fleet, random.integer(5, 900));
  if (random.chance(0.2) && fleet.containerInstances.length > 2) fleet = withExcluded(fleet);
  fleet = withFreeze(fleet, random.integer(60, 1800), random.integer(300, 5400));
  return random.chance(0.15) ? withForeignDrain(fleet) : fleet;
}
