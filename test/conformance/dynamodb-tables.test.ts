// Amazon DynamoDB: tables with their indexes, time to live, backups and tags.

import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  TableNotFoundException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect } from 'vitest';
import { tableOf } from './support/dynamodb-table.ts';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('dynamodb-tables');
const dynamodb = stage.client(DynamoDBClient);
const { prefix } = stage;
const TableName = `${prefix}-items`;
const NO_TABLE = `${prefix}-absent`;

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

beforeAll(async () => {
  await create(TableName);
  await isActive(TableName);
});

describe('serialization', () => {
  stage.test('CreateTable, DescribeTable, ListTables and DeleteTable', {}, async () => {
    const name = `${prefix}-short`;
    const { TableDescription } = await create(name);
    expect(TableDescription).toMatchObject({
      TableName: name,
      TableArn: expect.stringMatching(`:table/${name}$`),
      TableStatus: expect.stringMatching(/^(CREATING|ACTIVE)$/),
      CreationDateTime: expect.any(Date),
      ItemCount: 0,
      TableSizeBytes: 0,
      KeySchema: tableOf(name, prefix).KeySchema,
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    });
    const table = await isActive(name);
    expect(table?.GlobalSecondaryIndexes?.[0]).toMatchObject({
      IndexName: 'by-kind',
      IndexArn: expect.stringMatching(/\/index\/by-kind$/),
      Projection: { ProjectionType: 'ALL' },
    });
    const updated = await dynamodb.send(
      new UpdateTableCommand({ TableName: name, DeletionProtectionEnabled: false }),
    );
    expect(updated.TableDescription).toMatchObject({ DeletionProtectionEnabled: false });
    await isActive(name);
    const { TableNames } = await dynamodb.send(new ListTablesCommand({}));
    expect(TableNames).toContain(name);
    const gone = await dynamodb.send(new DeleteTableCommand({ TableName: name }));
    expect(gone.TableDescription).toMatchObject({ TableName: name, TableStatus: 'DELETING' });
  });

  stage.test('time to live, backups and tags', {}, async () => {
    const off = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(off.TimeToLiveDescription?.TimeToLiveStatus).toBe('DISABLED');
    const { TimeToLiveSpecification } = await dynamodb.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'expiresAt' },
      }),
    );
    expect(TimeToLiveSpecification).toEqual({ Enabled: true, AttributeName: 'expiresAt' });
    const backups = await dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    expect(backups.ContinuousBackupsDescription).toMatchObject({
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
    });
    const described = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName }));
    expect(described.ContinuousBackupsDescription?.ContinuousBackupsStatus).toBe('ENABLED');
    const ResourceArn = (await isActive(TableName))?.TableArn;
    const Tags = [{ Key: 'k'.repeat(128), Value: 'v'.repeat(256) }];
    await dynamodb.send(new TagResourceCommand({ ResourceArn, Tags }));
    const tagged = await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn }));
    expect(tagged.Tags).toContainEqual(Tags[0]);
    await dynamodb.send(new UntagResourceCommand({ ResourceArn, TagKeys: [Tags[0]!.Key] }));
  });
});

