// What is wrong with an input, in sentences: policy-refusals.test.ts has them all in place.

import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { describeIssues } from '../../../functions/core/issues.ts';

const schema = z.strictObject({ count: z.number(), inner: z.strictObject({}).optional() });

function described(input: unknown): string {
  const { error } = schema.safeParse(input);
  return error ? describeIssues(error, input, schema) : 'nothing wrong';
}

describe('describeIssues()', () => {
  it('describeIssues() calls a root of the wrong kind the input', () => {
    expect(described('text')).toMatch(/^input: found "text", /);
    expect(described(undefined)).toMatch(/^input: found nothing, /);
  });

  it('describeIssues() says path, value and what is accepted', () => {
    expect(described({ count: 'two' })).toBe('count: found "two", expected a number');
    expect(described({})).toMatch(/^count: found nothing, /);
  });

  it('describeIssues() says what is accepted in words of its own', () => {
    const all = z.strictObject({
      seconds: z.number().int().min(60).max(900).default(60),
      kind: z.enum(['skip', 'wait']).optional(),
      names: z.array(z.string().min(1)).max(1).default([]),
      on: z.boolean().default(false),
      at: z.iso.datetime().optional(),
    });
    const said = (input: unknown) => {
      const { error } = all.safeParse(input);
      return error && describeIssues(error, input, all);
    };
    expect(said({ seconds: '15m' })).toBe('seconds: found "15m", expected a number from 60 to 900');
    expect(said({ seconds: 5 })).toBe('seconds: found 5, expected a number from 60 to 900');
    expect(said({ seconds: 1.5e3 })).toBe('seconds: found 1500, expected a number from 60 to 900');
    expect(said({ seconds: 60.5 })).toBe(
      'seconds: found 60.5, expected a whole number from 60 to 900',
    );
    expect(said({ kind: 'kill' })).toBe('kind: found "kill", expected "skip" or "wait"');
    expect(said({ names: 7 })).toBe('names: found 7, expected a list');
    expect(said({ names: [''] })).toBe('names.0: found "", expected at least 1 character');
    expect(said({ names: ['a', 'b'] })).toBe('names: found ["a","b"], expected at most 1 entry');
    expect(said({ seconds: 1e300 })).toBe(
      'seconds: found 1e+300, expected a number from 60 to 900',
    );
    expect(said({ on: 'yes' })).toBe('on: found "yes", expected true or false');
    expect(said({ at: 'noon' })).toBe(
      'at: found "noon", expected an instant such as 2026-11-24T02:00:00Z',
    );
  });

  it('describeIssues() names unknown keys where they stand', () => {
    expect(described({ count: 1, a: 1, 'b c': 2 })).toBe(
      'a, "b c": unknown key, accepted: count, inner',
    );
    expect(described({ count: 1, inner: { a: 1 } })).toBe('inner.a: unknown key');
  });
});
