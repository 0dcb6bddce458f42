// Reads members of a Systems Manager input as the types that its model says they have.

import type { JsonObject } from '../kernel/service.ts';

export function text(input: JsonObject, name: string): string | undefined {
  const value = input[name];
  return value === undefined || value === null ? undefined : String(value);
}

export function texts(input: JsonObject, name: string): string[] {
  const value = input[name];
  return Array.isArray(value) ? value.map(String) : [];
}

export function objects(input: JsonObject, name: string): JsonObject[] {
  const value = input[name];
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

/** A map of lists of strings, such as the parameters of a command. */
export function textLists(input: JsonObject, name: string): Readonly<Record<string, string[]>> {
  const value = input[name];
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, list]) => [key, Array.isArray(list) ? list.map(String) : []]),
  );
}
