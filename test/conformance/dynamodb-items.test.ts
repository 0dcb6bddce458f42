// Amazon DynamoDB: items, conditions, batches, queries and scans.

import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect } from 'vitest';
import { tableOf } from './support/dynamodb-table.ts';
import { openStage, refused } from './support/stage.ts';

const stage = await openStage('dynamodb-items');
const dynamodb = stage.client(DynamoDBClient);
const { prefix } = stage;
const TableName = `${prefix}-items`;
const NO_TABLE = `${prefix}-absent`;

type Item = Record<string, AttributeValue>;
const keyOf = (pk: string, sk = 0): Item => ({ pk: { S: pk }, sk: { N: String(sk) } });

/** Makes a table that is deleted when all is over. */
async function create(name: string) {
  stage.afterwards(() => dynamodb.send(new DeleteTableCommand({ TableName: name })));
  return dynamodb.send(new CreateTableCommand(tableOf(name, prefix)));
}

function isActive(name: string) {
  return stage.eventually(
    async () => (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table,
    (table) => table?.TableStatus === 'ACTIVE',
  );
}

const put = (item: Item) => dynamodb.send(new PutItemCommand({ TableName, Item: item }));
const get = async (key: Item) =>
  (await dynamodb.send(new GetItemCommand({ TableName, Key: key, ConsistentRead: true }))).Item;

beforeAll(async () => {
  await create(TableName);
  await isActive(TableName);
});

describe('serialization', () => {
  stage.test('every type of attribute comes back as it was put', {}, async () => {
    const item: Item = {
      ...keyOf('types'),
      text: { S: 'é€😀' },
      number: { N: '-12345678901234567890.5' },
      bytes: { B: new Uint8Array([0, 1, 255]) },
      truth: { BOOL: true },
      nothing: { NULL: true },
      list: { L: [{ S: 'a' }, { N: '1' }] },
      map: { M: { inner: { S: 'b' } } },
      texts: { SS: ['a', 'b'] },
      numbers: { NS: ['1', '2'] },
    };
    const answer = await dynamodb.send(
      new PutItemCommand({ TableName, Item: item, ReturnConsumedCapacity: 'TOTAL' }),
    );
    expect(answer.ConsumedCapacity).toMatchObject({
      TableName,
      CapacityUnits: expect.any(Number),
    });
    expect(await get(keyOf('types'))).toEqual(item);
    const some = await dynamodb.send(
      new GetItemCommand({
        TableName,
        Key: keyOf('types'),
        ProjectionExpression: '#m.#i, #l[0]',
        ExpressionAttributeNames: { '#m': 'map', '#i': 'inner', '#l': 'list' },
      }),
    );
    expect(some.Item).toEqual({ map: { M: { inner: { S: 'b' } } }, list: { L: [{ S: 'a' }] } });
  });

  stage.test('UpdateItem and DeleteItem, with what they return', {}, async () => {
    const Key = keyOf('returned');
    const updated = await dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET a = :a, c = if_not_exists(c, :zero) + :one ADD tags :tags',
        ExpressionAttributeValues: {
          ':a': { S: 'x' },
          ':zero': { N: '0' },
          ':one': { N: '1' },
          ':tags': { SS: ['t'] },
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    const after = { ...Key, a: { S: 'x' }, c: { N: '1' }, tags: { SS: ['t'] } };
    expect(updated.Attributes).toEqual(after);
    const deleted = await dynamodb.send(
      new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }),
    );
    expect(deleted.Attributes).toEqual(after);
  });

  stage.test('BatchWriteItem, BatchGetItem, Query and Scan', {}, async () => {
    const items = [1, 2, 3].map((n) => ({ ...keyOf('batch', n), kind: { S: 'batch' } }));
    const written = await dynamodb.send(
      new BatchWriteItemCommand({
        RequestItems: { [TableName]: items.map((Item) => ({ PutRequest: { Item } })) },
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    expect(written.UnprocessedItems).toEqual({});
    expect(written.ConsumedCapacity).toHaveLength(1);
    const read = await dynamodb.send(
      new BatchGetItemCommand({
        RequestItems: {
          [TableName]: { Keys: [1, 3].map((n) => keyOf('batch', n)), ConsistentRead: true },
        },
      }),
    );
    expect(read.Responses?.[TableName]).toHaveLength(2);
    expect(read.UnprocessedKeys).toEqual({});
    const query = await dynamodb.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :low AND :high',
        FilterExpression: 'kind = :kind',
        ExpressionAttributeValues: {
          ':pk': { S: 'batch' },
          ':low': { N: '2' },
          ':high': { N: '9' },
          ':kind': { S: 'batch' },
        },
        ScanIndexForward: false,
        ConsistentRead: true,
        ReturnConsumedCapacity: 'INDEXES',
      }),
    );
    expect(query).toMatchObject({ Count: 2, ScannedCount: 2 });
    expect(query.Items?.map(({ sk }) => sk?.N)).toEqual(['3', '2']);
    const scan = await dynamodb.send(new ScanCommand({ TableName, Select: 'COUNT' }));
    expect(scan.Count).toBeGreaterThanOrEqual(3);
    expect(scan.Items).toBeUndefined();
  });
});

