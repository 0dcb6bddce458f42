// The control plane of DynamoDB: tables, time to live, backups settings and tags.

import type { Kernel } from '../kernel/kernel.ts';
import { arn } from '../kernel/kernel.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { checkInput } from './dynalite.ts';
import { Expiry } from './expiry.ts';
import { type MemoryStore, type Table, tableNotFound } from './memory-store.ts';

type Operation = (input: JsonObject) => JsonObject;

interface Settings {
  expiry: Expiry | undefined;
  pointInTimeRecovery: boolean;
  readonly tags: Map<string, string>;
}

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

function inUse(message: string): AwsError {
  return new AwsError('com.amazonaws.dynamodb.v20120810#ResourceInUseException', message);
}

function invalid(message: string): AwsError {
  return new AwsError('com.amazon.coral.validate#ValidationException', message);
}

export class Tables {
  readonly #kernel: Kernel;
  readonly #store: MemoryStore;
  readonly #settings = new Map<string, Settings>();

  constructor(kernel: Kernel, store: MemoryStore) {
    this.#kernel = kernel;
    this.#store = store;
  }

  /** The time to live of a table, if it has one. */
  expiry(tableName: string): Expiry | undefined {
    return this.#settings.get(tableName)?.expiry;
  }

  readonly operations: Readonly<Record<string, Operation>> = {
    CreateTable: (input) => this.#create(input),
    DescribeTable: (input) => ({ Table: this.#described(this.#table(input)) }),
    UpdateTable: (input) => this.#update(input),
    DeleteTable: (input) => this.#delete(input),
    ListTables: (input) => this.#list(input),
    UpdateTimeToLive: (input) => this.#updateTimeToLive(input),
    DescribeTimeToLive: (input) => this.#describeTimeToLive(input),
    UpdateContinuousBackups: (input) => this.#updateBackups(input),
    DescribeContinuousBackups: (input) => this.#describeBackups(input),
    TagResource: (input) => {
      const { tags } = this.#tagged(input);
      for (const { Key, Value } of (input.Tags ?? []) as Tag[]) tags.set(Key, Value);
      return {};
    },
    UntagResource: (input) => {
      for (const key of (input.TagKeys ?? []) as string[]) this.#tagged(input).tags.delete(key);
      return {};
    },
    ListTagsOfResource: (input) => ({
      Tags: [...this.#tagged(input).tags].map(([Key, Value]) => ({ Key, Value })),
    }),
  };

  /** @throws An error of dynalite's form when there is no such table. */
  #table(input: JsonObject): Table {
    const name = nameOf(input.TableName);
    const table = this.#store.tables.get(name);
    if (!table) throw tableNotFound(`: Table: ${name} not found`);
    return table;
  }

  #settingsOf(input: JsonObject): Settings {
    return this.#settings.get(this.#table(input).TableName)!;
  }

  #tagged(input: JsonObject): Settings {
    return this.#settingsOf({ TableName: input.ResourceArn });
  }

