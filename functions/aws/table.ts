// Speaks to the DynamoDB table: single-item reads and conditional writes, nothing else.

import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { config } from './config.ts';
import { FIRST, stopWhenOver } from './deadline.ts';
import { LOG_COPIES } from './sdk-log.ts';

/** For whoever speaks to the table in batches; everybody else uses the functions below. */
export const documentClient = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});
documentClient.middlewareStack.add(stopWhenOver, FIRST);
documentClient.middlewareStack.remove(LOG_COPIES);
documentClient.middlewareStack.add(
  (next) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      // DynamoDB says "Requested resource not found", and that is what a person would read as the reason of an ending.
      if (isTableGone(error)) {
        error.message = `Cannot reach the record: table ${config('TABLE_NAME')} does not exist; restore it from its backup under the same name`;
      }
      throw error;
    }
  },
  { step: 'initialize', name: 'sayWhichTable' },
);

/**
 * True for the one answer that says that there is no table. One that is throttled, out of reach or refused is there, as
 * far as anybody knows.
 */
export function isTableGone(error: unknown): error is ResourceNotFoundException {
  return error instanceof ResourceNotFoundException;
}

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export type Item = Record<string, unknown>;

/** What a conditional write came to. */
export type Written =
  | { readonly kind: 'written'; readonly item: Item }
  | { readonly kind: 'refused' };

/** Strongly consistent; undefined when there is no such item. */
export async function getItem(key: Key): Promise<Item | undefined> {
  const { Item: item } = await documentClient.send(
    new GetCommand({ TableName: config('TABLE_NAME'), Key: key, ConsistentRead: true }),
  );
  return item;
}

/** Writes the whole item; with `ifAbsent`, only where none is. */
export async function putItem(
  item: Key & Item,
  options: { ifAbsent?: boolean } = {},
): Promise<Written> {
  return unlessRefused(async () => {
    await documentClient.send(
      new PutCommand({
        TableName: config('TABLE_NAME'),
        Item: item,
        ...(options.ifAbsent ? { ConditionExpression: 'attribute_not_exists(pk)' } : {}),
      }),
    );
    return item;
  });
}

export interface Change {
  /** Attributes to set; those that are undefined are left alone. */
  readonly set?: Item;
  readonly remove?: readonly string[];
  /** Members to take out of a string set. */
  readonly takeOut?: Readonly<Record<string, readonly string[]>>;
  /** Members to add to a string set. */
  readonly addTo?: Readonly<Record<string, readonly string[]>>;
  /** Amounts to add to numbers. */
  readonly increment?: Readonly<Record<string, number>>;
  /** A condition over `#name`s and `:value`s given in `conditionValues`. */
  readonly condition?: string;
  readonly conditionValues?: Item;
}

/** Changes one item under a condition; answers the item as it is afterwards. */
export async function updateItem(key: Key, change: Change): Promise<Written> {
  const names: Record<string, string> = {};
  const values: Item = {};
  const name = (attribute: string): string => {
    names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  };
  const value = (attribute: string, given: unknown): string => {
    values[`:${attribute}`] = given;
    return `:${attribute}`;
  };
  const clauses: string[] = [];
  const set = Object.entries(change.set ?? {}).filter(([, given]) => given !== undefined);
  if (set.length > 0) {
    clauses.push(
      `SET ${set.map(([key, given]) => `${name(key)} = ${value(key, given)}`).join(', ')}`,
    );
  }
  if (change.remove && change.remove.length > 0) {
    clauses.push(`REMOVE ${change.remove.map(name).join(', ')}`);
  }
  const additions = [
    ...Object.entries(change.addTo ?? {}).map(([key, members]) => [key, new Set(members)] as const),
    ...Object.entries(change.increment ?? {}),
  ];
  if (additions.length > 0) {
    clauses.push(
      `ADD ${additions.map(([key, given]) => `${name(key)} ${value(key, given)}`).join(', ')}`,
    );
  }
  const takenOut = Object.entries(change.takeOut ?? {});
  if (takenOut.length > 0) {
    const parts = takenOut.map(([key, members]) => `${name(key)} ${value(key, new Set(members))}`);
    clauses.push(`DELETE ${parts.join(', ')}`);
  }
  for (const match of (change.condition ?? '').matchAll(/#(\w+)/g)) name(match[1] ?? '');
  for (const [key, given] of Object.entries(change.conditionValues ?? {})) value(key, given);
  return unlessRefused(async () => {
    const { Attributes } = await documentClient.send(
      new UpdateCommand({
        TableName: config('TABLE_NAME'),
        Key: key,
        UpdateExpression: clauses.join(' '),
        ...(change.condition ? { ConditionExpression: change.condition } : {}),
        ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
        ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes ?? {};
  });
}

/** Deletes one item; with `where`, only while that attribute has that value. Deleting twice is fine. */
export async function deleteItem(
  key: Key,
  where?: { readonly attribute: string; readonly is: unknown },
): Promise<Written> {
  return unlessRefused(async () => {
    await documentClient.send(
      new DeleteCommand({
        TableName: config('TABLE_NAME'),
        Key: key,
        ...(where
          ? {
              ConditionExpression: '#where = :is',
              ExpressionAttributeNames: { '#where': where.attribute },
              ExpressionAttributeValues: { ':is': where.is },
            }
          : {}),
      }),
    );
    return {};
  });
}

export interface Query {
  readonly pk: string;
  /** Prefix of the sort key, or of `dispatchKey` with the index; or its first and last value. */
  readonly keys:
    | { readonly prefix: string }
    | { readonly from: string; readonly to: string }
    | 'all';
  readonly index?: 'byDispatch';
  /** Stop after so many items; all of them unless said. */
  readonly limit?: number;
}

/** Items of one partition in the order of their sort key, strongly consistent, all pages. */
export async function query(request: Query): Promise<Item[]> {
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const page = await documentClient.send(
      new QueryCommand({
        TableName: config('TABLE_NAME'),
        ...(request.index ? { IndexName: request.index } : {}),
        ...keyCondition(request),
        ConsistentRead: true,
        ...(request.limit === undefined ? {} : { Limit: request.limit - items.length }),
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined && (request.limit === undefined || items.length < request.limit));
  return items;
}

function keyCondition({ pk, keys, index }: Query) {
  if (keys === 'all') {
    return { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } };
  }
  const ExpressionAttributeNames = { '#sort': index ? 'dispatchKey' : 'sk' };
  return 'prefix' in keys
    ? {
        KeyConditionExpression: 'pk = :pk AND begins_with(#sort, :prefix)',
        ExpressionAttributeNames,
        ExpressionAttributeValues: { ':pk': pk, ':prefix': keys.prefix },
      }
    : {
        KeyConditionExpression: 'pk = :pk AND #sort BETWEEN :from AND :to',
        ExpressionAttributeNames,
        ExpressionAttributeValues: { ':pk': pk, ':from': keys.from, ':to': keys.to },
      };
}

async function unlessRefused(write: () => Promise<Item>): Promise<Written> {
  try {
    return { kind: 'written', item: await write() };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return { kind: 'refused' };
    throw error;
  }
}
