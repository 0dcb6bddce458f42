// `fleet plan`: has a rollout planned and nothing else, and shows the plan.

import { begin, lookUntil, sayRefused } from './begin-rollout.ts';
import { EXIT_OF_ENDING } from './exit-codes.ts';
import { planLines } from './plan-lines.ts';
import type { StartOptions } from './region-options.ts';
import { endOf } from './rollout-view.ts';
import { printLines } from './styled-text.ts';
import type { Surroundings } from './terminal.ts';

/** @returns The exit code: that of the ending, which for a plan that could be made is 0. */
export async function plan(
  options: Omit<StartOptions, 'name'>,
  surroundings: Surroundings,
): Promise<number> {
  const rolloutId = await begin({ ...options, name: undefined }, true);
  const goesOn = `${rolloutId} goes on for some seconds; it plans, and touches nothing.`;
  const view = await lookUntil(rolloutId, () => false, goesOn, surroundings);
  const end = endOf(view) ?? { ending: 'FailedClean', reason: 'no reason given' };
  if (view.record.rollout === undefined) return sayRefused(view, end, surroundings);
  printLines((width) => planLines(view, width), surroundings);
  return EXIT_OF_ENDING[end.ending];
}
