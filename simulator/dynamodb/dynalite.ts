// The parts of dynalite that are used: its request validation and its item operations, on a store
// of our own.

import { createRequire } from 'node:module';
import type { JsonObject } from '../kernel/service.ts';
import { type ExpressionParser, parseOnce } from './expression-cache.ts';
import type { MemoryStore, Table } from './memory-store.ts';

/** What dynalite throws or calls back with for everything DynamoDB would refuse. */
export interface DynaliteError extends Error {
  readonly statusCode?: number;
  readonly body?: JsonObject & { readonly __type: string };
}

type Action = (
  store: MemoryStore,
  data: JsonObject,
  done: (error: DynaliteError | null, output?: JsonObject) => void,
) => void;

interface Validation {
  readonly types: object;
  readonly custom?: (data: JsonObject, store: MemoryStore) => string | undefined;
}

interface Validations {
  checkTypes(data: JsonObject, types: object): JsonObject;
  checkValidations(
    data: JsonObject,
    types: object,
    custom: Validation['custom'],
    store: MemoryStore,
  ): void;
}

interface Database {
  createKey(item: JsonObject, table: Table): string;
}

// dynalite is CommonJS without types, and its listening server is not what is wanted of it.
const load = createRequire(import.meta.url);
const validations = load('dynalite/validations') as Validations;
const database = load('dynalite/db') as Database;
for (const parser of ['conditionParser', 'projectionParser', 'updateParser']) {
  parseOnce(load(`dynalite/db/${parser}`) as ExpressionParser);
}

function fileOf(operation: string): string {
  return operation[0]!.toLowerCase() + operation.slice(1);
}

const actions = new Map<string, Action>();
const checks = new Map<string, Validation>();

function cached<T>(cache: Map<string, T>, folder: string, operation: string): T {
  let loaded = cache.get(operation);
  if (!loaded) {
    loaded = load(`dynalite/${folder}/${fileOf(operation)}`) as T;
    cache.set(operation, loaded);
  }
  return loaded;
}

/**
 * Checks an input as DynamoDB does and answers it with its expressions parsed.
 *
 * @throws {DynaliteError}
 */
export function checkInput(operation: string, input: JsonObject, store: MemoryStore): JsonObject {
  const { types, custom } = cached(checks, 'validations', operation);
  // checkTypes() deletes what it does not know from its argument.
  const data = validations.checkTypes({ ...input }, types);
  validations.checkValidations(data, types, custom, store);
  return data;
}

/**
 * Runs one of dynalite's operations on a checked input.
 *
 * @throws {DynaliteError}
 */
export function runAction(
  operation: string,
  data: JsonObject,
  store: MemoryStore,
): Promise<JsonObject> {
  return new Promise((resolve, reject) => {
    cached(actions, 'actions', operation)(store, data, (error, output) => {
      if (error) reject(error);
      else resolve(output ?? {});
    });
  });
}

/** Key of an item in the store of its table. */
export function storeKeyOf(item: JsonObject, table: Table): string {
  return database.createKey(item, table);
}
