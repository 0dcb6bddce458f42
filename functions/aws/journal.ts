// Appends to a rollout's journal: who or what did what, when and why; and announces what people want to hear of.

import type { Milestone } from '../core/milestone.ts';
import { now } from './clock.ts';
import { publish } from './events.ts';
import { RETENTION_SECONDS } from './record-rules.ts';
import { putItem, query } from './table.ts';

export interface JournalEntry {
  readonly what: string;
  readonly who: string;
  readonly why: string;
  readonly subject?: string;
  /** Epoch milliseconds; the same entry written again is one entry. Now unless said. */
  readonly at?: number;
}

/** Prefix of the index key of what has not been told yet. */
export const UNTOLD = 'TELL#';

/**
 * Appends to the rollout's journal: who or what did what, when and why.
 *
 * @throws {Error} When the table does not take it: what must stand without it catches that.
 */
export async function journal(
  rolloutId: string,
  entry: JournalEntry,
  milestone?: Milestone,
): Promise<void> {
  const at = entry.at ?? now();
  const instant = new Date(at).toISOString();
  await putItem({
    pk: `ROLLOUT#${rolloutId}`,
    sk: `JOURNAL#${instant}#${entry.what}#${entry.subject ?? ''}`,
    ...entry,
    at,
    ...(milestone === undefined ? {} : { milestone, dispatchKey: `${UNTOLD}${instant}` }),
    expiresAt: Math.floor(at / 1000) + RETENTION_SECONDS,
  });
}

/** One end of one subject. */
export function endOf(what: string, subject: string): string {
  return `${what} ${subject}`;
}

/** What is in the journal, as `endOf()` has it. */
export async function readEnds(rolloutId: string): Promise<Set<string>> {
  const entries = await query({ pk: `ROLLOUT#${rolloutId}`, keys: { prefix: 'JOURNAL#' } });
  return new Set(entries.map(({ what, subject }) => endOf(String(what), String(subject))));
}

/**
 * Journals a milestone and publishes it. The journal comes first: an event only says that there is something to tell,
 * so one that is lost costs a minute and no milestone.
 */
export async function announce(
  rolloutId: string,
  entry: JournalEntry,
  milestone: Milestone,
): Promise<void> {
  await journal(rolloutId, entry, milestone);
  const { event, ...detail } = milestone;
  await publish({ event, detail: { rolloutId, ...detail } });
}
