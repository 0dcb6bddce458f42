// Refuses what the service models say of an input, before a service sees it: lengths, numbers, patterns, words.

import { AwsError, type AwsService, type JsonObject } from '../kernel/service.ts';
import models from './constraints.json' with { type: 'json' };

/** What a model asks of one value; `extract.ts` writes them. */
export interface Shape {
  readonly required?: boolean;
  /** Characters of a text, elements of a list, or the number itself. */
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly oneOf?: readonly string[];
  readonly number?: boolean;
  readonly members?: Readonly<Record<string, Shape>>;
  readonly element?: Shape;
}

const MODELS = models as Readonly<Record<string, Readonly<Record<string, Shape>>>>;

/**
 * Constraints hold for the whole text. Those with classes of Unicode need the flag, and no other
 * compiles with it for certain.
 *
 * @throws {SyntaxError} For what only Java can read.
 */
export function compiled(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '');
}

/** Compiled once. */
const patterns = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  const known = patterns.get(pattern) ?? compiled(pattern);
  patterns.set(pattern, known);
  return known.test(text);
}

const lowerFirst = (name: string) => `${name[0]?.toLowerCase() ?? ''}${name.slice(1)}`;

function bounds(size: number, what: string, { min, max }: Shape): string | undefined {
  if (min !== undefined && size < min)
    return `Member must have ${what} greater than or equal to ${min}`;
  if (max !== undefined && size > max)
    return `Member must have ${what} less than or equal to ${max}`;
  return undefined;
}

function brokenText(text: string, shape: Shape): string | undefined {
  const problem = bounds(text.length, 'length', shape);
  if (problem) return problem;
  if (shape.oneOf && !shape.oneOf.includes(text))
    return `Member must satisfy enum value set: [${shape.oneOf.join(', ')}]`;
  if (shape.pattern && !matches(shape.pattern, text))
    return `Member must satisfy regular expression pattern: ${shape.pattern}`;
  return undefined;
}

function broken(value: unknown, shape: Shape): string | undefined {
  if (shape.number) {
    const number = Number(value);
    return Number.isNaN(number) ? undefined : bounds(number, 'value', shape);
  }
  if (Array.isArray(value)) return bounds(value.length, 'length', shape);
  return typeof value === 'string' ? brokenText(value, shape) : undefined;
}

function shown(value: unknown): string {
  return `'${typeof value === 'object' ? JSON.stringify(value) : String(value)}'`;
}

function* problemsOf(value: unknown, shape: Shape, path: string): Generator<string> {
  if (value === undefined || value === null) {
    if (shape.required)
      yield `Value null at '${path}' failed to satisfy constraint: Member must not be null`;
    return;
  }
  const problem = broken(value, shape);
  if (problem) yield `Value ${shown(value)} at '${path}' failed to satisfy constraint: ${problem}`;
  if (shape.element && Array.isArray(value))
    for (const [index, element] of value.entries())
      yield* problemsOf(element, shape.element, `${path}.${index + 1}.member`);
  if (shape.members && typeof value === 'object')
    for (const [name, member] of Object.entries(shape.members)) {
      const inner = path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`;
      yield* problemsOf((value as JsonObject)[name], member, inner);
    }
}

/** @throws {AwsError} Naming every member that breaks its model, as AWS does. */
export function checkModel(
  { id, protocol }: AwsService,
  operation: string,
  input: JsonObject,
): void {
  const shape = MODELS[id]?.[operation];
  if (!shape) return;
  const problems = [...problemsOf(input, shape, '')];
  if (problems.length === 0) return;
  const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected`;
  const code = protocol === 'awsQuery' ? 'ValidationError' : 'ValidationException';
  throw new AwsError(code, `${count}: ${problems.join('; ')}`);
}
