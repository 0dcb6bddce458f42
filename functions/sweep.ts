// The guarantee behind the events: once a minute, looks at every wait, and ends what nobody works on any more.

import * as z from 'zod';
import { lambda } from './aws/lambda.ts';
import { log } from './aws/log.ts';
import { openRolloutIds } from './aws/rollout-record.ts';
import { sweepRollout } from './aws/sweep-rollout.ts';

export const handler = lambda(z.unknown(), async () => {
  const rolloutIds = await openRolloutIds();
  let trouble = 0;
  for (const rolloutId of rolloutIds) {
    try {
      await sweepRollout(rolloutId);
    } catch (error) {
      // One rollout's trouble must not keep the others from being swept.
      trouble++;
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      log.error('sweep failed', { rolloutId, reason });
    }
  }
  return { rollouts: rolloutIds.length, trouble };
});
