// Hands out a List operation's answer page by page; a token means "after this one", so that changes
// between pages neither skip nor repeat anything that stays.

import { createHash } from 'node:crypto';
import type { JsonObject } from '../../kernel/service.ts';
import { invalidParameter } from '../errors.ts';
import type { EcsRegion } from '../region.ts';
import { integer, text } from './input.ts';

interface Listed {
  readonly sequence: number;
  readonly arn: string;
}

interface PageRules {
  readonly operation: string;
  /** Default and greatest page size. */
  readonly usual: number;
  readonly max: number;
}

const TOKEN = /^([0-9a-f]{16})\.(\d+)$/;

/** A token is good for the very same question only. */
function digestOf(operation: string, input: JsonObject): string {
  const { nextToken: _, maxResults: __, ...question } = input;
  const text_ = JSON.stringify([operation, Object.entries(question).sort()]);
  return createHash('sha256').update(text_).digest('hex').slice(0, 16);
}

const badToken = () => invalidParameter('Invalid token.');

/**
 * "It's possible the number of results to be fewer than maxResults" (botocore ecs): filters are for
 * what is on a page already, which may be left empty and not be the last.
 *
 * @param listed In ascending order of `sequence`.
 * @param isAsked The filters of the request.
 */
export function page<T extends Listed>(
  region: EcsRegion,
  listed: Iterable<T>,
  input: JsonObject,
  { operation, usual, max }: PageRules,
  isAsked: (item: T) => boolean = () => true,
): { readonly items: T[]; readonly nextToken: string | undefined } {
  const size = integer(input, 'maxResults') ?? usual;
  if (size < 1 || size > max) throw invalidParameter(`maxResults should be between 1 and ${max}.`);
  const digest = digestOf(operation, input);
  const after = startOf(region, input, digest, operation);
  const items: T[] = [];
  for (const item of listed) {
    if (item.sequence <= after) continue;
    if (items.length === size)
      return { items: items.filter(isAsked), nextToken: tokenOf(digest, items) };
    items.push(item);
  }
  return { items: items.filter(isAsked), nextToken: undefined };
}

function tokenOf(digest: string, items: readonly Listed[]): string {
  return Buffer.from(`${digest}.${items.at(-1)?.sequence}`).toString('base64url');
}

function startOf(region: EcsRegion, input: JsonObject, digest: string, operation: string): number {
  const token = text(input, 'nextToken');
  if (token === undefined) return 0;
  const match = TOKEN.exec(Buffer.from(token, 'base64url').toString('utf8'));
  if (!match || match[1] !== digest) throw badToken();
  if (region.kernel.faults.strikes('ecs-page-token-expired', operation)) throw badToken();
  return Number(match[2]);
}
