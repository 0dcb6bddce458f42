// What is wrong with an input, in sentences: policy-refusals.test.ts has them all in place.

import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { describeIssues } from '../../../functions/core/issues.ts';

const schema = z.strictObject({ count: z.number(), inner: z.strictObject({}).optional() });

function described(input: unknown): string {
  const { error } = schema.safeParse(input);
  return error ? describeIssues(error, input) : 'nothing wrong';
}

describe('describeIssues()', () => {
  it('describeIssues() calls a root of the wrong kind the input', () => {
    expect(described('text')).toMatch(/^input: found "text", /);
    expect(described(undefined)).toMatch(/^input: found nothing, /);
  });

  it('describeIssues() says path, value and what is accepted', () => {
    expect(described({ count: 'two' })).toBe(
      'count: found "two", Invalid input: expected number, received string',
    );
    expect(described({})).toMatch(/^count: found nothing, /);
  });

  it('describeIssues() names unknown keys where they stand', () => {
    expect(described({ count: 1, a: 1, 'b c': 2 })).toBe('a, "b c": unknown key');
    expect(described({ count: 1, inner: { a: 1 } })).toBe('inner.a: unknown key');
  });
});
