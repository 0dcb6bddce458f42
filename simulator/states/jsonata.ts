// Evaluates JSONata as Step Functions does: 2.0.6, six functions more, on virtual time.

import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import type { VirtualClock } from '../kernel/clock.ts';
import { Random, type RandomStream } from '../kernel/random.ts';

/** `$hash` algorithms, Developer Guide "JSONata functions provided by Step Functions". */
const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** "$range can generate up to 1000 items." */
const RANGE_ITEMS_MAX = 1000;

/** What an evaluation that failed says after the expression and its field. */
export class EvaluationError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'EvaluationError';
  }
}

/** A function object of jsonata; its implementation runs with the evaluation's focus as `this`. */
interface BuiltIn {
  readonly implementation: (...args: unknown[]) => unknown;
}

function partition(array: unknown[] | undefined, size: number): unknown[][] | undefined {
  if (array === undefined) return undefined;
  if (!Number.isInteger(size) || size < 1) throw new Error('$partition needs a positive size');
  const chunks: unknown[][] = [];
  for (let start = 0; start < array.length; start += size) {
    chunks.push([...array.slice(start, start + size)]);
  }
  return chunks;
}

function range(first: number, last: number, step = 1): number[] {
  if (step === 0) throw new Error('$range needs a step other than 0');
  const numbers: number[] = [];
  for (let value = first; step > 0 ? value <= last : value >= last; value += step) {
    numbers.push(value);
    if (numbers.length > RANGE_ITEMS_MAX) throw new Error('$range makes at most 1000 items');
  }
  return numbers;
}

function hash(text: string | undefined, algorithm: string): string | undefined {
  if (text === undefined) return undefined;
  const name = HASHES[algorithm];
  if (!name) throw new Error(`$hash knows ${Object.keys(HASHES).join(', ')}`);
  return createHash(name).update(text).digest('hex');
}

function isFunction(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  return '_jsonata_lambda' in value || '_jsonata_function' in value;
}

/** What jsonata throws is an object with `code` and `message`, not always an Error. */
function describe(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code === undefined ? String(message) : `${code}: ${message}`;
}

export class Jsonata {
  readonly #clock: VirtualClock;
  readonly #random: RandomStream;
  readonly #compiled = new Map<string, jsonata.Expression>();

  constructor(clock: VirtualClock, random: RandomStream) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Compiles once per source text; evaluations share the result.
   *
   * @throws {EvaluationError} If it is no JSONata 2.0.6.
   */
  compile(source: string): jsonata.Expression {
    const known = this.#compiled.get(source);
    if (known) return known;
    const expression = parse(source);
    this.#register(expression);
    this.#compiled.set(source, expression);
    return expression;
  }

  /**
   * Evaluates without an input: AWS forbids `$`, `$$` and bare field names at the top level.
   *
   * @returns Any JSON value.
   * @throws {EvaluationError} Also when the result is undefined or a function.
   */
  async evaluate(source: string, bindings: Readonly<Record<string, unknown>>): Promise<unknown> {
    const expression = this.compile(source);
    let value: unknown;
    try {
      value = await expression.evaluate(undefined, bindings);
    } catch (error) {
      throw new EvaluationError(`threw an error during evaluation. ${describe(error)}`);
    }
    if (value === undefined) throw new EvaluationError('returned nothing (undefined).');
    if (isFunction(value)) throw new EvaluationError('returned an unsupported result type.');
    // Sequences of jsonata carry hidden members; a round trip leaves plain JSON.
    return typeof value === 'object' ? JSON.parse(JSON.stringify(value)) : value;
  }

  #register(expression: jsonata.Expression): void {
    const clock = this.#clock;
    const random = this.#random;
    expression.registerFunction('millis', () => Math.floor(clock.now()), '<:n>');
    expression.registerFunction(
      'now',
      function (picture: string | undefined, timezone: string | undefined) {
        const fromMillis: BuiltIn = this.environment.lookup('fromMillis');
        return fromMillis.implementation.call(this, Math.floor(clock.now()), picture, timezone);
      },
      '<s?s?:s>',
    );
    expression.registerFunction('partition', partition, '<an:a>');
    expression.registerFunction('range', range, '<nnn?:a>');
    expression.registerFunction('hash', hash, '<ss:s>');
    expression.registerFunction('uuid', () => random.uuid(), '<:s>');
    expression.registerFunction(
      'random',
      (seed?: number) => (seed === undefined ? random : new Random(seed).stream('$random')).next(),
      '<n?:n>',
    );
    expression.registerFunction(
      'parse',
      (text?: string) => (text === undefined ? undefined : JSON.parse(text)),
      '<s:x>',
    );
  }
}

/** @throws {EvaluationError} If it is no JSONata 2.0.6. */
function parse(source: string): jsonata.Expression {
  try {
    return jsonata(source);
  } catch (error) {
    throw new EvaluationError(describe(error));
  }
}

type Node = Readonly<Record<string, unknown>>;

/** Calls `visit` for every node of an expression's syntax tree, outer nodes first. */
export function visitNodes(tree: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(tree)) {
    for (const item of tree) visitNodes(item, visit);
    return;
  }
  if (typeof tree !== 'object' || tree === null) return;
  const node = tree as Node;
  if (typeof node.type === 'string') visit(node);
  for (const child of Object.values(node)) visitNodes(child, visit);
}
