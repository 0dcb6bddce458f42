// Computes how short a rollout could have been at best, and which budget it is that forbids a shorter one.

/** One container instance that was taken out of service. Seconds, as measured. */
export interface OutOfServiceSpan {
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  /** Services with tasks on it when it was taken. */
  readonly services: readonly string[];
  readonly outOfServiceSeconds: number;
  /** Download of the update beforehand, while it served. */
  readonly prepareSeconds: number;
  /** Undefined: it was out in more than one. */
  readonly wave: number | undefined;
}

/** How long the fleet was watched after a wave. */
export interface Bake {
  readonly wave: number;
  readonly seconds: number;
}

/** Most container instances that may be out of service at once; what is absent has no limit. */
export interface Limits {
  readonly cluster: number;
  readonly zones: ReadonlyMap<string, number>;
  readonly services: ReadonlyMap<string, number>;
  readonly oneZoneAtATime: boolean;
}

export interface Bound {
  /** L1 to L6. */
  readonly name: 'longest' | 'area' | 'zone' | 'service' | 'pigeonhole' | 'conflicts';
  readonly seconds: number;
  /** What binds, for people. */
  readonly what: string;
}

export interface LowerBound {
  /** Of the budgets (the largest of L1 to L6), the first download and the bakes (L7). */
  readonly seconds: number;
  readonly binding: Bound;
  readonly bounds: readonly Bound[];
  /** The same, with the waves one after the other as the policy wants them. */
  readonly withWavesSeconds: number;
}

const NOTHING: Bound = { name: 'longest', seconds: 0, what: 'nothing was out of service' };
const ROUNDING_SECONDS = 1e-6;
/** How many starting points the search for a set of mutual conflicts tries. */
const CLIQUE_SEEDS_MAX = 32;

function sumOf(spans: readonly OutOfServiceSpan[]): number {
  return spans.reduce((sum, span) => sum + span.outOfServiceSeconds, 0);
}

function longestFirst(spans: readonly OutOfServiceSpan[]): OutOfServiceSpan[] {
  return [...spans].sort((a, b) => b.outOfServiceSeconds - a.outOfServiceSeconds);
}

/** Of equals the first, although the same seconds added in another order may differ in their last digits. */
function largest(bounds: readonly Bound[]): Bound {
  return bounds.reduce(
    (best, bound) => (bound.seconds > best.seconds + ROUNDING_SECONDS ? bound : best),
    NOTHING,
  );
}

/** L1: the one that took longest. */
function longest(spans: readonly OutOfServiceSpan[]): Bound {
  const [first] = longestFirst(spans);
  const what = `the longest container instance, ${first?.ec2InstanceId}`;
  return first ? { name: 'longest', seconds: first.outOfServiceSeconds, what } : NOTHING;
}

/** L2: all the work through the slots of the cluster. */
function area(spans: readonly OutOfServiceSpan[], limits: Limits): Bound {
  const what = `the budget of ${limits.cluster} out of service at once`;
  return { name: 'area', seconds: sumOf(spans) / limits.cluster, what };
}

/** L3 and L4: the work of one zone or service through its own slots. */
function narrowest(
  name: 'zone' | 'service',
  limits: ReadonlyMap<string, number>,
  membersOf: (key: string) => readonly OutOfServiceSpan[],
): Bound {
  return largest(
    Array.from(limits, ([key, limit]) => {
      const what = `the budget of ${limit} at once for ${name} ${key}`;
      return { name, seconds: sumOf(membersOf(key)) / limit, what };
    }),
  );
}

/**
 * L5: of any m·k + 1 container instances, some slot gets m + 1, and these take at least as long as the m + 1
 * shortest of them. With one slot L2 says as much.
 */
function pigeonhole(spans: readonly OutOfServiceSpan[], limits: Limits): Bound {
  const seconds = longestFirst(spans).map((span) => span.outOfServiceSeconds);
  const slots = limits.cluster;
  if (slots <= 1) return NOTHING;
  let best = 0;
  for (let m = 1; m * slots + 1 <= seconds.length; m++) {
    const end = m * slots + 1;
    const shortest = seconds.slice(end - (m + 1), end);
    best = Math.max(
      best,
      shortest.reduce((sum, one) => sum + one, 0),
    );
  }
  const what = `${slots} slots for container instances that do not divide evenly`;
  return { name: 'pigeonhole', seconds: best, what };
}