  #create(input: JsonObject): JsonObject {
    const checked = checkInput('CreateTable', input, this.#store);
    const name = String(checked.TableName);
    if (this.#store.tables.has(name)) throw inUse(`Table already exists: ${name}`);
    const tableArn = arn(this.#kernel, 'dynamodb', `table/${name}`);
    const noThroughput = { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
    const indexes = ((checked.GlobalSecondaryIndexes ?? []) as JsonObject[]).map((index) => ({
      ProvisionedThroughput: noThroughput,
      ...index,
      IndexArn: `${tableArn}/index/${String(index.IndexName)}`,
      IndexStatus: 'ACTIVE',
    }));
    const table: Table = {
      ...checked,
      TableName: name,
      // Created at once: nothing of interest happens while a table is CREATING.
      TableStatus: 'ACTIVE',
      TableArn: tableArn,
      TableId: this.#kernel.random.stream('dynamodb.table').uuid(),
      CreationDateTime: this.#kernel.clock.now() / 1000,
      ProvisionedThroughput: { ...noThroughput, ...(checked.ProvisionedThroughput as object) },
      ...(checked.BillingMode === undefined
        ? {}
        : { BillingModeSummary: { BillingMode: checked.BillingMode } }),
      ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes } : {}),
      DeletionProtectionEnabled: input.DeletionProtectionEnabled === true,
    };
    this.#store.tables.set(name, table);
    const tags = new Map(((input.Tags ?? []) as Tag[]).map(({ Key, Value }) => [Key, Value]));
    this.#settings.set(name, { expiry: undefined, pointInTimeRecovery: false, tags });
    return { TableDescription: this.#described(table) };
  }

  #described(table: Table): JsonObject {
    const { BillingMode: _requested, Tags: _tags, ...description } = table;
    const { size } = this.#store.getItemDb(table.TableName);
    return { ...description, ItemCount: size, TableSizeBytes: 0 };
  }

  /** Of all that it can change only the deletion protection, and that at once. */
  #update(input: JsonObject): JsonObject {
    const table = this.#table(input);
    const { TableName: _, DeletionProtectionEnabled: wanted, ...others } = input;
    const [other] = Object.keys(others);
    if (other !== undefined) throw invalid(`simulator: UpdateTable does not model ${other}`);
    if (typeof wanted !== 'boolean') {
      throw invalid('At least one of the parameters of UpdateTable must be specified');
    }
    table.DeletionProtectionEnabled = wanted;
    return { TableDescription: this.#described(table) };
  }

  #delete(input: JsonObject): JsonObject {
    const table = this.#table(input);
    if (table.DeletionProtectionEnabled === true) {
      throw invalid(
        'Resource cannot be deleted as it is currently protected against deletion. ' +
          'Disable deletion protection first.',
      );
    }
    this.#store.drop(table.TableName);
    this.#settings.delete(table.TableName);
    return { TableDescription: { ...table, TableStatus: 'DELETING' } };
  }

  #list(input: JsonObject): JsonObject {
    const start = String(input.ExclusiveStartTableName ?? '');
    const limit = Number(input.Limit ?? 100);
    const names = [...this.#store.tables.keys()].sort().filter((name) => name > start);
    const TableNames = names.slice(0, limit);
    const isCut = names.length > limit;
    return { TableNames, ...(isCut ? { LastEvaluatedTableName: TableNames.at(-1) } : {}) };
  }

  #updateTimeToLive(input: JsonObject): JsonObject {
    const settings = this.#settingsOf(input);
    const wanted = (input.TimeToLiveSpecification ?? {}) as JsonObject;
    const enabled = wanted.Enabled === true;
    const attributeName = String(wanted.AttributeName);
    if (enabled === (settings.expiry !== undefined)) {
      throw invalid(`TimeToLive is already ${enabled ? 'enabled' : 'disabled'}`);
    }
    settings.expiry = enabled
      ? new Expiry(this.#kernel, nameOf(input.TableName), attributeName)
      : undefined;
    return { TimeToLiveSpecification: { Enabled: enabled, AttributeName: attributeName } };
  }

  #describeTimeToLive(input: JsonObject): JsonObject {
    const { expiry } = this.#settingsOf(input);
    return {
      TimeToLiveDescription: expiry
        ? { TimeToLiveStatus: 'ENABLED', AttributeName: expiry.attributeName }
        : { TimeToLiveStatus: 'DISABLED' },
    };
  }

  /** The operations on backups have an error of their own for a table that is not there. */
  #backedUp(input: JsonObject): Settings {
    const name = nameOf(input.TableName);
    const settings = this.#settings.get(name);
    if (settings) return settings;
    throw new AwsError(
      'com.amazonaws.dynamodb.v20120810#TableNotFoundException',
      `Table not found: ${name}`,
    );
  }

  #updateBackups(input: JsonObject): JsonObject {
    const specification = (input.PointInTimeRecoverySpecification ?? {}) as JsonObject;
    this.#backedUp(input).pointInTimeRecovery = specification.PointInTimeRecoveryEnabled === true;
    return this.#describeBackups(input);
  }

  #describeBackups(input: JsonObject): JsonObject {
    const isOn = this.#backedUp(input).pointInTimeRecovery;
    return {
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: {
          PointInTimeRecoveryStatus: isOn ? 'ENABLED' : 'DISABLED',
        },
      },
    };
  }
}

/** A table's name from its name or ARN. */
export function nameOf(reference: unknown): string {
  const name = String(reference);
  return name.startsWith('arn:') ? name.slice(name.lastIndexOf('/') + 1) : name;
}
