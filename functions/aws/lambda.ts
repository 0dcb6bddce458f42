// The middy stack every function runs in: parse the input, run the handler, log the verdict or the error.

import middy from '@middy/core';
import * as z from 'zod';
import { BadInputError } from '../core/errors.ts';
import { describeIssues } from '../core/issues.ts';
import { setDeadline } from './deadline.ts';
import { nameFailedCall } from './failed-call.ts';
import { log } from './log.ts';

const ids = z.looseObject({
  rolloutId: z.string().optional(),
  wave: z.number().optional(),
  ec2InstanceId: z.string().optional(),
});

/** The ids of an input, for its log lines. */
function idsOf(input: unknown): Readonly<Record<string, unknown>> {
  const parsed = ids.safeParse(input);
  if (!parsed.success) return {};
  const { rolloutId, wave, ec2InstanceId } = parsed.data;
  return { rolloutId, wave, ec2InstanceId };
}

/**
 * A Lambda handler that parses its input with `schema` and answers what `handle` returns.
 *
 * @throws {BadInputError} When the input does not match; whatever `handle` throws goes on to the state machine.
 */
export function lambda<S extends z.ZodType, R>(
  schema: S,
  handle: (input: z.output<S>) => Promise<R>,
) {
  return middy<unknown, R>()
    .before((request) => {
      setDeadline(request.context.getRemainingTimeInMillis());
      const parsed = schema.safeParse(request.event);
      if (!parsed.success) {
        throw new BadInputError(
          `Cannot read the input: ${describeIssues(parsed.error, request.event, schema)}`,
        );
      }
      request.event = parsed.data;
    })
    .after((request) => {
      log.info('verdict', { ...idsOf(request.event), verdict: request.response });
    })
    .onError((request) => {
      const { error } = request;
      if (error) nameFailedCall(error);
      log.error(error?.message ?? 'unknown error', {
        ...idsOf(request.event),
        error: error?.name,
        stack: error?.stack,
      });
    })
    .handler((event) => handle(event as z.output<S>));
}
