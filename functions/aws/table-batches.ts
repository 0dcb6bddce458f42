// Speaks to the DynamoDB table about many items in one call; every item stands for itself, nothing is a transaction.

import { BatchGetCommand, BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { config } from './config.ts';
import { inParallel } from './parallel.ts';
import { documentClient, getItem, type Item, type Key, putItem } from './table.ts';

/** Limits of one call (DynamoDB API reference, BatchGetItem and BatchWriteItem). */
const READS_MAX = 100;
const WRITES_MAX = 25;
/** Calls at once, and single calls at once for what a batch left over. */
const CALLS_MAX = 4;

function inGroups<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/**
 * Strongly consistent, in no particular order; items that do not exist are left out. What DynamoDB leaves unprocessed
 * under load is read one by one, because single calls are retried by the SDK with its back-off.
 */
export async function getItems(keys: readonly Key[]): Promise<Item[]> {
  const table = config('TABLE_NAME');
  const found = await inParallel(inGroups(keys, READS_MAX), CALLS_MAX, async (group) => {
    const { Responses, UnprocessedKeys } = await documentClient.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: group, ConsistentRead: true } } }),
    );
    const left = (UnprocessedKeys?.[table]?.Keys ?? []) as Key[];
    const more = await inParallel(left, CALLS_MAX, getItem);
    return [...(Responses?.[table] ?? []), ...more.filter((item) => item !== undefined)];
  });
  return found.flat();
}

/** Finds items of one batch by their keys. */
export function byKey(items: readonly Item[]): (key: Key) => Item | undefined {
  const found = new Map(items.map((item) => [`${item.pk} ${item.sk}`, item]));
  return ({ pk, sk }) => found.get(`${pk} ${sk}`);
}

/** Writes whole items over whatever stands there; what DynamoDB leaves unprocessed is written one by one. */
export async function putItems(items: readonly (Key & Item)[]): Promise<void> {
  const table = config('TABLE_NAME');
  await inParallel(inGroups(items, WRITES_MAX), CALLS_MAX, async (group) => {
    const { UnprocessedItems } = await documentClient.send(
      new BatchWriteCommand({
        RequestItems: { [table]: group.map((Item) => ({ PutRequest: { Item } })) },
      }),
    );
    const left = (UnprocessedItems?.[table] ?? []).flatMap(({ PutRequest }) =>
      PutRequest?.Item ? [PutRequest.Item as Key & Item] : [],
    );
    await inParallel(left, CALLS_MAX, (item) => putItem(item));
  });
}
