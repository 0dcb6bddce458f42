// Undoes a failed update, one step per call: the state machine calls again until it is undone.

import * as z from 'zod';
import { instanceInput } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { undoOnce } from './aws/undo.ts';
import { causeOf } from './core/cause.ts';

const input = instanceInput.extend({
  /** The error that a state caught, as Step Functions passes it, and the state's name. */
  failure: z.object({
    Error: z.string(),
    Cause: z.string().optional(),
    /** Absent in executions that began with an earlier definition. */
    State: z.string().optional(),
  }),
});

export const handler = lambda(input, async ({ failure, ...held }) =>
  undoOnce(held, causeOf(failure.Error, failure.Cause, failure.State)),
);
