// DynamoDB as the record uses it: conditions, keys, time to live, stale reads, and what it costs.

import { describe, expect, test } from 'vitest';
import { DynamoDbService } from '../../../simulator/dynamodb/dynamodb.ts';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { type KernelOptions, makeKernel } from '../../support/kernel.ts';

const TABLE = {
  TableName: 'record',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'gk', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-gk',
      KeySchema: [{ AttributeName: 'gk', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

const TABLE_NAME = { TableName: 'record' };
const key = (pk: string, sk = 'META') => ({ pk: { S: pk }, sk: { S: sk } });

async function makeTable(options: KernelOptions = {}) {
  const bed = makeKernel(options);
  const dynamodb = new DynamoDbService(bed.kernel);
  const run = (operation: string, input: JsonObject) =>
    bed.call(dynamodb, operation, { ...TABLE_NAME, ...input });
  const refuse = (operation: string, input: JsonObject) =>
    bed.refusal(dynamodb, operation, { ...TABLE_NAME, ...input });
  await run('CreateTable', TABLE);
  return { ...bed, dynamodb, run, refuse };
}

describe('items', () => {
  test('are written under conditions and read back', async () => {
    const { run, refuse } = await makeTable();
    const put = {
      Item: { ...key('a'), n: { N: '1' } },
      ConditionExpression: 'attribute_not_exists(pk)',
    };
    await run('PutItem', put);
    const refusal = await refuse('PutItem', put);
    expect(refusal.code).toBe('com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException');
    expect(refusal.message).toBe('The conditional request failed');
    const updated = await run('UpdateItem', {
      Key: key('a'),
      UpdateExpression: 'SET fence = if_not_exists(fence, :zero) + :one ADD n :one',
      ExpressionAttributeValues: { ':zero': { N: '0' }, ':one': { N: '1' } },
      ReturnValues: 'ALL_NEW',
    });
    expect(updated.Attributes).toEqual({ ...key('a'), n: { N: '2' }, fence: { N: '1' } });
    expect((await run('GetItem', { Key: key('a') })).Item).toEqual(updated.Attributes);
    await run('DeleteItem', { Key: key('a') });
    expect(await run('GetItem', { Key: key('a') })).toEqual({});
  });

  test('a failed condition shows the item when ALL_OLD is asked for', async () => {
    const { run, refuse } = await makeTable();
    const item = { ...key('a'), owner: { S: 'r-1' } };
    await run('PutItem', { Item: item });
    const take = {
      Key: key('a'),
      UpdateExpression: 'SET #o = :me',
      ConditionExpression: '#o = :me',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':me': { S: 'r-2' } },
    };
    expect((await refuse('UpdateItem', take)).extra).toEqual({});
    const ALL_OLD = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
    expect((await refuse('UpdateItem', { ...take, ...ALL_OLD })).extra).toEqual({ Item: item });
    const missing = { ...take, ...ALL_OLD, Key: key('nobody') };
    expect((await refuse('UpdateItem', missing)).extra).toEqual({});
  });

  test('are queried by key range, in both directions, page by page', async () => {
    const { run } = await makeTable();
    for (const sk of ['J#3', 'J#1', 'META', 'J#2', 'K#1'])
      await run('PutItem', { Item: key('a', sk) });
    await run('PutItem', { Item: key('b', 'J#9') });
    const query = {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': { S: 'a' }, ':sk': { S: 'J#' } },
    };
    const names = (output: JsonObject) =>
      (output.Items as { sk: { S: string } }[]).map(({ sk }) => sk.S);
    expect(names(await run('Query', query))).toEqual(['J#1', 'J#2', 'J#3']);
    expect(names(await run('Query', { ...query, ScanIndexForward: false }))).toEqual([
      'J#3',
      'J#2',
      'J#1',
    ]);
    const first = await run('Query', { ...query, Limit: 2 });
    expect(first.LastEvaluatedKey).toEqual(key('a', 'J#2'));
    const rest = await run('Query', { ...query, ExclusiveStartKey: first.LastEvaluatedKey });
    expect(names(rest)).toEqual(['J#3']);
    expect((await run('Scan', {})).Count).toBe(6);
  });

  test('appear in and vanish from a global index', async () => {
    const { run } = await makeTable();
    const query = {
      IndexName: 'by-gk',
      KeyConditionExpression: 'gk = :g',
      ExpressionAttributeValues: { ':g': { S: 'x' } },
    };
    await run('PutItem', { Item: { ...key('a'), gk: { S: 'x' } } });
    expect((await run('Query', query)).Count).toBe(1);
    await run('UpdateItem', { Key: key('a'), UpdateExpression: 'REMOVE gk' });
    expect((await run('Query', query)).Count).toBe(0);
  });

  test('come in batches, in an order that follows the seed alone', async () => {
    const { dynamodb, call } = await makeTable();
    const items = ['a', 'b', 'c', 'd', 'e'].map((pk) => key(pk));
    const RequestItems = { record: items.map((Item) => ({ PutRequest: { Item } })) };
    await call(dynamodb, 'BatchWriteItem', { RequestItems });
    const get = async () => {
      const output = await call(dynamodb, 'BatchGetItem', {
        RequestItems: { record: { Keys: items } },
      });
      return (output.Responses as { record: { pk: { S: string } }[] }).record.map(({ pk }) => pk.S);
    };
    const orders = [await get(), await get(), await get()];
    expect(orders[0]?.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  });

  test('are refused in DynamoDB’s own words', async () => {
    const { refuse } = await makeTable();
    const noKey = await refuse('GetItem', { Key: { pk: { S: 'a' } } });
    expect(noKey.code).toBe('com.amazon.coral.validate#ValidationException');
    expect(noKey.message).toBe('The provided key element does not match the schema');
    const noTable = await refuse('GetItem', { TableName: 'nothing', Key: key('a') });
    expect(noTable.code).toBe('com.amazonaws.dynamodb.v20120810#ResourceNotFoundException');
    expect(noTable.message).toBe('Requested resource not found');
  });
});

describe('capacity', () => {
  test('counts 1 KB per write unit, by the larger of the old and the new item', async () => {
    const { run, dynamodb } = await makeTable();
    await run('PutItem', { Item: { ...key('a'), text: { S: 'x'.repeat(3000) } } });
    expect(dynamodb.consumed.write).toBe(3);
    await run('PutItem', { Item: key('a') });
    expect(dynamodb.consumed.write).toBe(6);
  });

  test('counts 4 KB per read unit, half when eventually consistent, ranges as a whole', async () => {
    const { run, dynamodb } = await makeTable();
    for (const sk of ['1', '2', '3']) {
      await run('PutItem', { Item: { ...key('a', sk), text: { S: 'x'.repeat(3000) } } });
    }
    const consumed = async (operation: string, input: JsonObject) => {
      const before = dynamodb.consumed.read;
      await run(operation, input);
      return dynamodb.consumed.read - before;
    };
    expect(await consumed('GetItem', { Key: key('a', '1') })).toBe(0.5);
    expect(await consumed('GetItem', { Key: key('a', '1'), ConsistentRead: true })).toBe(1);
    expect(await consumed('GetItem', { Key: key('nothing'), ConsistentRead: true })).toBe(1);
    const query = {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'a' } },
      ConsistentRead: true,
    };
    expect(await consumed('Query', query)).toBe(3);
    expect(await consumed('Query', { ...query, Limit: 1 })).toBe(1);
  });

  test('counts an index that carries some attributes only when one of them changes', async () => {
    const { run, dynamodb } = await makeTable();
    const index = {
      IndexName: 'by-turn',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'turn', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['step', 'zone'] },
    };
    const ofNarrow = { TableName: 'narrow' };
    await run('CreateTable', {
      ...ofNarrow,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: TABLE.KeySchema,
      AttributeDefinitions: ['pk', 'sk', 'turn'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      LocalSecondaryIndexes: [index],
    });
    const consumed = async (operation: string, input: JsonObject) => {
      const before = dynamodb.consumed.write;
      await run(operation, { ...ofNarrow, ...input });
      return dynamodb.consumed.write - before;
    };
    const item = { ...key('a'), turn: { S: '1' }, step: { S: 'Started' } };
    const text = { S: 'x'.repeat(2500) };
    expect(await consumed('PutItem', { Item: { ...item, text } })).toBe(3 + 1);
    const set = (name: string, value: string) =>
      consumed('UpdateItem', {
        Key: key('a'),
        UpdateExpression: `SET ${name} = :value`,
        ExpressionAttributeValues: { ':value': { S: value } },
      });
    expect(await set('reason', 'why')).toBe(3);
    expect(await set('step', 'Draining')).toBe(3 + 1);
    expect(await set('step', 'Draining')).toBe(3);
    const { Items } = await run('Query', {
      ...ofNarrow,
      IndexName: 'by-turn',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'a' } },
    });
    expect(Items).toEqual([{ ...item, step: { S: 'Draining' } }]);
  });

  test('counts index entries and failed conditions, and tells who asks', async () => {
    const { run, refuse, dynamodb } = await makeTable();
    const put = { Item: { ...key('a'), gk: { S: 'x' } }, ReturnConsumedCapacity: 'TOTAL' };
    expect((await run('PutItem', put)).ConsumedCapacity).toEqual({
      TableName: 'record',
      CapacityUnits: 2,
    });
    await refuse('PutItem', { ...put, ConditionExpression: 'attribute_not_exists(pk)' });
    expect(dynamodb.consumed.write).toBe(3);
  });
});

