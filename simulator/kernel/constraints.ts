// Checks an input's members against a service's model, in the words of AWS's own validation.

import { AwsError, type JsonObject } from './service.ts';

/** What one member must be; `min` and `max` count characters, elements, or the number itself. */
export interface Constraint {
  readonly required?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  readonly oneOf?: readonly string[];
}

/**
 * Constraints by member name; nested members are written `target.roleArn` style, one level per dot.
 */
export type Constraints = Readonly<Record<string, Constraint>>;

function lowerFirst(path: string): string {
  return path.replace(/(^|\.)[A-Z]/g, (start) => start.toLowerCase());
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  return `'${typeof value === 'object' ? JSON.stringify(value) : String(value)}'`;
}

function withoutAnchors({ source }: RegExp): string {
  return source.replace(/^\^|\$$/g, '');
}

function broken(value: unknown, constraint: Constraint): string | undefined {
  if (value === undefined || value === null) {
    return constraint.required ? 'Member must not be null' : undefined;
  }
  const isNumber = typeof value === 'number';
  const size = isNumber
    ? value
    : typeof value === 'string' || Array.isArray(value)
      ? value.length
      : undefined;
  const what = isNumber ? 'value' : 'length';
  const { min, max, pattern, oneOf } = constraint;
  if (size !== undefined && min !== undefined && size < min)
    return `Member must have ${what} greater than or equal to ${min}`;
  if (size !== undefined && max !== undefined && size > max)
    return `Member must have ${what} less than or equal to ${max}`;
  if (pattern && !pattern.test(String(value)))
    return `Member must satisfy regular expression pattern: ${withoutAnchors(pattern)}`;
  if (oneOf && !oneOf.includes(String(value)))
    return `Member must satisfy enum value set: [${oneOf.join(', ')}]`;
  return undefined;
}

function memberAt(input: JsonObject, path: string): unknown {
  let value: unknown = input;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as JsonObject)[name];
  }
  return value;
}

/**
 * @param code Wire code of a broken constraint: `ValidationError` for the query protocols.
 * @throws {AwsError} Naming every member that breaks its constraint, as AWS does.
 */
export function validate(
  input: JsonObject,
  constraints: Constraints,
  code = 'ValidationException',
): void {
  const errors: string[] = [];
  for (const [path, constraint] of Object.entries(constraints)) {
    const value = memberAt(input, path);
    const problem = broken(value, constraint);
    if (problem)
      errors.push(
        `Value ${shown(value)} at '${lowerFirst(path)}' failed to satisfy constraint: ${problem}`,
      );
  }
  if (errors.length === 0) return;
  const count = `${errors.length} validation error${errors.length === 1 ? '' : 's'} detected`;
  throw new AwsError(code, `${count}: ${errors.join('; ')}`);
}
