// Runs every algorithm on the same fleets and seeds, and sums each up.

import { incumbentCallsPerInstance } from '../incumbent.ts';
import { benchFleet } from './bench-fleet.ts';
import { ALGORITHMS, type Algorithm, type Measured, measure } from './measure.ts';
import { costOfIncumbent, costOfOurs, type Used } from './prices.ts';
import { policyOf, type Scenario } from './scenarios.ts';

export interface Spread {
  readonly mean: number;
  readonly p95: number;
  readonly max: number;
}

/** Null where the algorithm makes no such calls, or nobody could say. */
export interface Summary {
  readonly algorithm: Algorithm;
  readonly makespanSeconds: Spread;
  /** Against the bound of the very work that the run did. */
  readonly ratio: Spread;
  /** Against the lowest bound of all algorithms on that fleet and seed. */
  readonly ratioToBest: Spread;
  readonly ratioOfDrains: Spread;
  /** What set the bound, by how many seeds. */
  readonly binding: string;
  readonly outOfServiceMinutes: Spread;
  readonly movesPerTask: number;
  readonly awsCalls: number | null;
  readonly stateTransitions: number | null;
  /** USD per 1,000 container instances. */
  readonly cost: number | null;
}

/** What whole rollouts of the product were measured to use, per updated container instance. */
export interface MeasuredUse extends Used {
  readonly awsCalls: number;
}

/** p95: the smallest value that 95 % of all do not exceed. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  return { mean, p95, max: sorted.at(-1) ?? Number.NaN };
}

function bindingOf(runs: readonly Measured[]): string {
  const counts = Map.groupBy(runs, (run) => run.binding);
  const [most] = [...counts].sort(([, a], [, b]) => b.length - a.length);
  const [name = '-', seeds = []] = most ?? [];
  return seeds.length === runs.length ? name : `${name} ${seeds.length}/${runs.length}`;
}

function costs(
  algorithm: Algorithm,
  runs: readonly Measured[],
  containerInstances: number,
  ours: MeasuredUse | undefined,
): Pick<Summary, 'awsCalls' | 'stateTransitions' | 'cost'> {
  if (algorithm === 'incumbent') {
    const hours = spreadOf(runs.map((run) => run.makespanSeconds)).mean;
    return {
      awsCalls: incumbentCallsPerInstance(runs.flatMap((run) => run.work)),
      stateTransitions: 0,
      cost: (1000 * costOfIncumbent(hours)) / containerInstances,
    };
  }
  // brupop speaks to Kubernetes; waves with a barrier are nobody's product.
  if (algorithm !== 'ours' || !ours) return { awsCalls: null, stateTransitions: null, cost: null };
  const { awsCalls, stateTransitions } = ours;
  return { awsCalls, stateTransitions, cost: 1000 * costOfOurs(ours) };
}

export function compare(
  scenario: Scenario,
  seeds: number,
  ours: MeasuredUse | undefined,
): Summary[] {
  const policy = policyOf(scenario);
  const { containerInstances } = scenario;
  const all = Array.from({ length: seeds }, (_, index) => {
    const fleet = benchFleet(containerInstances, index + 1);
    return new Map(ALGORITHMS.map((one) => [one, measure(one, fleet, index + 1, policy)]));
  });
  const best = all.map((runs) => Math.min(...Array.from(runs.values(), (run) => run.leastSeconds)));
  return ALGORITHMS.map((algorithm) => {
    const runs = all.map((one) => one.get(algorithm)!);
    const spread = (of: (run: Measured) => number) => spreadOf(runs.map(of));
    return {
      algorithm,
      makespanSeconds: spread((run) => run.makespanSeconds),
      ratio: spread((run) => run.ratio),
      ratioToBest: spreadOf(runs.map((run, seed) => run.makespanSeconds / best[seed]!)),
      ratioOfDrains: spread((run) => run.ratioOfDrains),
      binding: bindingOf(runs),
      outOfServiceMinutes: spread((run) => run.outOfServiceMinutes),
      movesPerTask: spread((run) => run.movesPerTask).mean,
      ...costs(algorithm, runs, containerInstances, ours),
    };
  });
}