describe('time to live', () => {
  async function makeExpiring() {
    const table = await makeTable();
    await table.run('UpdateTimeToLive', {
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' },
    });
    const expiresAt = table.kernel.clock.now() / 1000 + 3600;
    await table.run('PutItem', {
      Item: { ...key('a'), gk: { S: 'x' }, ttl: { N: String(expiresAt) } },
    });
    const count = async () => (await table.run('Scan', {})).Count;
    return { ...table, count };
  }

  test('deletes late, within two days, from the table and its indexes', async () => {
    const { count, advance, run, logged } = await makeExpiring();
    await advance(3600);
    expect(await count()).toBe(1);
    await advance(49 * 3600);
    expect(await count()).toBe(0);
    expect((await run('Scan', { IndexName: 'by-gk' })).Count).toBe(0);
    expect(logged.map(({ name }) => name)).toEqual(['item-expired']);
  });

  test('leaves an item alone whose time was moved or taken away', async () => {
    const { count, advance, run } = await makeExpiring();
    await run('UpdateItem', {
      Key: key('a'),
      UpdateExpression: 'REMOVE #t',
      ExpressionAttributeNames: { '#t': 'ttl' },
    });
    await advance(100 * 3600);
    expect(await count()).toBe(1);
  });

  test('is described, and refused when nothing would change', async () => {
    const { run, refuse } = await makeExpiring();
    expect(await run('DescribeTimeToLive', {})).toEqual({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' },
    });
    const again = { TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } };
    expect((await refuse('UpdateTimeToLive', again)).message).toBe('TimeToLive is already enabled');
  });
});

