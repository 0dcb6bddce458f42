// Looks whether anything changed that the dispatcher should judge: an instance ended, a person spoke, a time came.

import { now } from '../clock.ts';
import { readByDispatch } from '../instance-store.ts';
import { readRollout } from '../rollout-record.ts';
import type { Wait } from '../wait-store.ts';
import type { Look } from '../waits.ts';

/** What a progress wait carries: what the dispatcher saw. */
export interface ProgressData {
  readonly wave: number;
  readonly open: number;
  readonly controlVersion: number;
  readonly lookAgainAt: number;
}

/** Only the dispatcher opens instances, so fewer open ones than it saw means that some ended. */
export async function lookAtProgress(wait: Wait): Promise<Look> {
  const seen = wait.data as unknown as ProgressData;
  const open = await readByDispatch(wait.rolloutId, 'OPEN#');
  if (open.length < seen.open) {
    return { kind: 'held', output: { reason: `${seen.open - open.length} ended` } };
  }
  if (now() >= seen.lookAgainAt) return { kind: 'held', output: { reason: 'time to look again' } };
  const { controlVersion } = await readRollout(wait.rolloutId);
  if ((controlVersion ?? 0) !== seen.controlVersion) {
    return { kind: 'held', output: { reason: 'a person asked for something' } };
  }
  return { kind: 'pending', reason: `${open.length} open` };
}