function conflict(a: OutOfServiceSpan, b: OutOfServiceSpan, limits: Limits): boolean {
  if (limits.cluster <= 1) return true;
  const isSameZone = a.availabilityZone === b.availabilityZone;
  if (limits.oneZoneAtATime && !isSameZone) return true;
  if (isSameZone && limits.zones.get(a.availabilityZone) === 1) return true;
  return a.services.some((name) => limits.services.get(name) === 1 && b.services.includes(name));
}

/** L6: a set of which no two may overlap takes as long as all of them together; grown greedily. */
function conflicts(spans: readonly OutOfServiceSpan[], limits: Limits): Bound {
  const ordered = longestFirst(spans);
  const cliques = ordered.slice(0, CLIQUE_SEEDS_MAX).map((seed) => {
    const clique = [seed];
    for (const span of ordered) {
      if (span !== seed && clique.every((member) => conflict(span, member, limits))) {
        clique.push(span);
      }
    }
    return clique;
  });
  return largest(
    cliques.map((clique) => {
      const what = `${clique.length} container instances of which no two may overlap`;
      return { name: 'conflicts', seconds: sumOf(clique), what };
    }),
  );
}

function zonesOf(spans: readonly OutOfServiceSpan[]): Map<string, OutOfServiceSpan[]> {
  return Map.groupBy(spans, (span) => span.availabilityZone);
}

/** With one zone at a time the zones are a chain, each at least as long as alone. */
function zoneChain(spans: readonly OutOfServiceSpan[], limits: Limits): Bound {
  const alone = { ...limits, oneZoneAtATime: false };
  const zones = [...zonesOf(spans).values()];
  const seconds = zones.reduce((sum, zone) => sum + largest(boundsOf(zone, alone)).seconds, 0);
  return { name: 'conflicts', seconds, what: `${zones.length} zones, one at a time` };
}

/** L1 to L6, in this order, those that ask for anything: what the budgets alone come to. */
export function boundsOf(spans: readonly OutOfServiceSpan[], limits: Limits): Bound[] {
  const zones = zonesOf(spans);
  return [
    longest(spans),
    area(spans, limits),
    narrowest('zone', limits.zones, (zone) => zones.get(zone) ?? []),
    narrowest('service', limits.services, (name) =>
      spans.filter((span) => span.services.includes(name)),
    ),
    pigeonhole(spans, limits),
    conflicts(spans, limits),
    ...(limits.oneZoneAtATime ? [zoneChain(spans, limits)] : []),
  ].filter(({ seconds }) => seconds > 0);
}

/** L8: no instance is done before its own download and its own time out of service; its wave bakes after that. */
function alone(spans: readonly OutOfServiceSpan[], bakes: readonly Bake[]): number {
  const least = spans.map(({ prepareSeconds, outOfServiceSeconds, wave }) => {
    const later = bakes.filter((bake) => wave !== undefined && bake.wave >= wave);
    return prepareSeconds + outOfServiceSeconds + bakingSeconds(later);
  });
  return Math.max(0, ...least);
}

export function bakingSeconds(bakes: readonly Bake[]): number {
  return bakes.reduce((sum, { seconds }) => sum + seconds, 0);
}

/**
 * The least time for what was done: no order of work within the budgets can be shorter. Container instances stay
 * with the services they had, although tasks move meanwhile.
 *
 * @param bakes Nothing is out of service while a wave bakes, but others may still download.
 */
export function lowerBound(
  spans: readonly OutOfServiceSpan[],
  limits: Limits,
  bakes: readonly Bake[],
): LowerBound {
  const bounds = boundsOf(spans, limits);
  const binding = largest(bounds);
  const head = spans.length === 0 ? 0 : Math.min(...spans.map((span) => span.prepareSeconds));
  const bakeSeconds = bakingSeconds(bakes);
  const first = alone(spans, bakes);
  const waves = [...Map.groupBy(spans, (span) => span.wave).values()];
  const inARow = waves.reduce((sum, wave) => sum + largest(boundsOf(wave, limits)).seconds, 0);
  return {
    seconds: Math.max(first, head + binding.seconds + bakeSeconds),
    binding,
    bounds,
    withWavesSeconds: Math.max(first, head + Math.max(binding.seconds, inARow) + bakeSeconds),
  };
}
