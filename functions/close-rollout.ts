// Closes a rollout: nothing may be open, prepared hosts get their settings back, the lease is released.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { closeRollout } from './aws/close-out.ts';
import { rolloutInput } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { requireLease } from './aws/lease.ts';

const input = rolloutInput.extend({
  /** What led here: a verdict, or an error that a state caught. */
  because: z.object({ verdict: z.string(), reason: z.string() }),
  /** When the closing began (ISO 8601): open instances are waited for, but not for ever. */
  closingSince: z.iso.datetime({ offset: true }),
});

export const handler = lambda(input, async ({ because, closingSince, ...held }) => {
  await requireLease(held);
  return closeRollout(held, because, now() - Date.parse(closingSince));
});
