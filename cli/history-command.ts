// `fleet history`: the journal of a rollout.

import { query } from '../functions/aws/table.ts';
import { asking, regionName } from './aws/asking.ts';
import { findRolloutId } from './aws/rollouts.ts';
import { EXIT_OK } from './exit-codes.ts';
import { type JournalEntry, recordOf } from './record.ts';
import type { Which } from './region-options.ts';
import { type Line, printLines } from './styled-text.ts';
import { tableLines } from './table.ts';
import type { Surroundings } from './terminal.ts';
import { instantText } from './time-text.ts';
import { UsageError } from './usage-error.ts';

/** Who or what did what, when and why, oldest first. */
export function journalLines(journal: readonly JournalEntry[], width: number): Line[] {
  const columns = [
    { title: 'at', of: ({ at }: JournalEntry) => instantText(at) },
    { title: 'who', of: ({ who }: JournalEntry) => who },
    { title: 'container instance', of: ({ subject }: JournalEntry) => subject ?? '-' },
    { title: 'what', of: ({ what }: JournalEntry) => what },
  ];
  return tableLines(columns, { title: 'why', of: ({ why }) => why }, journal, width);
}

export async function history(
  { which }: { readonly which: Which },
  surroundings: Surroundings,
): Promise<number> {
  const rolloutId = await findRolloutId(which, 'last');
  const journal = await asking(`read the journal of ${rolloutId}`, async () => {
    const items = await query({ pk: `ROLLOUT#${rolloutId}`, keys: { prefix: 'JOURNAL#' } });
    return recordOf(items).journal;
  });
  if (journal.length === 0) {
    throw new UsageError(`there is no journal of rollout ${rolloutId} in ${regionName()}`);
  }
  printLines((width) => journalLines(journal, width), surroundings);
  return EXIT_OK;
}
