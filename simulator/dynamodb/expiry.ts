// Time to live: deletes expired items late, as DynamoDB does, and never of its own accord in
// virtual time.
//
// Source: DynamoDB developer guide "Using time to live (TTL)": deletion follows within a few days
// of expiry, and items that expired more than five years ago are left alone.

import type { Kernel } from '../kernel/kernel.ts';
import type { JsonObject } from '../kernel/service.ts';
import type { Item, ItemStore } from './memory-store.ts';

const LATE_HOURS_MAX = 48;
const HOUR_MS = 3_600_000;
const TOO_OLD_MS = 5 * 365 * 24 * HOUR_MS;

/**
 * The expiring items of one table.
 *
 * Nothing waits on the clock for them: what is due is deleted when the table is next used, which
 * nobody can tell from deletion on time, as there are no streams.
 */
export class Expiry {
  readonly attributeName: string;
  readonly #kernel: Kernel;
  readonly #tableName: string;
  readonly #deleteAt = new Map<string, number>();
  #nextAt = Number.POSITIVE_INFINITY;

  constructor(kernel: Kernel, tableName: string, attributeName: string) {
    this.#kernel = kernel;
    this.#tableName = tableName;
    this.attributeName = attributeName;
  }

  /** Takes note of an item that was written or deleted. */
  note(key: string, item: Item | undefined): void {
    const expiresAt = this.#expiresAt(item);
    if (expiresAt === undefined) {
      this.#deleteAt.delete(key);
      return;
    }
    if (this.#kernel.faults.strikes('dynamodb-ttl-prompt', this.#tableName)) {
      this.#deleteAt.set(key, expiresAt);
      this.#nextAt = Math.min(this.#nextAt, expiresAt);
      return;
    }
    const lateHours = this.#kernel.random.stream('dynamodb.ttl').between(0, LATE_HOURS_MAX);
    // Whole hours, so that a table is looked through at most once an hour.
    const hour = Math.ceil((expiresAt + lateHours * HOUR_MS) / HOUR_MS);
    this.#deleteAt.set(key, hour * HOUR_MS);
    this.#nextAt = Math.min(this.#nextAt, hour * HOUR_MS);
  }

  /** Keys whose time has come, oldest note first. */
  due(store: ItemStore): readonly string[] {
    const now = this.#kernel.clock.now();
    if (this.#nextAt > now) return [];
    const keys: string[] = [];
    this.#nextAt = Number.POSITIVE_INFINITY;
    for (const [key, deleteAt] of this.#deleteAt) {
      if (deleteAt > now) {
        this.#nextAt = Math.min(this.#nextAt, deleteAt);
        continue;
      }
      this.#deleteAt.delete(key);
      const expiresAt = this.#expiresAt(store.peek(key));
      if (expiresAt !== undefined && expiresAt <= now) keys.push(key);
    }
    return keys;
  }

  #expiresAt(item: Item | undefined): number | undefined {
    const value = item?.[this.attributeName] as JsonObject | undefined;
    if (value?.N === undefined) return undefined;
    const expiresAt = Number(value.N) * 1000;
    const isTooOld = expiresAt < this.#kernel.clock.now() - TOO_OLD_MS;
    return Number.isFinite(expiresAt) && !isTooOld ? expiresAt : undefined;
  }
}
