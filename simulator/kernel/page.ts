// Cuts a list into the pages of a List or Describe operation, by token.

import type { AwsError } from './service.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextToken?: string;
}

/** What the caller asked for; the query protocols carry numbers as strings. */
export interface PageRequest {
  readonly limit: number;
  readonly token?: unknown;
}

const PREFIX = 'page:';

/** @param onBadToken Makes the error for a token that this function did not hand out. */
export function pageOf<T>(
  items: readonly T[],
  request: PageRequest,
  onBadToken: () => AwsError,
): Page<T> {
  let start = 0;
  if (request.token !== undefined && request.token !== null) {
    const text = Buffer.from(String(request.token), 'base64url').toString('utf8');
    start = text.startsWith(PREFIX) ? Number(text.slice(PREFIX.length)) : Number.NaN;
    if (!Number.isInteger(start) || start < 0) throw onBadToken();
  }
  const end = start + request.limit;
  const page = items.slice(start, end);
  if (end >= items.length) return { items: page };
  return { items: page, nextToken: Buffer.from(`${PREFIX}${end}`).toString('base64url') };
}
