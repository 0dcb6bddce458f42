// Looks whether enough hosts of a wave that has not begun have downloaded the update.

import { downloadLookSeconds, waitsForDownloads } from '../core/downloads.ts';
import { limitOf } from '../core/policy.ts';
import { now } from './clock.ts';
import { readWaiting, WAITING_READ_MAX } from './dispatch-index.ts';
import { SEND_COMMAND_INSTANCES_MAX } from './documents.ts';
import { isDownloading, lookAtDownloads } from './downloads.ts';
import type { Overview } from './overview.ts';

/** So many of the next are looked at, and for each place so many: places should not wait for the first few hosts. */
const NEXT_MIN = 50;
const NEXT_PER_PLACE = 5;

export interface BeginLater {
  readonly reason: string;
  readonly lookAgainSeconds: number;
}

export function hasBegun({ waves }: Pick<Overview, 'waves'>, wave: number): boolean {
  return waves.some((one) => one.wave === wave && one.startedAt !== undefined);
}

/**
 * Looks at the hosts whose turn comes first.
 *
 * @returns What a wave waits for before it begins; undefined when it may, or when there is something else to say.
 */
export async function waitsToBegin(
  rolloutId: string,
  { rollout, plan, waves, downloading }: Overview,
  wave: number,
): Promise<BeginLater | undefined> {
  const { abort, pause } = rollout?.control ?? {};
  if (hasBegun({ waves }, wave) || abort || pause || !rollout || !plan || !downloading)
    return undefined;
  const places = limitOf(rollout.policy.budget.outOfServiceMax, plan.size.containerInstances);
  const limit = Math.min(WAITING_READ_MAX, Math.max(NEXT_MIN, places * NEXT_PER_PLACE));
  const most = Math.ceil(limit / SEND_COMMAND_INSTANCES_MAX);
  await lookAtDownloads(downloading, { wave, most });
  const next = await readWaiting(rolloutId, wave, limit);
  const late = next.filter(isDownloading).length;
  const forSeconds = (now() - downloading.sentAt) / 1000;
  const ready = next.length - late;
  const reason = waitsForDownloads({ ready, downloading: late, places, forSeconds });
  if (reason === undefined) return undefined;
  return { reason, lookAgainSeconds: downloadLookSeconds(forSeconds) };
}

/** Seconds until a wave with places left looks again who has downloaded. */
export function lookAgainSeconds({ downloading }: Overview): number {
  return downloadLookSeconds((now() - (downloading?.sentAt ?? now())) / 1000);
}
