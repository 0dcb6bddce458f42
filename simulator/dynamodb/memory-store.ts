// Tables in memory, behind the store interface that dynalite's operations are written against.

import { Stream } from 'node:stream';
import type { VirtualClock } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/service.ts';

/** An item in DynamoDB's JSON: `{ pk: { S: 'x' } }`. Never changed in place. */
export type Item = JsonObject;

/** A table as DescribeTable shows it, under the members that dynalite's operations read. */
export interface Table extends JsonObject {
  readonly TableName: string;
  TableStatus: string;
}

type Done<T = undefined> = (error: Error | null, value?: T) => void;

interface Range {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** What one call read and wrote: capacity, expiry and the log follow from it. */
export interface Touched {
  readonly read: Item[];
  readonly written: {
    readonly store: ItemStore;
    readonly key: string;
    readonly before: Item | undefined;
    readonly after: Item | undefined;
  }[];
}

/** First index whose key is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** dynalite sets every projected attribute, also those that the item lacks. */
function withoutGaps(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}

function notFound(): Error {
  return Object.assign(new Error('NotFound'), { name: 'NotFoundError' });
}

/** A readable stream of the old style: `data` for each value, then `end`, within this instant. */
class ValueStream extends Stream {
  #destroyed = false;

  constructor(values: readonly unknown[]) {
    super();
    queueMicrotask(() => {
      for (const value of values) {
        if (this.#destroyed) return;
        this.emit('data', value);
      }
      this.emit('end');
    });
  }

  destroy(): void {
    this.#destroyed = true;
  }
}

/** The items of one table or index, in the order of their keys. */
export class ItemStore {
  readonly name: string;
  readonly isIndex: boolean;
  readonly #owner: MemoryStore;
  readonly #values = new Map<string, Item>();
  readonly #keys: string[] = [];
  readonly #before = new Map<string, { readonly item: Item | undefined; readonly until: number }>();

  constructor(owner: MemoryStore, name: string, isIndex: boolean) {
    this.#owner = owner;
    this.name = name;
    this.isIndex = isIndex;
  }

  /** Every operation runs to its end before the next one starts, so a lock is always free. */
  lock<T>(_key: string, run: (release: (done: T) => T) => void): void {
    run((done) => done);
  }

  /** The item now, whatever a reader may be shown. */
  peek(key: string): Item | undefined {
    return this.#values.get(key);
  }

  get(key: string, done: Done<Item>): void {
    const item = this.#shown(key);
    this.#owner.touched.read.push(item ?? {});
    if (item) done(null, item);
    else done(notFound());
  }

  put(key: string, item: Item, done: Done): void {
    this.#write(key, this.isIndex ? withoutGaps(item) : item);
    done(null);
  }

  del(key: string, done: Done): void {
    this.#write(key, undefined);
    done(null);
  }

  createValueStream(range: Range): ValueStream {
    const { gt, gte, lt, lte, reverse = false, limit = -1 } = range;
    const from = gt === undefined ? lowerBound(this.#keys, gte ?? '') : this.#after(gt);
    const to =
      lte === undefined
        ? lt === undefined
          ? this.#keys.length
          : lowerBound(this.#keys, lt)
        : this.#after(lte);
    const keys = this.#keys.slice(from, Math.max(from, to));
    if (reverse) keys.reverse();
    const shown = keys.map((key) => this.#shown(key)).filter((item) => item !== undefined);
    const items = limit < 0 ? shown : shown.slice(0, limit);
    this.#owner.touched.read.push(...items);
    return new ValueStream(items);
  }

  /** Number of items. */
  get size(): number {
    return this.#keys.length;
  }

  #after(key: string): number {
    const index = lowerBound(this.#keys, key);
    return this.#keys[index] === key ? index + 1 : index;
  }

  /**
   * What a reader sees: a stale reader sees what stood here before the last write, if that is
   * recent.
   */
  #shown(key: string): Item | undefined {
    const { staleForMs, clock } = this.#owner;
    if (staleForMs === 0) return this.#values.get(key);
    const before = this.#before.get(key);
    return before && before.until + staleForMs > clock.now() ? before.item : this.#values.get(key);
  }

  #write(key: string, after: Item | undefined): void {
    const before = this.#values.get(key);
    // An index is written only when what it carries has changed (DynamoDB developer guide, "Local secondary indexes",
    // write capacity units).
    if (this.isIndex && JSON.stringify(before) === JSON.stringify(after)) return;
    this.#owner.touched.written.push({ store: this, key, before, after });
    this.#before.set(key, { item: before, until: this.#owner.clock.now() });
    const index = lowerBound(this.#keys, key);
    if (after) {
      if (before === undefined) this.#keys.splice(index, 0, key);
      this.#values.set(key, after);
    } else if (before !== undefined) {
      this.#keys.splice(index, 1);
      this.#values.delete(key);
    }
  }
}

/** The store of one region: what dynalite calls `store`. */
export class MemoryStore {
  readonly clock: VirtualClock;
  /** Read by dynalite's validation, in bytes (DynamoDB quotas: 400 KB an item). */
  readonly options = { maxItemSize: 409_600 };
  readonly tables = new Map<string, Table>();
  /** Set for one call, to show its reads what was true so long ago. */
  staleForMs = 0;
  touched: Touched = { read: [], written: [] };
  readonly #items = new Map<string, ItemStore>();

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  getTable(name: string, checkStatus: boolean | Done<Table>, whenFound?: Done<Table>): void {
    const done = typeof checkStatus === 'function' ? checkStatus : whenFound!;
    const table = this.tables.get(name);
    if (table) done(null, table);
    else done(tableNotFound(checkStatus === false ? `: Table: ${name} not found` : ''));
  }

  getItemDb(tableName: string): ItemStore {
    return this.#store(tableName, false);
  }

  getIndexDb(kind: string, tableName: string, indexName: string): ItemStore {
    return this.#store(`${tableName}~${kind.toLowerCase()}~${indexName}`, true);
  }

  /** Forgets a table with its indexes. */
  drop(tableName: string): void {
    this.tables.delete(tableName);
    for (const name of [...this.#items.keys()]) {
      if (name === tableName || name.startsWith(`${tableName}~`)) this.#items.delete(name);
    }
  }

  #store(name: string, isIndex: boolean): ItemStore {
    const store = this.#items.get(name) ?? new ItemStore(this, name, isIndex);
    this.#items.set(name, store);
    return store;
  }
}

/** In the form of dynalite's own errors. */
export function tableNotFound(suffix: string): Error {
  const message = `Requested resource not found${suffix}`;
  const __type = 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException';
  return Object.assign(new Error(message), {
    name: 'NotFoundError',
    statusCode: 400,
    body: { __type, message },
  });
}
