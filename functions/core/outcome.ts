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
  'Replaced',
  'Gone',
  'Yielded',
  'NeedsAttention',
  'NotStarted',
] as const satisfies readonly Outcome[];

/** Outcomes that speak against the version itself, so that it is not tried again until a person releases it. */
export function blamesVersion(outcome: Outcome): boolean {
  return outcome === 'FellBack' || outcome === 'RolledBack';
}

/** What the outcome makes of it for the dispatcher: a stuck instance keeps its place in the budgets. */
export function dispatchState(outcome: Outcome | undefined): 'STUCK' | 'FAILED' | 'NONE' {
  if (outcome === undefined) return 'NONE';
  if (outcome === 'NeedsAttention') return 'STUCK';
  return FAILURES.has(outcome) ? 'FAILED' : 'NONE';
}

/**
 * What it means that an attempt ended so on the way back: of what never left service nothing is wrong, but it stays on the
 * version that was to be left.
 *
 * @param version That one.
 */
export function noWayBack<
  T extends { readonly outcome?: Outcome | undefined; readonly reason: string },
>(ended: T, version: string | undefined): T {
  if (ended.outcome !== 'Blocked' && ended.outcome !== 'Skipped') return ended;
  return {
    ...ended,
    outcome: 'Failed',
    reason: `still on ${version}, no way back: ${ended.reason}`,
  };
}

/** What an ending depends on besides the outcomes. */
export interface EndingContext {
  /** It was stopped before every chosen instance had its turn. */
  readonly halted?: boolean;
  /** Hosts that could not be asked or prepared: they are skipped, never touched. */
  readonly unprepared?: number;
  /** Hosts that keep update settings of ours, because they could not be reached. */
  readonly settingsLeft?: number;
  /** Container instances that stay protected from scale-in by us, because Auto Scaling refuses to change it. */
  readonly protectionLeft?: number;
  /** Chosen container instances that the record has lost: nobody knows how they are. */
  readonly lost?: number;
  /** Nothing was to be updated in the first place. */
  readonly planOnly?: boolean;
}

/**
 * How a rollout ended, from how its container instances did.
 *
 * The worst decides: somebody is needed, something failed (and was undone), it was halted before its end, all is well.
 * A rollout that updated nothing because its hosts could not be asked or prepared has failed, though cleanly.
 */
export function endingOf(outcomes: readonly Outcome[], context: EndingContext = {}): Ending {
  const { settingsLeft = 0, protectionLeft = 0, lost = 0 } = context;
  const left = settingsLeft + protectionLeft + lost;
  if (outcomes.includes('NeedsAttention') || left > 0) return 'FailedDirty';
  if (outcomes.some((outcome) => FAILURES.has(outcome))) return 'FailedClean';
  if (context.halted) return 'Halted';
  if (context.planOnly) return 'Succeeded';
  const idle = !outcomes.includes('Updated') && !outcomes.includes('UpToDate');
  return idle && (context.unprepared ?? 0) > 0 ? 'FailedClean' : 'Succeeded';
}

/**
 * What a rollout that went through to its end says of itself: waves in which nothing could be started were no success.
 *
 * @param remarks Sentences about what it leaves behind.
 * @param lost Chosen container instances that the record has lost: they may have been updated.
 */
export function closingReason(
  because: { readonly verdict: string; readonly reason: string },
  outcomes: readonly Outcome[],
  remarks: readonly string[] = [],
  lost = 0,
): string {
  const idle = because.verdict === 'done' && lost === 0 && !outcomes.includes('Updated');
  const reason = idle
    ? 'nothing was updated: no chosen container instance could be'
    : because.reason;
  return [reason, ...remarks].join('; ');
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
