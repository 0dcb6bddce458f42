// Compares a rehearsed rollout with the least time that its work could have taken.

import { limitsOf } from './limits.ts';
import { bakingSeconds, type Limits, lowerBound, type OutOfServiceSpan } from './lower-bound.ts';
import type { Rehearsed } from './rehearsal.ts';
import type { RolloutResult } from './result.ts';

/**
 * Whoever was taken back was out in two waves: then waves tell nothing about the least time. One that was left drained
 * held its wave up until its outcome, and nothing after that.
 */
function spansOf({ measures, record }: Rehearsed, endedAt: number): OutOfServiceSpan[] {
  const wentBack = record.instances.some(({ direction }) => direction === 'back');
  return record.instances
    .filter(({ attempt }) => attempt !== undefined)
    .map(({ ec2InstanceId, availabilityZone, services = [], wave, finishedAt = endedAt }) => ({
      ec2InstanceId,
      availabilityZone,
      services,
      wave: wentBack ? undefined : wave,
      outOfServiceSeconds: measures.outOfServiceSeconds(
        ec2InstanceId,
        Math.min(finishedAt, endedAt),
      ),
      prepareSeconds: measures.prepareSeconds(ec2InstanceId),
    }));
}

function limitsOfRun({ record, options, fleetInstances }: Rehearsed): Limits {
  const { budget } = record.rollout?.policy ?? options.asked.policy;
  const { perAvailabilityZone = {}, perService = {} } = record.plan?.size ?? {};
  return limitsOf(budget, { containerInstances: fleetInstances, perAvailabilityZone, perService });
}

/** What it could have taken at best, and how the rollout compares. */
export function boundOf(
  rehearsed: Rehearsed,
  waves: RolloutResult['waves'],
  { endedAt, makespanSeconds }: { readonly endedAt: number; readonly makespanSeconds: number },
): Pick<RolloutResult, 'lowerBoundSeconds' | 'lowerBound'> {
  const { policy } = rehearsed.options.asked;
  const begun = new Set(
    rehearsed.record.waves.flatMap((one) => (one.startedAt === undefined ? [] : [one.wave])),
  );
  const { bakeTimeSeconds } = (rehearsed.record.rollout?.policy ?? policy).waves;
  const bakes = waves
    .filter(({ wave, verdict }) => begun.has(wave) && (verdict === 'next' || verdict === 'done'))
    .map(({ wave }) => ({ wave, seconds: bakeTimeSeconds }));
  const spans = spansOf(rehearsed, endedAt);
  const { seconds, ...rest } = lowerBound(spans, limitsOfRun(rehearsed), bakes);
  return {
    lowerBoundSeconds: seconds,
    lowerBound: {
      ...rest,
      bounds: [...rest.bounds],
      ratio: spans.length === 0 || seconds === 0 ? null : makespanSeconds / seconds,
      bakeSeconds: bakingSeconds(bakes),
    },
  };
}
