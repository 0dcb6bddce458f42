// JSON as serde_json prints it: `Value` keeps its keys sorted, and the pretty form is indented by
// two spaces.

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue };

export function isJsonObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy with the keys of every object in byte order. */
export function sortKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isJsonObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key] ?? null)]));
}

/** What `{:#}` and `to_string_pretty` print for a `Value`. */
export function prettySorted(value: JsonValue): string {
  return JSON.stringify(sortKeys(value), undefined, 2);
}

/** Later objects win, member by member (apiclient, `merge_json`). */
export function mergeJson(into: JsonValue, from: JsonValue): JsonValue {
  if (!isJsonObject(into) || !isJsonObject(from)) return from;
  const merged = { ...into };
  for (const [key, value] of Object.entries(from)) {
    const old = merged[key];
    merged[key] = old === undefined ? value : mergeJson(old, value);
  }
  return merged;
}
