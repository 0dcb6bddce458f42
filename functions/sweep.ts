// The guarantee behind the events: once a minute, looks at every wait, and ends what nobody works on any more.

import * as z from 'zod';
import { publish } from './aws/events.ts';
import { lambda } from './aws/lambda.ts';
import { log } from './aws/log.ts';
import { readOpenRollouts } from './aws/rollout-record.ts';
import { sweepRollout } from './aws/sweep-rollout.ts';

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

export const handler = lambda(z.unknown(), async () => {
  const { open, telling } = await readOpenRollouts();
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
  return { rollouts: open.length, trouble };
});
