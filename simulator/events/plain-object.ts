// Tells a JSON object from every other JSON value.

import type { JsonObject } from '../kernel/service.ts';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
