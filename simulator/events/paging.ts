// How the lists of EventBridge are asked for page by page.

import type { PageRequest } from '../kernel/page.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';

/** Items of a page unless said; the most that may be asked for is the same. */
const PAGE_DEFAULT = 100;

export function requested(input: JsonObject): PageRequest {
  return { limit: Number(input.Limit ?? PAGE_DEFAULT), token: input.NextToken };
}

export function badToken(): AwsError {
  return new AwsError('ValidationException', 'Parameter NextToken is not valid.');
}
