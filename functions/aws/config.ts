// The one place that reads the environment of a function.

import * as z from 'zod';
import { BadInputError } from '../core/errors.ts';

/** One Systems Manager document, fixed in version and hash: who moves its default version does not own the fleet. */
const documentSchema = z.object({
  name: z.string(),
  version: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const schemas = {
  /** The record. */
  TABLE_NAME: z.string().min(3),
  /** Our own event bus. */
  EVENT_BUS_NAME: z.string().min(1),
  /** State machine of whole rollouts. */
  ROLL_OUT_CLUSTER_ARN: z.string().startsWith('arn:'),
  /** State machine that updates one container instance. */
  UPDATE_CONTAINER_INSTANCE_ARN: z.string().startsWith('arn:'),
  /** Prefix of the Systems Manager parameters that hold the configured fleets' policies. */
  FLEET_PARAMETER_PREFIX: z.string().startsWith('/'),
  /** Prefix of the SecureString parameters that hold bot tokens and webhooks of Slack. */
  SLACK_PARAMETER_PREFIX: z.string().startsWith('/'),
  /** JSON: verb to document. */
  DOCUMENTS: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.record(z.string(), documentSchema)),
};

type Configuration = { [K in keyof typeof schemas]: z.output<(typeof schemas)[K]> };

const read = new Map<string, unknown>();

/**
 * One setting of the environment, checked once.
 *
 * @throws {BadInputError} When it is missing or malformed: the deployment is wrong, not the input.
 */
export function config<K extends keyof Configuration>(key: K): Configuration[K] {
  if (!read.has(key)) {
    const result = schemas[key].safeParse(process.env[key]);
    if (!result.success) {
      throw new BadInputError(
        `Cannot start: environment variable ${key} is ${process.env[key] === undefined ? 'missing' : 'malformed'}; deploy the stack again`,
      );
    }
    read.set(key, result.data);
  }
  return read.get(key) as Configuration[K];
}
