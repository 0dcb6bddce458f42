// Runs one algorithm on one fleet and seed, and measures it.

import type { Policy } from '../../functions/core/policy.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import { limitsOf } from '../limits.ts';
import { type Bound, bakingSeconds, lowerBound } from '../lower-bound.ts';
import { Campaign } from './campaign.ts';
import { planOf } from './core-view.ts';
import { startBrupop, startIncumbent } from './incumbents.ts';
import { Ours } from './ours.ts';

export const ALGORITHMS = ['incumbent', 'brupop', 'barrier', 'ours'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface Measured {
  readonly makespanSeconds: number;
  readonly boundSeconds: number;
  /** The bound without bakes. */
  readonly leastSeconds: number;
  readonly binding: Bound['name'];
  readonly ratio: number;
  /** The same without what comes before the first drain. */
  readonly ratioOfDrains: number;
  readonly outOfServiceMinutes: number;
  readonly movesPerTask: number;
  /** For what each would call: seconds of drain and of download, one pair per container instance. */
  readonly work: readonly { readonly drainSeconds: number; readonly prepareSeconds: number }[];
}

export function measure(
  algorithm: Algorithm,
  fleet: Fleet,
  seed: number,
  policy: Policy,
): Measured {
  const campaign = new Campaign(fleet, seed);
  const { size, waves } = planOf(campaign.fleet, policy);
  const limits = limitsOf(policy.budget, size);
  const replicas = campaign.fleet.tasks.filter((task) => !task.service.isDaemon).length;
  if (algorithm === 'incumbent') startIncumbent(campaign);
  else if (algorithm === 'brupop') startBrupop(campaign, limits.cluster);
  else new Ours(campaign, { policy, barrier: algorithm === 'barrier' }).start();
  const makespanSeconds = campaign.run();
  const isWaved = algorithm === 'ours' || algorithm === 'barrier';
  const { bakeTimeSeconds } = policy.waves;
  const bakes = isWaved
    ? waves.map((_, index) => ({ wave: index + 1, seconds: bakeTimeSeconds }))
    : [];
  const spans = campaign.spans(policy.verify.agentStableSeconds);
  const { seconds, binding } = lowerBound(spans, limits, bakes);
  const out = campaign.outOfServiceSeconds();
  const head = Math.min(...Array.from(campaign.stories.values(), (one) => one.drainingAt));
  const least = Math.min(...spans.map((span) => span.prepareSeconds));
  return {
    makespanSeconds,
    boundSeconds: seconds,
    leastSeconds: seconds - bakingSeconds(bakes),
    binding: binding.name,
    ratio: makespanSeconds / seconds,
    ratioOfDrains: (makespanSeconds - head) / (seconds - least),
    outOfServiceMinutes: out.reduce((sum, one) => sum + one, 0) / out.length / 60,
    movesPerTask: campaign.world.moves / replicas,
    work: Array.from(campaign.stories, ([instance, story]) => ({
      drainSeconds: story.emptyAt - story.drainingAt,
      prepareSeconds: campaign.times(instance).prepare,
    })),
  };
}
