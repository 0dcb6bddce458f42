// Judges whether anything changed that the dispatcher should look at: an instance ended, a person spoke, a time came.

import { now } from '../clock.ts';
import type { Wait } from '../wait-store.ts';
import type { Look } from '../waits.ts';

/** What a progress wait carries: what the dispatcher saw. */
export interface ProgressData {
  readonly wave: number;
  readonly open: number;
  readonly controlVersion: number;
  /** The count of news that the dispatcher's reads are not older than. */
  readonly news: number;
  readonly lookAgainAt: number;
}

function held(reason: string): Look {
  return { kind: 'held', output: { reason } };
}

/**
 * @param open Container instances that are open now. Only the dispatcher opens them, so fewer than it saw means that
 *   some ended.
 */
export function judgeProgress(
  wait: Wait,
  {
    open,
    controlVersion = 0,
  }: { readonly open: number; readonly controlVersion?: number | undefined },
): Look {
  const seen = wait.data as unknown as ProgressData;
  if (open < seen.open) return held(`${seen.open - open} ended`);
  if ((wait.news ?? 0) !== seen.news) return held('there is news');
  if (controlVersion !== seen.controlVersion) return held('a person asked for something');
  if (now() >= seen.lookAgainAt) return held('time to look again');
  return { kind: 'pending', reason: `${open} open` };
}
