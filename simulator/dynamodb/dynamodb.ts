// Amazon DynamoDB: dynalite's item operations over tables in memory, with TTL, capacity and what
// dynalite lacks.
//
// Transactions and PartiQL are not among its operations, so the dispatcher refuses them loudly.

import { arn, type Kernel } from '../kernel/kernel.ts';
import { AwsError, type AwsService, type Caller, type JsonObject } from '../kernel/service.ts';
import { rangeReadUnits, readUnits, refusedWriteUnits, writeUnits } from './capacity.ts';
import { checkInput, type DynaliteError, runAction, storeKeyOf } from './dynalite.ts';
import {
  type Item,
  type ItemStore,
  MemoryStore,
  type Table,
  type Touched,
} from './memory-store.ts';
import { nameOf, Tables } from './tables.ts';

/**
 * How long a stale read may lag behind, unless the fault file says (F34); usually it is well under
 * a second.
 */
const STALE_SECONDS = 1;

const RANGE_READS = ['Query', 'Scan'];
const READS = ['GetItem', 'BatchGetItem', ...RANGE_READS];
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];
const ONE_WRITE = ['PutItem', 'UpdateItem', 'DeleteItem'];
/** DynamoDB quotas: 400 KB an item; and what a fault lowers it to unless its file says. */
const ITEM_BYTES_MAX = 409_600;
const LOWERED_ITEM_BYTES = 2000;
const CONDITION_FAILED = 'ConditionalCheckFailedException';

/** Request units on demand, as billed. */
export interface ConsumedUnits {
  read: number;
  write: number;
}

interface Request {
  readonly operation: string;
  readonly input: JsonObject;
  /** Checked and parsed; carries no wish for consumed capacity, which is counted here. */
  readonly data: JsonObject;
}

export class DynamoDbService implements AwsService {
  readonly id = 'dynamodb';
  readonly protocol = 'awsJson1.0';
  readonly targetPrefix = 'DynamoDB_20120810';
  readonly operations: readonly string[];
  /** Units consumed by all tables since the start. */
  readonly consumed: ConsumedUnits = { read: 0, write: 0 };
  readonly #kernel: Kernel;
  readonly #store: MemoryStore;
  readonly #tables: Tables;
  #last: Promise<unknown> = Promise.resolve();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#store = new MemoryStore(kernel.clock);
    this.#tables = new Tables(kernel, this.#store);
    this.operations = [...READS, ...WRITES, ...Object.keys(this.#tables.operations)];
  }

  /** Runs one call at a time; virtual time stands still meanwhile. */
  call(operation: string, input: JsonObject, caller: Caller): Promise<JsonObject> {
    const run = () => this.#run(operation, input, caller);
    const result = this.#kernel.clock.hold(this.#last.then(run, run));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #run(operation: string, input: JsonObject, caller: Caller): Promise<JsonObject> {
    try {
      const onTable = this.#tables.operations[operation];
      if (onTable) return onTable(input);
      // The simulator's own look at a table is no call, and needs no key.
      if (caller.kind !== 'service') this.#refuseWithoutKey(input);
      return await this.#runOnItems(operation, input);
    } catch (error) {
      throw refusal(error);
    }
  }

  async #runOnItems(operation: string, given: JsonObject): Promise<JsonObject> {
    const input = { ...given };
    if (input.TableName !== undefined) input.TableName = nameOf(input.TableName);
    const { ReturnConsumedCapacity: _counted, ...wanted } = input;
    const limit = this.#kernel.faults.strikes('dynamodb-item-limit-lowered', tableOf(input));
    this.#store.options.maxItemSize = limit
      ? Number(limit.parameters?.bytes ?? LOWERED_ITEM_BYTES)
      : ITEM_BYTES_MAX;
    const data = checkInput(operation, copyOf(wanted), this.#store);
    await this.#expire(input);
    const request = { operation, input, data };
    this.#store.touched = { read: [], written: [] };
    this.#store.staleForMs = this.#staleForMs(request);
    try {
      const output = await this.#act(operation, wanted, data);
      this.#noteExpiry(this.#store.touched.written);
      return this.#answer(request, output);
    } catch (error) {
      throw this.#withItem(request, error as DynaliteError);
    } finally {
      this.#store.staleForMs = 0;
    }
  }

  /** Fault `dynamodb-write-repeated` (F32): the request comes twice, and the second is answered. */
  async #act(operation: string, wanted: JsonObject, data: JsonObject): Promise<JsonObject> {
    const output = await runAction(operation, data, this.#store);
    const { faults } = this.#kernel;
    const isOne = ONE_WRITE.includes(operation);
    if (!isOne || !faults.strikes('dynamodb-write-repeated', tableOf(wanted))) return output;
    const again = checkInput(operation, copyOf(wanted), this.#store);
    return runAction(operation, again, this.#store);
  }

  /** Fault `kms-key-disabled` (F70). The text is a guess; the code is that of a key without access. */
  #refuseWithoutKey(input: JsonObject): void {
    const { faults } = this.#kernel;
    if (!faults.strikes('kms-key-disabled', tableOf(input))) return;
    const key = arn(this.#kernel, 'kms', 'key/00000000-0000-4000-8000-000000000000');
    throw new AwsError('AccessDeniedException', `KMS key access denied error: ${key} is disabled.`);
  }

  #staleForMs({ operation, input }: Request): number {
    if (!READS.includes(operation) || isConsistentRead(input)) return 0;
    const { faults, log } = this.#kernel;
    const tableName = String(input.TableName ?? '');
    const fault = faults.strikes('dynamodb-stale-read', tableName);
    if (!fault) return 0;
    log.append('dynamodb', 'stale-read', tableName, { operation });
    return Number(fault.parameters?.seconds ?? STALE_SECONDS) * 1000;
  }

  #answer(request: Request, output: JsonObject): JsonObject {
    const { operation, input } = request;
    const consumed = this.#units(request, output);
    this.consumed.read += consumed.read;
    this.consumed.write += consumed.write;
    const { ConsumedCapacity: _none, ...answer } = output;
    if (operation === 'BatchGetItem') shuffle(this.#kernel, answer);
    const asked = input.ReturnConsumedCapacity;
    if (asked !== 'TOTAL' && asked !== 'INDEXES') return answer;
    const total = { TableName: input.TableName, CapacityUnits: consumed.read + consumed.write };
    return { ...answer, ConsumedCapacity: operation.startsWith('Batch') ? [total] : total };
  }

  #units({ operation, input }: Request, output: JsonObject): ConsumedUnits {
    const { read, written } = this.#store.touched;
    if (WRITES.includes(operation)) return { read: 0, write: writeUnits(written) };
    const isConsistent = isConsistentRead(input);
    if (RANGE_READS.includes(operation)) {
      const evaluated = read.slice(0, Number(output.ScannedCount));
      return { read: rangeReadUnits(evaluated, isConsistent), write: 0 };
    }
    const units = read.reduce((sum, item) => sum + readUnits(item, isConsistent), 0);
    return { read: units, write: 0 };
  }

  /**
   * A failed condition costs a write, and shows the item that stands there to whoever asks for it.
   */
  #withItem({ operation, input }: Request, error: DynaliteError): unknown {
    if (!error.body?.__type.endsWith(CONDITION_FAILED)) return error;
    const key = (operation === 'PutItem' ? input.Item : input.Key) as Item;
    const table = this.#store.tables.get(String(input.TableName))!;
    const item = this.#store.getItemDb(table.TableName).peek(storeKeyOf(key, table));
    this.consumed.write += refusedWriteUnits(item);
    if (input.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD' || !item) return error;
    return Object.assign(error, { body: { ...error.body, Item: item } });
  }

  #noteExpiry(written: Touched['written']): void {
    for (const { store, key, after } of written) {
      if (!store.isIndex) this.#tables.expiry(store.name)?.note(key, after);
    }
  }

