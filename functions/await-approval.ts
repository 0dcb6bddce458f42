// Waits for a person to approve the plan.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { rolloutInput, withToken } from './aws/inputs.ts';
import { announce } from './aws/journal.ts';
import { lambda } from './aws/lambda.ts';
import { putWait } from './aws/wait-store.ts';
import { evaluate } from './aws/waits.ts';

const input = rolloutInput.extend({ ...withToken, timeoutSeconds: z.number().int() });

export const handler = lambda(input, async ({ token, timeoutSeconds, ...held }) => {
  const deadlineAt = now() + timeoutSeconds * 1000;
  const wait = await putWait({
    ...held,
    subject: held.rolloutId,
    kind: 'approval',
    token,
    deadlineAt,
    data: {},
  });
  // Somebody may have spoken before.
  const look = await evaluate(wait, 'begin');
  if (look.kind === 'pending') {
    await announce(
      held.rolloutId,
      { what: 'approval awaited', who: 'updater', why: 'approval.required' },
      { event: 'Approval Awaited', untilAt: deadlineAt },
    );
  }
  return look;
});
