// What a refused policy is told: which key, which value, what is accepted; and what hostile input comes to.

import { describe, expect, it } from 'vitest';
import { type Policy, policySchema } from '../../../functions/core/policy.ts';
import { policyOf, refusalOf } from './samples.ts';

const SECTIONS = Object.keys(policyOf()).filter(
  (key) => typeof policyOf()[key as keyof Policy] === 'object',
);

/** How the sentence about a key goes on that stands where only certain others may. */
const AT_TOP = `unknown key, accepted: ${Object.keys(policySchema.shape).join(', ')}`;
const IN_DRAIN = 'unknown key, accepted: timeoutSeconds, standaloneTasks, protectedTasks';

/** JSON.parse, unlike an object literal, makes `__proto__` a key like any other. */
function parsed(text: string): unknown {
  return JSON.parse(text);
}

describe('readPolicy() refusals', () => {
  it('readPolicy() says that the cluster is missing', () => {
    expect(refusalOf({})).toMatch(/^Cannot accept the policy: cluster: found nothing, /);
  });

  it('readPolicy() names unknown keys at the top', () => {
    expect(refusalOf({ cluster: 'prod', wave: 1, drian: {} })).toBe(
      `Cannot accept the policy: wave, drian: ${AT_TOP}`,
    );
  });

  it.each(SECTIONS)('readPolicy() names an unknown key in %s', (section) => {
    const known = Object.keys(policySchema.shape[section as 'drain'].unwrap().shape).join(', ');
    expect(refusalOf({ cluster: 'prod', [section]: { bogus: 1 } })).toBe(
      `Cannot accept the policy: ${section}.bogus: unknown key, accepted: ${known}`,
    );
  });

  it('readPolicy() says everything that is wrong in one sentence, policy and start', () => {
    const refusal = refusalOf({
      cluster: 'prod',
      failureBudget: -1,
      planOnly: 1,
      scheduledAt: 'x',
    });
    expect(refusal.split('; ')).toEqual([
      expect.stringMatching(
        /^Cannot accept the policy: failureBudget: found -1, expected a number from 0 to 10000$/,
      ),
      expect.stringMatching(/^planOnly: found 1, /),
      expect.stringMatching(/^scheduledAt: found "x", /),
    ]);
  });

  it('readPolicy() lists five problems and no more', () => {
    const refusal = refusalOf({
      cluster: 'prod',
      target: { skipVersions: new Array(9).fill('x') },
    });
    expect(refusal.match(/skipVersions\.\d: found/g)).toHaveLength(5);
  });

  it('readPolicy() lists five unknown keys and no more', () => {
    const keys = Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`key${n}`, n]));
    expect(refusalOf({ cluster: 'prod', ...keys })).toBe(
      `Cannot accept the policy: key1, key2, key3, key4, key5: ${AT_TOP}`,
    );
  });

  it('readPolicy() shows the first 80 characters of a long value', () => {
    const refusal = refusalOf({ cluster: `${'x'.repeat(78)} y` });
    expect(refusal).toContain(`found "${'x'.repeat(78)} …, expected`);
    expect(refusalOf({ cluster: `${'x'.repeat(76)} ` })).toContain(`found "${'x'.repeat(76)} ", `);
    expect(refusalOf({ cluster: `${'x'.repeat(77)} ` })).toContain(`found "${'x'.repeat(77)} ", `);
  });

  it('readPolicy() escapes control characters of values and keys', () => {
    const refusal = refusalOf({ cluster: 'a\n\u001b[31mb' });
    expect(refusal).toContain('found "a\\n\\u001b[31mb"');
    expect(refusalOf({ cluster: 'prod', 'line\nbreak': 1 })).toBe(
      `Cannot accept the policy: "line\\nbreak": ${AT_TOP}`,
    );
    expect(refusalOf({ cluster: 'prod', ['k'.repeat(80)]: 1 })).toContain(`: ${'k'.repeat(80)}: `);
    expect(refusalOf({ cluster: 'prod', ['k'.repeat(81)]: 1 })).toContain(`"${'k'.repeat(79)}…: `);
    expect(refusalOf({ cluster: 'prod', ['k'.repeat(500)]: 1 }).length).toBeLessThan(
      150 + AT_TOP.length,
    );
  });

  it.each([
    ['at the top', '{"cluster":"prod","__proto__":{"planOnly":true}}', '__proto__'],
    ['with a start in it', '{"cluster":"prod","__proto__":{"startedBy":"x"}}', '__proto__'],
    ['in a section', '{"cluster":"prod","budget":{"__proto__":{"x":1}}}', 'budget.__proto__'],
    [
      'among the tags',
      '{"cluster":"prod","select":{"tags":{"__proto__":"x"}}}',
      'select.tags.__proto__',
    ],
    [
      'in a list',
      '{"cluster":"prod","waves":{"sizes":[{"__proto__":1}]}}',
      'waves.sizes.0.__proto__',
    ],
  ])('readPolicy() refuses __proto__ %s', (_, text, path) => {
    expect(refusalOf(parsed(text))).toBe(`Cannot accept the policy: ${path}: unknown key`);
    expect(
      refusalOf({ cluster: 'prod', waves: {}, budget: {}, select: { tags: {} } }, parsed(text)),
    ).toBe(`Cannot accept the policy: ${path}: unknown key`);
    expect(Object.hasOwn(Object.prototype, 'planOnly')).toBe(false);
  });

  it.each(['constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'])(
    'readPolicy() refuses %s as it does any unknown key, and takes it as a tag key',
    (key) => {
      expect(refusalOf({ cluster: 'prod', [key]: { x: 1 } })).toBe(
        `Cannot accept the policy: ${key}: ${AT_TOP}`,
      );
      expect(refusalOf({ cluster: 'prod', drain: {} }, { drain: { [key]: 1 } })).toBe(
        `Cannot accept the policy: drain.${key}: ${IN_DRAIN}`,
      );
      expect(policyOf({ select: { tags: { [key]: 'x' } } }).select.tags[key]).toBe('x');
    },
  );

  it('readPolicy() refuses what is nested too deeply, however deep', () => {
    const nested = (depth: number) =>
      parsed(`{"cluster":"prod","x":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(refusalOf(nested(50_000))).toBe(
      'Cannot accept the policy: x: nested deeper than 8 levels',
    );
    expect(refusalOf(nested(9))).toContain('nested deeper than 8 levels');
    expect(refusalOf(nested(8))).toBe(`Cannot accept the policy: x: ${AT_TOP}`);
  });
});
