// `fleet start`: starts a rollout, and says how to watch and how to abort it.

import { begin, lookUntil } from './begin-rollout.ts';
import { EXIT_OF_ENDING, EXIT_OK } from './exit-codes.ts';
import type { StartOptions } from './region-options.ts';
import { endOf, type RolloutView } from './rollout-view.ts';
import type { Surroundings } from './terminal.ts';
import { printable } from './text-width.ts';

export function startText({ rolloutId, record }: RolloutView): string {
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
export async function start(
  options: StartOptions,
  { stdout, stderr }: Surroundings,
): Promise<number> {
  const rolloutId = await begin(options, false);
  const view = await lookUntil(rolloutId, ({ record }) => record.rollout !== undefined);
  const end = endOf(view);
  if (view.record.rollout === undefined && end !== undefined) {
    stderr.write(`fleet: rollout ${rolloutId} ended ${end.ending}: ${printable(end.reason)}\n`);
    return EXIT_OF_ENDING[end.ending];
  }
  stdout.write(startText(view));
  return EXIT_OK;
}
