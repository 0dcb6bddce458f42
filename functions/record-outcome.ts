// Records how the update of one container instance ended.

import * as z from 'zod';
import { instanceInput } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { finishInstance } from './aws/outcome-record.ts';
import { OUTCOMES } from './core/outcome.ts';

const input = instanceInput.extend({
  result: z.object({ outcome: z.enum(OUTCOMES), reason: z.string() }),
});

export const handler = lambda(input, async ({ result, ...held }) =>
  finishInstance(held, result.outcome, result.reason),
);
