// Combines the layers of a policy and checks the whole: what cannot be carried out is refused before anything is touched.

import * as z from 'zod';
import { BadInputError } from './errors.ts';
import { describeIssues, isObject, type Json, shown, shownKey } from './issues.ts';
import { type Policy, policySchema } from './policy.ts';
import { windowTooShort } from './window.ts';

/** Keys of an execution's input that are not policy. */
const startSchema = z.strictObject({
  /** When the schedule fired (ISO 8601); the window is counted from here. Now, unless said. */
  scheduledAt: z.iso.datetime({ offset: true }).optional(),
  /** Who or what started the rollout, for the journal. */
  startedBy: z.string().max(200).optional(),
});

export type Start = z.infer<typeof startSchema>;

/** Later layers win, key by key; lists are replaced whole. */
function merge(base: Json, over: Json): Json {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = Object.hasOwn(result, key) ? result[key] : undefined;
    result[key] = isObject(old) && isObject(value) ? merge(old, value) : value;
  }
  return result;
}

/** Deepest nesting of a layer; the schema itself needs three. */
const DEPTH_MAX = 8;

/**
 * Refuses what must not even be merged: `__proto__` would become the prototype of the result instead of a key of it,
 * past every check that follows.
 */
function refuseUnmergeable(value: unknown, path: readonly string[] = []): void {
  if (typeof value !== 'object' || value === null) return;
  if (path.length > DEPTH_MAX) {
    throw new BadInputError(
      `Cannot accept the policy: ${path[0] ?? 'input'}: nested deeper than ${DEPTH_MAX} levels`,
    );
  }
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') {
      const shownPath = [...path, key].map(shownKey).join('.');
      throw new BadInputError(`Cannot accept the policy: ${shownPath}: unknown key`);
    }
    refuseUnmergeable(member, [...path, key]);
  }
}

/**
 * Combines the layers of a policy: the defaults, then each layer in order (the configured fleet's, the input's).
 *
 * @param layers Plain JSON objects; `scheduledAt` and `startedBy` may stand in any of them.
 * @throws {BadInputError} Names each wrong key, the value found and what is accepted.
 */
export function readPolicy(layers: readonly unknown[]): { policy: Policy; start: Start } {
  let merged: Json = {};
  for (const layer of layers) {
    if (!isObject(layer)) {
      throw new BadInputError(
        `Cannot read the input: found ${shown(layer)}, expected a JSON object such as {"cluster": "prod"}`,
      );
    }
    refuseUnmergeable(layer);
    merged = merge(merged, layer);
  }
  const { scheduledAt, startedBy, ...rest } = merged;
  const start = startSchema.safeParse({
    ...(scheduledAt === undefined ? {} : { scheduledAt }),
    ...(startedBy === undefined ? {} : { startedBy }),
  });
  const policy = policySchema.safeParse(rest);
  const problems = [
    ...(policy.success ? [] : [describeIssues(policy.error, rest, policySchema)]),
    ...(start.success ? [] : [describeIssues(start.error, merged, startSchema)]),
  ];
  if (!policy.success || !start.success) {
    throw new BadInputError(`Cannot accept the policy: ${problems.join('; ')}`);
  }
  const tooShort = windowTooShort(policy.data);
  if (tooShort !== undefined) throw new BadInputError(`Cannot accept the policy: ${tooShort}`);
  return { policy: policy.data, start: start.data };
}
