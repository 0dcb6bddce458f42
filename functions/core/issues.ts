// Turns what zod found wrong with an input into sentences: the path, the value found, what is accepted.

import type * as z from 'zod';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of keys, for messages. */
function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (isObject(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined),
    root,
  );
}

const SHOWN_VALUE_CHARACTERS_MAX = 80;

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN_VALUE_CHARACTERS_MAX
    ? `${text.slice(0, SHOWN_VALUE_CHARACTERS_MAX)}…`
    : text;
}

/** A key as it is when it is a plain word; anything else may be hostile, so it is quoted and cut. */
export function shownKey(key: PropertyKey): string {
  const text = String(key);
  return /^[\w-]{1,80}$/.test(text) ? text : shown(text);
}

const SHOWN_ISSUES_MAX = 5;

/** As far as messages need it, what zod knows of a schema: it says so in each error only for what was wrong. */
interface Schema {
  readonly def: {
    readonly innerType?: Schema;
    readonly shape?: Readonly<Record<string, Schema>>;
    readonly element?: Schema;
  };
  readonly minValue?: number | null;
  readonly maxValue?: number | null;
}

/** Without the default or the question mark around it. */
function bare(schema: Schema): Schema {
  return schema.def.innerType ? bare(schema.def.innerType) : schema;
}

function schemaAt(root: z.ZodType, path: readonly PropertyKey[]): Schema | undefined {
  return path.reduce<Schema | undefined>(
    (schema, key) => {
      const { shape = {}, element } = schema?.def ?? {};
      const own = Object.hasOwn(shape, key) ? shape[String(key)] : undefined;
      const next = typeof key === 'number' ? element : own;
      return next && bare(next);
    },
    bare(root as unknown as Schema),
  );
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** ` from 60 to 14400` */
function rangeOf(schema: Schema | undefined): string {
  const { minValue, maxValue } = schema ?? {};
  return typeof minValue === 'number' && typeof maxValue === 'number' && maxValue < 1e9
    ? ` from ${minValue} to ${maxValue}`
    : '';
}

/** What a number or a length has to be. */
function limitText(
  side: 'least' | 'most',
  { origin, limit, schema }: { origin: string; limit: unknown; schema: Schema | undefined },
): string {
  if (origin === 'number' || origin === 'int') {
    return `expected a number${rangeOf(schema) || ` of at ${side} ${limit}`}`;
  }
  const [one, many] = origin === 'string' ? ['character', 'characters'] : ['entry', 'entries'];
  return `expected at ${side} ${limit} ${Number(limit) === 1 ? one : many}`;
}

function acceptedBy(issue: z.core.$ZodIssue, schema: Schema | undefined): string {
  switch (issue.code) {
    case 'invalid_type':
      // A member with a text of its own says more than its kind.
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      return `expected ${KINDS[issue.expected] ?? issue.expected}${rangeOf(schema)}`;
    case 'invalid_value':
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return limitText('least', { origin: issue.origin, limit: issue.minimum, schema });
    case 'too_big':
      return limitText('most', { origin: issue.origin, limit: issue.maximum, schema });
    case 'invalid_format':
      return issue.format === 'datetime'
        ? 'expected an instant such as 2026-11-24T02:00:00Z'
        : issue.message;
    default:
      return issue.message;
  }
}

/**
 * One sentence per wrong key: its path, the value found, what is accepted. At most five of them.
 *
 * @param schema What `root` was parsed with.
 */
export function describeIssues(error: z.ZodError, root: unknown, schema: z.ZodType): string {
  const lines = error.issues.map((issue) => {
    const path = issue.path.map(shownKey);
    const part = schemaAt(schema, issue.path);
    if (issue.code === 'unrecognized_keys') {
      const keys = issue.keys.slice(0, SHOWN_ISSUES_MAX).map(shownKey).join(', ');
      const known = Object.keys(part?.def.shape ?? {}).join(', ');
      const accepted = known === '' ? '' : `, accepted: ${known}`;
      return `${[...path, keys].join('.')}: unknown key${accepted}`;
    }
    const found = shown(valueAt(root, issue.path));
    return `${path.join('.') || 'input'}: found ${found}, ${acceptedBy(issue, part)}`;
  });
  // A number that is far too large is no safe integer either, which says the same twice.
  return [...new Set(lines)].slice(0, SHOWN_ISSUES_MAX).join('; ');
}