describe('dynamodb-stale-read', () => {
  const faults = [{ name: 'dynamodb-stale-read', parameters: { seconds: 2 } }];

  test('shows an eventually consistent reader what stood there before, for a while', async () => {
    const { run, advance } = await makeTable({ faults });
    await run('PutItem', { Item: { ...key('a'), v: { N: '1' } } });
    await advance(5);
    await run('PutItem', { Item: { ...key('a'), v: { N: '2' } } });
    const read = async (more = {}) =>
      ((await run('GetItem', { Key: key('a'), ...more })).Item as JsonObject).v;
    expect(await read()).toEqual({ N: '1' });
    expect(await read({ ConsistentRead: true })).toEqual({ N: '2' });
    await advance(2);
    expect(await read()).toEqual({ N: '2' });
  });

  test('hides a new item from an eventually consistent query', async () => {
    const { run } = await makeTable({ faults });
    await run('PutItem', { Item: key('a') });
    expect((await run('Scan', {})).Count).toBe(0);
    expect((await run('Scan', { ConsistentRead: true })).Count).toBe(1);
  });
});

describe('tables', () => {
  test('are described in virtual time and protected from deletion', async () => {
    const { run, refuse, call, dynamodb } = await makeTable();
    const { Table } = (await run('DescribeTable', {})) as { Table: JsonObject };
    expect(Table).toMatchObject({
      TableName: 'record',
      TableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/record',
      TableStatus: 'ACTIVE',
      CreationDateTime: Date.parse('2026-11-24T02:00:00Z') / 1000,
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      GlobalSecondaryIndexes: [{ IndexName: 'by-gk', IndexStatus: 'ACTIVE' }],
    });
    expect((await refuse('CreateTable', TABLE)).message).toContain('Table already exists: record');
    const safe = { ...TABLE, TableName: 'safe', DeletionProtectionEnabled: true };
    await call(dynamodb, 'CreateTable', safe);
    expect((await refuse('DeleteTable', { TableName: 'safe' })).message).toContain('protected');
    await run('DeleteTable', {});
    expect(await call(dynamodb, 'ListTables', {})).toEqual({ TableNames: ['safe'] });
    const unprotected = { TableName: 'safe', DeletionProtectionEnabled: false };
    const other = { ...unprotected, BillingMode: 'PROVISIONED' };
    expect((await refuse('UpdateTable', other)).message).toContain('does not model BillingMode');
    await call(dynamodb, 'UpdateTable', unprotected);
    await call(dynamodb, 'DeleteTable', { TableName: 'safe' });
    expect(await call(dynamodb, 'ListTables', {})).toEqual({ TableNames: [] });
  });
});
