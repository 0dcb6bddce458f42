// Decides what the outcomes of container instances add up to.

import { type Ending, FAILURES, type Outcome } from './model.ts';

/** Every outcome, for input schemas. */
export const OUTCOMES = [
  'Updated',
  'UpToDate',
  'Skipped',
  'Blocked',
  'Failed',
  'FellBack',
  'RolledBack',
  'Gone',
  'Yielded',
  'NeedsAttention',
  'NotStarted',
] as const satisfies readonly Outcome[];

/** Outcomes that speak against the version itself, so that it is not tried again until a person releases it. */
export function blamesVersion(outcome: Outcome): boolean {
  return outcome === 'FellBack' || outcome === 'RolledBack';
}

/**
 * How a rollout ended, from how its container instances did.
 *
 * The worst decides: somebody is needed, something failed (and was undone), it was halted before its end, all is well.
 *
 * @param halted True when it was stopped before every chosen instance had its turn.
 */
export function endingOf(outcomes: readonly Outcome[], halted = false): Ending {
  if (outcomes.includes('NeedsAttention')) return 'FailedDirty';
  if (outcomes.some((outcome) => FAILURES.has(outcome))) return 'FailedClean';
  return halted || outcomes.includes('NotStarted') ? 'Halted' : 'Succeeded';
}

/** Counts by outcome, in the order of `OUTCOMES`, those that occur. */
export function countOutcomes(outcomes: readonly Outcome[]): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const outcome of OUTCOMES) {
    const number = outcomes.filter((one) => one === outcome).length;
    if (number > 0) counts[outcome] = number;
  }
  return counts;
}
