// Reads a JSON file that people wrote against a schema, with one clear error.

import * as z from 'zod';
import { nearest } from '../faults/nearest.ts';
import { FleetFileError } from './fleet-file-error.ts';
import { jsonErrorPosition } from './json-position.ts';

type Issue = z.core.$ZodIssue;

/** How much of a wrong value is quoted. */
const VALUE_CHARACTERS_MAX = 60;

/** `hosts[3].bottlerocket.version`; the whole file is `(file)`. */
function keyPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += text === '' ? String(key) : `.${String(key)}`;
  }
  return text === '' ? '(file)' : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<PropertyKey, unknown>)[key];
  }
  return found;
}

export function quoted(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}…` : text;
}

/** What the schema's author wrote, else the pattern itself. */
function acceptedFormat(issue: Extract<Issue, { code: 'invalid_format' }>): string {
  if (issue.format === 'datetime') return 'expected an instant in UTC such as 2026-11-24T02:00:00Z';
  const isZodsOwn = issue.message.startsWith('Invalid');
  return isZodsOwn && issue.pattern ? `expected text like ${issue.pattern}` : issue.message;
}

/** The part of a JSON Schema that names members. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

/** Members that the schema has at a path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const part = path.reduce<JsonSchema | undefined>(
    (found, key) => (typeof key === 'number' ? found?.items : found?.properties?.[String(key)]),
    root,
  );
  return Object.keys(part?.properties ?? {});
}

function unknownKeys(keys: readonly string[], known: readonly string[]): string {
  const like = nearest(keys[0] ?? '', known);
  const meant = like === undefined ? '' : `; did you mean "${like}"?`;
  const named = keys.map((key) => JSON.stringify(key)).join(', ');
  return `there is no key ${named} here; expected one of: ${known.join(', ')}${meant}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** What a number or a length has to be. */
function acceptedSize(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const isLeast = issue.code === 'too_small';
  const limit = Number(isLeast ? issue.minimum : issue.maximum);
  // Beyond what a double counts exactly, which is what "whole" comes to.
  if (Math.abs(limit) === Number.MAX_SAFE_INTEGER) return 'expected a whole number';
  const isNumber = issue.origin === 'number' || issue.origin === 'int';
  if (isNumber && issue.inclusive === false) {
    return `expected a number ${isLeast ? 'above' : 'below'} ${limit}`;
  }
  const bound = `at ${isLeast ? 'least' : 'most'} ${limit}`;
  if (isNumber) return `expected a number of ${bound}`;
  const [one, many] =
    issue.origin === 'string' ? ['character', 'characters'] : ['entry', 'entries'];
  return `expected ${bound} ${limit === 1 ? one : many}`;
}

function accepted(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${KINDS[issue.expected] ?? issue.expected}`;
    case 'too_small':
    case 'too_big':
      return acceptedSize(issue);
    case 'invalid_value':
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'invalid_format':
      return acceptedFormat(issue);
    default:
      return issue.message;
  }
}

function messageOf(issue: Issue, document: unknown, schema: z.ZodType): string {
  // The value of an object with a key too many is the object: quoting it helps nobody.
  if (issue.code === 'unrecognized_keys') {
    return unknownKeys(issue.keys, keysAt(schema, issue.path));
  }
  return `found ${quoted(valueAt(document, issue.path))}; ${accepted(issue)}`;
}

function parseJson(text: string, fileName: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = jsonErrorPosition(text);
    const place = position ? `line ${position.line}, column ${position.column}` : '(file)';
    throw new FleetFileError(place, `not JSON: ${(error as Error).message}`, fileName);
  }
}

/** @throws {FleetFileError} For the first thing wrong with the file. */
export function readJsonFile<T extends z.ZodType>(
  schema: T,
  file: { readonly text: string; readonly name: string },
): z.output<T> {
  const document = parseJson(file.text, file.name);
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const [issue, ...more] = result.error.issues;
  const also = more.length > 0 ? ` (and ${more.length} more)` : '';
  const message = issue ? messageOf(issue, document, schema) : 'not accepted';
  throw new FleetFileError(keyPath(issue?.path ?? []), `${message}${also}`, file.name);
}
