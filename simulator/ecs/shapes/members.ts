// Small rules that every shape of ECS shares: absent members are left out, and how instants are
// written.

import type { JsonObject } from '../../kernel/service.ts';
import type { Tag } from '../definitions.ts';

/**
 * The API writes epoch seconds, events write ISO 8601 (ECS Developer Guide, "Amazon ECS events").
 */
export type WriteInstant = (at: number) => number | string;

export const epochSeconds: WriteInstant = (at) => at / 1000;
export const isoInstant: WriteInstant = (at) => new Date(at).toISOString();

/** Without the members that are undefined, as JSON would write it. */
export function present(members: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) result[name] = value;
  }
  return result;
}

export function instant(write: WriteInstant, at: number | undefined): number | string | undefined {
  return at === undefined ? undefined : write(at);
}

export const tagList = (tags: readonly Tag[]): JsonObject[] =>
  tags.map(({ key, value }) => ({ key, value }));
