// `fleet start`: starts a rollout, and says how to watch and how to abort it.

import { begin, lookUntil, sayRefused } from './begin-rollout.ts';
import { EXIT_OK } from './exit-codes.ts';
import type { StartOptions } from './region-options.ts';
import { endOf, type RolloutView } from './rollout-view.ts';
import type { Surroundings } from './terminal.ts';
import { printable } from './text-width.ts';

function startText({ rolloutId, record }: RolloutView): string {
  const { clusterName = '', policy } = record.rollout ?? {};
  const approval = policy?.approval.required
    ? `approve   fleet approve --rollout ${rolloutId}   (it waits for that once it is planned)\n`
    : '';
  return (
    `Rollout ${rolloutId} of cluster ${printable(clusterName)} has begun.\n` +
    `watch     fleet watch --rollout ${rolloutId}\n${approval}` +
    `abort     fleet abort --rollout ${rolloutId}\n`
  );
}

/** @returns The exit code: 0 once it is opened, or that of the ending of one that could not be. */
export async function start(options: StartOptions, surroundings: Surroundings): Promise<number> {
  const rolloutId = await begin(options, false);
  const goesOn = `Rollout ${rolloutId} was started and goes on. To end it: fleet abort --rollout ${rolloutId}`;
  const isOpened = ({ record }: RolloutView) => record.rollout !== undefined;
  const view = await lookUntil(rolloutId, isOpened, goesOn, surroundings);
  const end = endOf(view);
  if (!isOpened(view) && end !== undefined) return sayRefused(view, end, surroundings);
  surroundings.stdout.write(startText(view));
  return EXIT_OK;
}
