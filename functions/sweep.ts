// The guarantee behind the events: once a minute, looks at every wait, and ends what nobody works on any more.

import * as z from 'zod';
import { config } from './aws/config.ts';
import { publish } from './aws/events.ts';
import { lambda } from './aws/lambda.ts';
import { log } from './aws/log.ts';
import { type OpenRollouts, readOpenRollouts } from './aws/rollout-record.ts';
import { sweepRollout } from './aws/sweep-rollout.ts';
import { sweepUnrecorded, sweepWithoutTable } from './aws/sweep-unrecorded.ts';
import { isTableGone } from './aws/table.ts';

/** PutEvents takes ten. */
const EVENTS_MAX = 10;

/** Only a word that it is time to look: what Slack does must never reach the sweep. */
async function remind(rolloutIds: readonly string[]): Promise<void> {
  for (let from = 0; from < rolloutIds.length; from += EVENTS_MAX) {
    const some = rolloutIds.slice(from, from + EVENTS_MAX);
    await publish(
      ...some.map((rolloutId) => ({ event: 'Notification Due' as const, detail: { rolloutId } })),
    );
  }
}

/** Undefined when there is no table to read. */
async function readOpen(): Promise<OpenRollouts | undefined> {
  try {
    return await readOpenRollouts();
  } catch (error) {
    if (isTableGone(error)) return undefined;
    throw error;
  }
}

export const handler = lambda(z.unknown(), async () => {
  const found = await readOpen();
  if (!found) {
    await sweepWithoutTable();
    // The alarm on the sweep's errors is what a person hears of it.
    throw new Error(
      `Cannot sweep: table ${config('TABLE_NAME')} does not exist; what is drained is brought back by its marks. Restore the table from its backup under the same name`,
    );
  }
  const { open, telling } = found;
  let trouble = 0;
  for (const rollout of open) {
    try {
      await sweepRollout(rollout);
    } catch (error) {
      // One rollout's trouble must not keep the others from being swept.
      trouble++;
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      log.error('sweep failed', { rolloutId: rollout.rolloutId, reason });
    }
  }
  await remind(telling);
  // Last: what is open goes before what is lost.
  trouble += await sweepUnrecorded(open);
  if (trouble > 0) {
    // The alarm counts failed invocations. Nothing repeats this one: the next minute does.
    throw new Error(
      `Cannot sweep everything: ${trouble} times something failed, each in a line before this one; all else was swept`,
    );
  }
  return { rollouts: open.length };
});
