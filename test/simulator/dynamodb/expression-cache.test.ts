// Expressions that are parsed once: every later use has its own values, and is refused for the same reasons.

import { expect, it } from 'vitest';
import {
  type ExpressionParser,
  type ParseContext,
  parseOnce,
} from '../../../simulator/dynamodb/expression-cache.ts';

function context(values: ParseContext['attrVals'], names: ParseContext['attrNames'] = {}) {
  return {
    attrNames: names,
    attrVals: values,
    unusedAttrNames: Object.fromEntries(
      Object.keys(names ?? {}).map((name) => [name, true as const]),
    ),
    unusedAttrVals: Object.fromEntries(
      Object.keys(values ?? {}).map((name) => [name, true as const]),
    ),
  };
}

/** A parser in the manner of dynalite's, which counts its work: the tree holds the values by reference. */
function countingParser() {
  const seen: string[] = [];
  const parser: ExpressionParser = {
    parse(text, { context: { attrVals, unusedAttrVals } }) {
      seen.push(text);
      if (text.includes('!')) return 'Syntax error';
      delete unusedAttrVals[':a'];
      return { type: '=', args: [['path', 0], attrVals?.[':a']] };
    },
  };
  parseOnce(parser);
  return { parser, seen };
}

it('parses once and answers with the values of now', () => {
  const { parser, seen } = countingParser();
  const parse = (value: string) =>
    parser.parse('p = :a', { context: context({ ':a': { S: value } }) });
  expect(parse('one')).toEqual({ type: '=', args: [['path', 0], { S: 'one' }] });
  expect(parse('two')).toEqual({ type: '=', args: [['path', 0], { S: 'two' }] });
  expect(parse('one')).toEqual({ type: '=', args: [['path', 0], { S: 'one' }] });
  expect(seen).toEqual(['p = :a']);
});

it('what a caller does to a tree does not reach the next one', () => {
  const { parser } = countingParser();
  const parse = () =>
    parser.parse('p = :a', { context: context({ ':a': { S: 'x' } }) }) as { args: unknown[] };
  parse().args.length = 0;
  parse().args.length = 0;
  expect(parse().args).toHaveLength(2);
});

it('takes used values off the unused ones each time, and leaves the others', () => {
  const { parser } = countingParser();
  for (let time = 0; time < 2; time++) {
    const given = context({ ':a': { S: 'x' }, ':b': { S: 'y' } });
    parser.parse('p = :a', { context: given });
    expect(given.unusedAttrVals).toEqual({ ':b': true });
  }
});

it.each([
  ['another type of value', 'p = :a', { ':a': { N: '1' } }, {}],
  ['other names', '#p = :a', { ':a': { S: 'x' } }, { '#p': 'q' }],
  ['a BETWEEN, which is judged by its values', 'p BETWEEN :a AND :a', { ':a': { S: 'x' } }, {}],
])('parses again for %s', (_, text, values, names) => {
  const { parser, seen } = countingParser();
  parser.parse('p = :a', { context: context({ ':a': { S: 'x' } }) });
  parser.parse('#p = :a', { context: context({ ':a': { S: 'x' } }, { '#p': 'p' }) });
  parser.parse(text, { context: context(values, names) });
  parser.parse(text, { context: context({ ...values }, names) });
  expect(seen.length).toBe(text.includes('BETWEEN') ? 4 : 3);
});

it('an expression that is wrong is wrong every time', () => {
  const { parser, seen } = countingParser();
  const parse = () => parser.parse('!', { context: context({}) });
  expect([parse(), parse()]).toEqual(['Syntax error', 'Syntax error']);
  expect(seen).toHaveLength(2);
});
