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

/** One sentence per wrong key: its path, the value found, what is accepted. At most five of them. */
export function describeIssues(error: z.ZodError, root: unknown): string {
  const lines = error.issues.slice(0, SHOWN_ISSUES_MAX).map((issue) => {
    const path = issue.path.map(shownKey);
    if (issue.code === 'unrecognized_keys') {
      const keys = issue.keys.slice(0, SHOWN_ISSUES_MAX).map(shownKey).join(', ');
      return `${[...path, keys].join('.')}: unknown key`;
    }
    return `${path.join('.') || 'input'}: found ${shown(valueAt(root, issue.path))}, ${issue.message}`;
  });
  return lines.join('; ');
}
