// How long the record is kept, and the error of a worker that was superseded.

import { LeaseLostError } from '../core/errors.ts';

/** Journals and closed rollouts are kept this long. */
export const RETENTION_SECONDS = 90 * 86_400;

export function leaseLost(rolloutId: string, fence: number): LeaseLostError {
  return new LeaseLostError(
    `Cannot write the record of rollout ${rolloutId}: fence ${fence} was superseded`,
  );
}
