// Reads members of the query protocols: every scalar is text, an empty list an empty string.

import type { JsonObject } from './service.ts';

/** The elements of a list member; none when it is absent or empty. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null || value === '' ? [] : [value];
}

/** The elements of a list of text. */
export function textsOf(value: unknown): readonly string[] {
  return listOf(value).map(String);
}

/** The elements of a list of structures. */
export function structuresOf(value: unknown): readonly JsonObject[] {
  return listOf(value) as readonly JsonObject[];
}

export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

/** Undefined when the member is absent. */
export function numberOf(value: unknown): number | undefined {
  return value === undefined || value === null || value === '' ? undefined : Number(value);
}
