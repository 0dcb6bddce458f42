// Writes the table of the policy's keys from its schema and from the comments beside them.

import * as z from 'zod';
import { policySchema } from '../../functions/core/policy.ts';
import { read } from './documents.ts';
import { table } from './markdown-table.ts';

/** The part of JSON Schema that zod writes. */
interface JsonSchema {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: JsonSchema | false;
  readonly required?: readonly string[];
}

interface PolicyKey {
  readonly path: string;
  readonly schema: JsonSchema;
}

const policyJson = z.toJSONSchema(policySchema, { io: 'input' }) as unknown as JsonSchema;

/** Every key that holds a value, in the order of the schema; `waves.sizes` and so on. */
export function policyKeys(
  schema: JsonSchema = policyJson,
  path: readonly string[] = [],
): PolicyKey[] {
  if (!schema.properties) return [{ path: path.join('.'), schema }];
  return Object.entries(schema.properties).flatMap(([key, member]) =>
    policyKeys(member, [...path, key]),
  );
}

/** What a key's comment in policy.ts says, in one line. */
export function meanings(): ReadonlyMap<string, string> {
  const text = read('functions/core/policy.ts');
  const found = /^(?:export )?const (\w+) = z|^ {2}\/\*\*([\s\S]*?)\*\/\n {2}(\w+)[:,]/gm;
  const result = new Map<string, string>();
  let section = '';
  for (const [, name, comment = '', key = ''] of text.matchAll(found)) {
    if (name !== undefined) section = name === 'policySchema' ? '' : `${name}.`;
    else result.set(section + key, comment.replaceAll(/\s*\n\s*\* ?/g, ' ').trim());
  }
  return result;
}

/** By the end of a key's name; the first that matches. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/Seconds$/, 'seconds'],
  [/Minutes$/, 'minutes'],
  [/Hours$/, 'hours'],
  [/Percent$/, 'percent'],
  [/Releases$/, 'releases'],
  [/^waves\.canaryCount$|^failureBudget$/, 'container instances'],
];

function unitOf({ path, schema }: PolicyKey): string {
  const numbers = [schema, ...(schema.anyOf ?? []), ...(schema.items?.anyOf ?? [])];
  if (!numbers.some(({ type }) => type === 'integer' || type === 'number')) return '';
  if (numbers.length > 1) return 'container instances, or percent';
  const unit = UNITS.find(([name]) => name.test(path))?.[1];
  if (unit === undefined) throw new Error(`Say in UNITS what ${path} counts`);
  return unit;
}

/** Patterns in words; any other is shown as it is. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/%\$$/, '`1%` to `100%`'],
  [/\\d\{1,5\}\\\./, 'a version such as `1.65.0`'],
  [/:cluster/, 'name or ARN'],
  [/^\^\[A-Za-z0-9:_-\]\{1,170\}\$$/, 'name or ARN'],
];

function count(value: number | undefined): string {
  return (value ?? 0).toLocaleString('en-US');
}

function textRange({ pattern, minLength, maxLength }: JsonSchema): string {
  if (pattern === undefined) return `${count(minLength)} to ${count(maxLength)} characters`;
  return PATTERNS.find(([known]) => known.test(pattern))?.[1] ?? `\`${pattern}\``;
}

function listRange({ minItems, maxItems, items = {} }: JsonSchema): string {
  const { properties } = items;
  const each = properties
    ? Object.entries(properties).map(([key, member]) => `\`${key}\` ${rangeOf(member)}`)
    : [rangeOf(items)];
  return `${count(minItems)} to ${count(maxItems)} of: ${each.join(', ')}`;
}

/** What is accepted, in words. */
function rangeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf) return schema.anyOf.map(rangeOf).join(', or ');
  switch (schema.type) {
    case 'boolean':
      return '`true`, `false`';
    case 'integer':
      return `${count(schema.minimum)} to ${count(schema.maximum)}`;
    case 'number':
      return `${count(schema.minimum)} to ${count(schema.maximum)}, fractions too`;
    case 'array':
      return listRange(schema);
    case 'object':
      return 'an object of texts';
    default:
      return textRange(schema);
  }
}

function defaultOf({ path, schema }: PolicyKey): string {
  if (policyJson.required?.includes(path)) return 'must be given';
  return schema.default === undefined ? 'none' : `\`${JSON.stringify(schema.default)}\``;
}

export function renderPolicy(): string {
  const meaning = meanings();
  const rows = policyKeys().map((key) => [
    `\`${key.path}\``,
    unitOf(key),
    defaultOf(key),
    rangeOf(key.schema),
    meaning.get(key.path) ?? '',
  ]);
  return table(['key', 'unit', 'default', 'accepted', 'meaning'], rows);
}