describe('validation', () => {
  stage.test('items: keys, sizes and expressions', {}, async () => {
    const value = { ':v': { S: 'v' } };
    const put = (item: Item) => new PutItemCommand({ TableName, Item: item });
    const batch = (count: number) =>
      new BatchWriteItemCommand({
        RequestItems: {
          [TableName]: Array.from({ length: count }, (_, n) => ({
            DeleteRequest: { Key: keyOf('batch-of-many', n) },
          })),
        },
      });
    const many = (count: number) =>
      new BatchGetItemCommand({
        RequestItems: {
          [TableName]: { Keys: Array.from({ length: count }, (_, n) => keyOf('many', n)) },
        },
      });
    await refused(
      dynamodb,
      'ValidationException',
      put({ pk: { S: 'no sort key' } }),
      put({ ...keyOf(''), sk: { N: '1' } }),
      put({ pk: { N: '1' }, sk: { N: '1' } }),
      put({ ...keyOf('large'), text: { S: 'x'.repeat(409_600) } }),
      new GetItemCommand({ TableName, Key: { pk: { S: 'a' } } }),
      new DeleteItemCommand({ TableName, Key: { pk: { S: 'a' } } }),
      new UpdateItemCommand({ TableName, Key: keyOf('a'), UpdateExpression: 'SET a' }),
      new UpdateItemCommand({
        TableName,
        Key: keyOf('a'),
        UpdateExpression: 'SET sk = :v',
        ExpressionAttributeValues: value,
      }),
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'sk = :v',
        ExpressionAttributeValues: value,
      }),
      new ScanCommand({ TableName, FilterExpression: 'a = :unknown' }),
      new ScanCommand({ TableName, Limit: 0 }),
      batch(26),
      many(101),
    );
    await dynamodb.send(batch(25));
    await dynamodb.send(many(100));
    // Names count as well as values: pk (2 + 5), sk (2 + 1 or 2), text (4).
    await dynamodb.send(put({ ...keyOf('large'), text: { S: 'x'.repeat(409_500) } }));
  });

  stage.test('conditions that do not hold', {}, async () => {
    await put({ ...keyOf('condition'), a: { S: 'there' } });
    const condition = {
      TableName,
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const;
    const Key = keyOf('condition');
    const error = await refused(
      dynamodb,
      ConditionalCheckFailedException,
      new UpdateItemCommand({ ...condition, Key }),
      new DeleteItemCommand({ ...condition, Key }),
      new PutItemCommand({ ...condition, Item: Key }),
    );
    expect(error).toMatchObject({ Item: { a: { S: 'there' } } });
  });

  stage.test('a table that does not exist', {}, async () => {
    const absent = { TableName: NO_TABLE };
    const Keys = [keyOf('a')];
    await refused(
      dynamodb,
      ResourceNotFoundException,
      new GetItemCommand({ ...absent, Key: keyOf('a') }),
      new PutItemCommand({ ...absent, Item: keyOf('a') }),
      new UpdateItemCommand({ ...absent, Key: keyOf('a') }),
      new DeleteItemCommand({ ...absent, Key: keyOf('a') }),
      new ScanCommand(absent),
      new QueryCommand({
        ...absent,
        KeyConditionExpression: 'pk = :a',
        ExpressionAttributeValues: { ':a': { S: 'a' } },
      }),
      new BatchGetItemCommand({ RequestItems: { [NO_TABLE]: { Keys } } }),
      new BatchWriteItemCommand({
        RequestItems: { [NO_TABLE]: [{ DeleteRequest: { Key: keyOf('a') } }] },
      }),
    );
  });
});

describe('behaviour', () => {
  stage.test('only one of two conditional writes wins', {}, async () => {
    const Key = keyOf('race');
    await put(Key);
    const take = (by: string) =>
      dynamodb
        .send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: 'SET takenBy = :by',
            ConditionExpression: 'attribute_not_exists(takenBy)',
            ExpressionAttributeValues: { ':by': { S: by } },
          }),
        )
        .then(
          () => by,
          () => undefined,
        );
    const winners = (await Promise.all([take('a'), take('b')])).filter((one) => one !== undefined);
    expect(winners).toHaveLength(1);
    expect((await get(Key))?.takenBy).toEqual({ S: winners[0] });
    await dynamodb.send(new DeleteItemCommand({ TableName, Key }));
    expect(await get(Key)).toBeUndefined();
  });

  stage.test('pages of queries and scans hold every item once', {}, async () => {
    const numbers = Array.from({ length: 12 }, (_, n) => n);
    await dynamodb.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [TableName]: numbers.map((n) => ({
            PutRequest: { Item: { ...keyOf('pages', n), kind: { S: 'pages' } } },
          })),
        },
      }),
    );
    const paged = async (IndexName: string | undefined) => {
      const items: number[] = [];
      let ExclusiveStartKey: Item | undefined;
      do {
        const attribute = IndexName ? 'kind' : 'pk';
        const page = await dynamodb.send(
          new QueryCommand({
            TableName,
            IndexName,
            KeyConditionExpression: `${attribute} = :v`,
            ExpressionAttributeValues: { ':v': { S: 'pages' } },
            Limit: 5,
            ExclusiveStartKey,
          }),
        );
        items.push(...(page.Items ?? []).map(({ sk }) => Number(sk?.N)));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return items;
    };
    expect(await paged(undefined)).toEqual(numbers);
    const byIndex = await stage.eventually(
      () => paged('by-kind'),
      (items) => items.length === numbers.length,
    );
    expect([...byIndex].sort((a, b) => a - b)).toEqual(numbers);
    const segments = await Promise.all(
      [0, 1].map((Segment) =>
        dynamodb.send(
          new ScanCommand({ TableName, Segment, TotalSegments: 2, ConsistentRead: true }),
        ),
      ),
    );
    const scanned = segments.flatMap(({ Items }) => Items ?? []);
    expect(scanned.filter(({ pk }) => pk?.S === 'pages')).toHaveLength(numbers.length);
    const read = await dynamodb.send(
      new BatchGetItemCommand({
        RequestItems: { [TableName]: { Keys: numbers.map((n) => keyOf('pages', n)) } },
      }),
    );
    expect(read.Responses?.[TableName]).toHaveLength(numbers.length);
  });
});

stage.proveComplete();
