// Tells Slack how a rollout goes; an event only says when to look, the record says what has not been told.

import * as z from 'zod';
import { lambda } from './aws/lambda.ts';
import { tellSlack } from './aws/tell-slack.ts';

const input = z.looseObject({
  /** Replayed from an archive: old news. */
  'replay-name': z.string().optional(),
  detail: z.looseObject({ rolloutId: z.string().min(1) }),
});

export const handler = lambda(input, async ({ detail, 'replay-name': replay }) =>
  replay === undefined
    ? tellSlack(detail.rolloutId)
    : { verdict: 'nobody', reason: 'replayed from an archive' },
);
