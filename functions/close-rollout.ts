// Closes a rollout: nothing may be open, prepared hosts get their settings back, the lease is released.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { closeRollout } from './aws/close-out.ts';
import { rolloutInput } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';
import { readRollout } from './aws/rollout-record.ts';

const input = rolloutInput.extend({
  /** What led here: a verdict, or an error that a state caught. */
  because: z.object({ verdict: z.string(), reason: z.string() }),
  /** When the closing began (ISO 8601): open instances are waited for, but not for ever. */
  closingSince: z.iso.datetime({ offset: true }),
});

export const handler = lambda(input, async ({ because, closingSince, ...held }) => {
  const rollout = await readRollout(held.rolloutId);
  // Once it is closed nothing on the cluster is touched any more: only what follows is done again.
  if (rollout.ending === undefined) await requireLease(held);
  return closeRollout(rollout, because, now() - Date.parse(closingSince));
});