  /** Deletes what should have been gone before this call. */
  async #expire(input: JsonObject): Promise<void> {
    const batch = Object.keys((input.RequestItems ?? {}) as JsonObject);
    const names = input.TableName === undefined ? batch : [String(input.TableName)];
    for (const name of names) {
      const table = this.#store.tables.get(name);
      const expiry = this.#tables.expiry(name);
      if (!table || !expiry) continue;
      const items = this.#store.getItemDb(name);
      for (const key of expiry.due(items)) await this.#deleteExpired(table, items, key);
    }
  }

  async #deleteExpired(table: Table, items: ItemStore, storeKey: string): Promise<void> {
    const item = items.peek(storeKey)!;
    const names = (table.KeySchema as { AttributeName: string }[]).map((key) => key.AttributeName);
    const Key = Object.fromEntries(names.map((name) => [name, item[name]]));
    await runAction('DeleteItem', { TableName: table.TableName, Key }, this.#store);
    this.#kernel.log.append('dynamodb', 'item-expired', table.TableName, { key: Key });
  }
}

/** dynalite changes what it is given. Inputs are plain JSON, for which this takes a third of structuredClone's time. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: JsonObject = {};
  for (const [member, inner] of Object.entries(value)) copy[member] = copyOf(inner);
  return copy as T;
}

/** The table of a call; of a batch the first. */
function tableOf({ TableName, RequestItems }: JsonObject): string {
  return nameOf(String(TableName ?? Object.keys((RequestItems ?? {}) as JsonObject)[0] ?? ''));
}

/** A batch says it per table; a batch over tables that differ counts as its first one. */
function isConsistentRead({ ConsistentRead, RequestItems }: JsonObject): boolean {
  const [first] = Object.values((RequestItems ?? {}) as Record<string, JsonObject>);
  return (first?.ConsistentRead ?? ConsistentRead) === true;
}

/**
 * The order of a batch's answers is not that of its keys; dynalite would shuffle by chance, this
 * shuffles by seed.
 */
function shuffle(kernel: Kernel, answer: JsonObject): void {
  const responses = (answer.Responses ?? {}) as Record<string, Item[]>;
  const random = kernel.random.stream('dynamodb.batch-order');
  for (const [tableName, items] of Object.entries(responses)) {
    const keyed = items.map((item) => ({ item, text: JSON.stringify(item) }));
    keyed.sort((a, b) => (a.text < b.text ? -1 : 1));
    const drawn = keyed.map(({ item }) => ({ item, place: random.next() }));
    responses[tableName] = drawn.sort((a, b) => a.place - b.place).map(({ item }) => item);
  }
}

/** An AWS error for what DynamoDB would refuse; anything else is a bug and passes through. */
function refusal(error: unknown): unknown {
  const { body, statusCode } = error as DynaliteError;
  if (!body || error instanceof AwsError) return error;
  const { __type, message, Message, ...extra } = body;
  return new AwsError(__type, String(message ?? Message ?? ''), statusCode ?? 400, extra);
}