describe('validation', () => {
  stage.test('tables: names, keys, twice the same', {}, async () => {
    await refused(
      dynamodb,
      'ValidationException',
      new CreateTableCommand(tableOf('ab', prefix)),
      new CreateTableCommand(tableOf('x'.repeat(256), prefix)),
      new CreateTableCommand({ ...tableOf(NO_TABLE, prefix), KeySchema: [] }),
      new ListTablesCommand({ Limit: 0 }),
      new ListTablesCommand({ Limit: 101 }),
    );
    await refused(
      dynamodb,
      ResourceInUseException,
      new CreateTableCommand(tableOf(TableName, prefix)),
    );
    await dynamodb.send(new ListTablesCommand({ Limit: 100 }));
  });

  stage.test('time to live that is on already', {}, async () => {
    const name = `${prefix}-ttl`;
    await create(name);
    await isActive(name);
    const on = new UpdateTimeToLiveCommand({
      TableName: name,
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'a' },
    });
    await dynamodb.send(on);
    await refused(dynamodb, 'ValidationException', on);
  });

  stage.test('a table that does not exist', {}, async () => {
    const absent = { TableName: NO_TABLE };
    const TimeToLiveSpecification = { Enabled: true, AttributeName: 'a' };
    const known = await isActive(TableName);
    const ResourceArn = known?.TableArn?.replace(TableName, NO_TABLE);
    await refused(
      dynamodb,
      ResourceNotFoundException,
      new DescribeTableCommand(absent),
      new DeleteTableCommand(absent),
      new UpdateTableCommand({ ...absent, DeletionProtectionEnabled: false }),
      new DescribeTimeToLiveCommand(absent),
      new UpdateTimeToLiveCommand({ ...absent, TimeToLiveSpecification }),
      new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'a', Value: 'b' }] }),
      new UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }),
      new ListTagsOfResourceCommand({ ResourceArn }),
    );
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await refused(
      dynamodb,
      TableNotFoundException,
      new DescribeContinuousBackupsCommand(absent),
      new UpdateContinuousBackupsCommand({ ...absent, PointInTimeRecoverySpecification }),
    );
  });
});

describe('behaviour', () => {
  stage.test('a table lives, is tagged, has its settings, and dies', {}, async () => {
    const name = `${prefix}-story`;
    await create(name);
    const ResourceArn = (await isActive(name))?.TableArn;
    const tags = async () =>
      (await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags;
    const isTagged = (key: string) =>
      stage.eventually(tags, (list) => list?.some(({ Key }) => Key === key) ?? false);
    await isTagged('made-by');
    const Tags = [{ Key: 'stage', Value: 'late' }];
    await dynamodb.send(new TagResourceCommand({ ResourceArn, Tags }));
    await isTagged('stage');
    await dynamodb.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['stage'] }));
    await stage.eventually(tags, (list) => list?.length === 1);
    await dynamodb.send(
      new UpdateTimeToLiveCommand({
        TableName: name,
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'expiresAt' },
      }),
    );
    const { TimeToLiveDescription } = await dynamodb.send(
      new DescribeTimeToLiveCommand({ TableName: name }),
    );
    expect(TimeToLiveDescription).toMatchObject({
      TimeToLiveStatus: expect.stringMatching(/^ENABL(ED|ING)$/),
      AttributeName: 'expiresAt',
    });
    const switched = (PointInTimeRecoveryEnabled: boolean) =>
      dynamodb.send(
        new UpdateContinuousBackupsCommand({
          TableName: name,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled },
        }),
      );
    await switched(true);
    const { ContinuousBackupsDescription } = await dynamodb.send(
      new DescribeContinuousBackupsCommand({ TableName: name }),
    );
    expect(ContinuousBackupsDescription?.PointInTimeRecoveryDescription).toMatchObject({
      PointInTimeRecoveryStatus: 'ENABLED',
    });
    await switched(false);
    await dynamodb.send(new DeleteTableCommand({ TableName: name }));
    const listed = async () => {
      const { items } = await allPages(
        (ExclusiveStartTableName) =>
          dynamodb.send(new ListTablesCommand({ Limit: 1, ExclusiveStartTableName })),
        ({ TableNames }) => TableNames,
        ({ LastEvaluatedTableName }) => LastEvaluatedTableName,
      );
      return items;
    };
    const left = await stage.eventually(listed, (names) => !names.includes(name));
    expect(left).toContain(TableName);
  });

  stage.test('a protected table is not deleted until the protection is off', {}, async () => {
    const name = `${prefix}-protected`;
    await create(name);
    await isActive(name);
    const protect = (DeletionProtectionEnabled: boolean) =>
      dynamodb.send(new UpdateTableCommand({ TableName: name, DeletionProtectionEnabled }));
    // Undone before the deletion that create() has planned.
    stage.afterwards(() => protect(false));
    await protect(true);
    const table = await isActive(name);
    expect(table?.DeletionProtectionEnabled).toBe(true);
    const early = new DeleteTableCommand({ TableName: name });
    await refused(dynamodb, 'ValidationException', early);
    await protect(false);
    await isActive(name);
    await dynamodb.send(new DeleteTableCommand({ TableName: name }));
  });
});

stage.proveComplete();
