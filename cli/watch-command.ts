// `fleet watch`: prints a line for everything that happens to a rollout, until it has ended.

import { setTimeout as sleep } from 'node:timers/promises';
import { RegionError } from './aws/region-error.ts';
import { findRolloutId, readView } from './aws/rollouts.ts';
import { EXIT_OF_ENDING } from './exit-codes.ts';
import { milestoneLine } from './plain-view.ts';
import type { Which } from './region-options.ts';
import { newsOf } from './rollout-news.ts';
import { statusOf } from './rollout-status.ts';
import { endOf } from './rollout-view.ts';
import { statusLines } from './status-lines.ts';
import { printLines } from './styled-text.ts';
import { endOnSignals, type Surroundings } from './terminal.ts';
import { printable } from './text-width.ts';

interface WatchOptions {
  readonly which: Which;
  readonly intervalSeconds: number;
}

/** A laptop that sleeps or a network that is away for a moment does not end the watching. */
const FAILURES_MAX = 5;

/** Tries again after what the region refused; gives up when it refuses too often in a row. */
function patiently<T>(
  read: () => Promise<T>,
  intervalSeconds: number,
  stderr: Surroundings['stderr'],
): () => Promise<T> {
  return async () => {
    for (let failures = 1; ; failures++) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof RegionError) || failures === FAILURES_MAX) throw error;
        stderr.write(`fleet: ${printable(error.message)}; looks again\n`);
        await sleep(intervalSeconds * 1000);
      }
    }
  };
}

/** @returns The exit code of the ending. */
export async function watch(
  { which, intervalSeconds }: WatchOptions,
  surroundings: Surroundings,
): Promise<number> {
  const { stdout, stderr } = surroundings;
  const rolloutId = await findRolloutId(which, 'last');
  const release = endOnSignals(() => {
    stderr.write(
      `\nStopped watching; rollout ${rolloutId} goes on. To end it: fleet abort --rollout ${rolloutId}\n`,
    );
  });
  const told = new Set<string>();
  const look = patiently(() => readView(rolloutId), intervalSeconds, stderr);
  try {
    for (;;) {
      const view = await look();
      const cluster = view.record.rollout?.clusterName ?? '';
      for (const one of newsOf(view)) {
        if (told.has(one.key)) continue;
        told.add(one.key);
        stdout.write(`${milestoneLine(one, cluster)}\n`);
      }
      const end = endOf(view);
      // Its execution writes the last lines of the journal after the ending.
      if (end !== undefined && view.execution?.status !== 'RUNNING') {
        printLines((width) => [[], ...statusLines(statusOf(view), width)], surroundings);
        return EXIT_OF_ENDING[end.ending];
      }
      await sleep(intervalSeconds * 1000);
    }
  } finally {
    release();
  }
}
