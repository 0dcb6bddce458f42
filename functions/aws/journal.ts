// Appends to a rollout's journal: who or what did what, when and why.

import { now } from './clock.ts';
import { RETENTION_SECONDS } from './record-rules.ts';
import { putItem } from './table.ts';

/** Appends to the rollout's journal: who or what did what, when and why. Never fails the caller's work. */
export async function journal(
  rolloutId: string,
  entry: {
    readonly what: string;
    readonly who: string;
    readonly why: string;
    readonly subject?: string;
  },
): Promise<void> {
  const at = now();
  await putItem({
    pk: `ROLLOUT#${rolloutId}`,
    sk: `JOURNAL#${new Date(at).toISOString()}#${entry.what}#${entry.subject ?? ''}`,
    at,
    ...entry,
    expiresAt: Math.floor(at / 1000) + RETENTION_SECONDS,
  });
}
