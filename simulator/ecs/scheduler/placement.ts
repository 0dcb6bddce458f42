// Chooses the container instance for one task: what fits and is allowed, then where the strategy
// wants it.

import type { RandomStream } from '../../kernel/random.ts';
import type { PlacementConstraint, PlacementStrategy, TaskDefinition } from '../definitions.ts';
import { matchesExpression } from '../matches-expression.ts';
import type { Cluster, ContainerInstance } from '../model.ts';
import { shortage } from '../resources.ts';
import { narrow } from './placement-strategy.ts';

/**
 * Reasons as RunTask answers them (ECS Developer Guide, "Amazon ECS API failure reasons"), in the
 * order of checks.
 */
const REASONS = [
  'NO ACTIVE INSTANCES',
  'DistinctInstance placement constraint unsatisfied.',
  'MemberOf placement constraint unsatisfied.',
  'ATTRIBUTE',
  'AGENT',
  'RESOURCE:CPU',
  'RESOURCE:MEMORY',
  'RESOURCE:PORTS',
  'RESOURCE:GPU',
] as const;

type PlacementReason = (typeof REASONS)[number];

export interface PlacementRequest {
  readonly cluster: Cluster;
  readonly taskDefinition: TaskDefinition;
  readonly constraints: readonly PlacementConstraint[];
  /**
   * Empty: spread over Availability Zones, then over container instances (the default of services).
   */
  readonly strategy: readonly PlacementStrategy[];
  /** Task group that distinctInstance is about. */
  readonly group: string;
  /** Where tasks of the same service or group already are. */
  readonly perZone: ReadonlyMap<string, number>;
  readonly perInstance: ReadonlyMap<ContainerInstance, number>;
}

/** The instance that came closest is the one that failed the latest check. */
export interface PlacementFailure {
  readonly reason: PlacementReason;
  readonly closest: ContainerInstance | undefined;
}

export type Placement =
  | { readonly ok: true; readonly instance: ContainerInstance }
  | ({ readonly ok: false } & PlacementFailure);

function satisfies(
  instance: ContainerInstance,
  constraint: PlacementConstraint,
  group: string,
): PlacementReason | undefined {
  if (constraint.type === 'distinctInstance') {
    for (const task of instance.tasks) if (task.group === group) return REASONS[1];
    return undefined;
  }
  const { parsed } = constraint;
  return parsed && !matchesExpression(instance, parsed) ? REASONS[2] : undefined;
}

/** Why a task may not go there now; undefined when it may. */
export function obstacle(
  instance: ContainerInstance,
  request: Pick<PlacementRequest, 'taskDefinition' | 'constraints' | 'group'>,
): PlacementReason | undefined {
  if (instance.status !== 'ACTIVE') return 'NO ACTIVE INSTANCES';
  const { taskDefinition, constraints, group } = request;
  for (const list of [constraints, taskDefinition.placementConstraints]) {
    for (const constraint of list) {
      const broken = satisfies(instance, constraint, group);
      if (broken) return broken;
    }
  }
  const { architecture } = taskDefinition;
  if (architecture && instance.builtInAttributes.get('ecs.cpu-architecture') !== architecture) {
    return 'ATTRIBUTE';
  }
  if (!instance.agentConnected) return 'AGENT';
  return shortage(instance, taskDefinition.demand);
}

/** Collects why instances were turned down and remembers the one that came closest. */
class Search {
  readonly #request: PlacementRequest;
  failure: PlacementFailure = { reason: 'NO ACTIVE INSTANCES', closest: undefined };

  constructor(request: PlacementRequest) {
    this.#request = request;
  }

  accepts(instance: ContainerInstance): boolean {
    const reason = obstacle(instance, this.#request);
    if (reason === undefined) return true;
    if (REASONS.indexOf(reason) > REASONS.indexOf(this.failure.reason))
      this.failure = { reason, closest: instance };
    return false;
  }
}

/**
 * Default strategy without looking at every instance: the zone with the fewest tasks first, and in
 * it the first instance that has none, beginning at a drawn place; only a full or crowded cluster
 * is searched through.
 */
function placeSpread(request: PlacementRequest, random: RandomStream): Placement {
  const { cluster, perZone, perInstance } = request;
  const search = new Search(request);
  const zones = [...cluster.zones.entries()].sort(
    ([a], [b]) => (perZone.get(a) ?? 0) - (perZone.get(b) ?? 0) || (a < b ? -1 : 1),
  );
  for (const [, instances] of zones) {
    const found = leastLoaded(instances, perInstance, search, random);
    if (found) return { ok: true, instance: found };
  }
  return { ok: false, ...search.failure };
}

function leastLoaded(
  instances: readonly ContainerInstance[],
  perInstance: ReadonlyMap<ContainerInstance, number>,
  search: Search,
  random: RandomStream,
): ContainerInstance | undefined {
  if (instances.length === 0) return undefined;
  const first = random.integer(0, instances.length - 1);
  let best: ContainerInstance | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (let step = 0; step < instances.length; step++) {
    const instance = instances[(first + step) % instances.length]!;
    const count = perInstance.get(instance) ?? 0;
    if (count >= fewest || !search.accepts(instance)) continue;
    if (count === 0) return instance;
    best = instance;
    fewest = count;
  }
  return best;
}

function placeByStrategy(request: PlacementRequest, random: RandomStream): Placement {
  const search = new Search(request);
  let candidates: ContainerInstance[] = [];
  for (const instances of request.cluster.zones.values())
    candidates.push(...instances.filter((instance) => search.accepts(instance)));
  for (const strategy of request.strategy)
    candidates = narrow(candidates, strategy, request.perInstance, random);
  const [instance] = candidates;
  return instance ? { ok: true, instance } : { ok: false, ...search.failure };
}

/** @param random Breaks ties; ECS does not say how it does. */
export function place(request: PlacementRequest, random: RandomStream): Placement {
  return request.strategy.length === 0
    ? placeSpread(request, random)
    : placeByStrategy(request, random);
}
