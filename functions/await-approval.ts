// Waits for a person to approve the plan.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { rolloutInput, withToken } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { putWait } from './aws/wait-store.ts';

const input = rolloutInput.extend({ ...withToken, timeoutSeconds: z.number().int() });

export const handler = lambda(input, async ({ token, timeoutSeconds, ...held }) => {
  await putWait({
    ...held,
    subject: held.rolloutId,
    kind: 'approval',
    token,
    deadlineAt: now() + timeoutSeconds * 1000,
    data: {},
  });
  return { verdict: 'waiting', reason: 'for approval' };
});
