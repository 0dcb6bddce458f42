// Waits until something changed that the dispatcher should judge again.

import * as z from 'zod';
import { now } from './aws/clock.ts';
import { waveInput, withToken } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { judgeProgress } from './aws/looks/progress.ts';
import { putProgressWait } from './aws/wait-store.ts';
import { conclude } from './aws/waits.ts';

const input = waveInput.extend({
  ...withToken,
  /** How many were open when the dispatcher looked. */
  open: z.number().int().min(0),
  controlVersion: z.number().int(),
  /** How much news there was before the dispatcher looked. */
  news: z.number().int().min(0),
  lookAgainSeconds: z.number().int().min(1).max(3000),
});

/** The state's own limit in the state machine is an hour: then the dispatcher looks, whatever became of this wait. */
const DEADLINE_SECONDS = 3300;

export const handler = lambda(
  input,
  async ({ token, wave, open, controlVersion, news, lookAgainSeconds, ...held }) => {
    const at = now();
    const wait = await putProgressWait({
      ...held,
      subject: held.rolloutId,
      kind: 'progress',
      token,
      deadlineAt: at + DEADLINE_SECONDS * 1000,
      data: { wave, open, controlVersion, news, lookAgainAt: at + lookAgainSeconds * 1000 },
    });
    // What came between the dispatcher's look and this wait had nobody to answer.
    return conclude(wait, judgeProgress(wait, { open, controlVersion }));
  },
);
