// Decides whether one leaf value of an event satisfies one matcher of an event pattern.

import { BlockList, isIP } from 'node:net';
import type { AwsError } from '../kernel/service.ts';
import { isObject } from './plain-object.ts';

export type Test = (value: unknown) => boolean;

/** Makes the error for a reason; handed down so that every refusal reads alike. */
type Invalid = (reason: string) => AwsError;

type Compile = (wanted: unknown, invalid: Invalid) => Test;

/** EventBridge compares numbers between -5.0e9 and 5.0e9 only (user guide, "Numeric matching"). */
const NUMBER_LIMIT = 5e9;

function text(wanted: unknown, operator: string, invalid: Invalid): string {
  if (typeof wanted !== 'string') throw invalid(`${operator} match pattern must be a string`);
  return wanted;
}

/**
 * A string test with its `equals-ignore-case` form: `{"prefix": "a"}`, `{"prefix":
 * {"equals-ignore-case": "a"}}`.
 */
function affix(operator: string, holds: (value: string, wanted: string) => boolean): Compile {
  return (wanted, invalid) => {
    if (isObject(wanted)) {
      const keys = Object.keys(wanted);
      if (keys.length !== 1 || keys[0] !== 'equals-ignore-case')
        throw invalid(`Unsupported ${operator} pattern: ${keys.join(', ')}`);
      const lower = text(wanted['equals-ignore-case'], operator, invalid).toLowerCase();
      return (value) => typeof value === 'string' && holds(value.toLowerCase(), lower);
    }
    const exact = text(wanted, operator, invalid);
    return (value) => typeof value === 'string' && holds(value, exact);
  };
}

const equalsIgnoreCase: Compile = (wanted, invalid) => {
  const lower = text(wanted, 'equals-ignore-case', invalid).toLowerCase();
  return (value) => typeof value === 'string' && value.toLowerCase() === lower;
};

const wildcard: Compile = (wanted, invalid) => {
  const pattern = text(wanted, 'wildcard', invalid);
  let source = '';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index]!;
    if (character === '\\') {
      const escaped = pattern[++index];
      if (escaped !== '*' && escaped !== '\\')
        throw invalid(`Invalid escape character at pos ${index - 1}`);
      source += `\\${escaped}`;
    } else if (character === '*') {
      if (pattern[index + 1] === '*')
        throw invalid(`Consecutive wildcard characters at pos ${index}`);
      source += '.*';
    } else {
      source += character.replace(/[.+?^${}()|[\]\\/]/g, '\\$&');
    }
  }
  const expression = new RegExp(`^${source}$`, 's');
  return (value) => typeof value === 'string' && expression.test(value);
};

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function comparison(operator: unknown, bound: unknown, invalid: Invalid): (n: number) => boolean {
  const compare = COMPARISONS[String(operator)];
  if (!compare) throw invalid(`Unrecognized numeric range operator: ${String(operator)}`);
  if (typeof bound !== 'number') throw invalid(`Value of ${String(operator)} must be numeric`);
  if (Math.abs(bound) > NUMBER_LIMIT)
    throw invalid(`Value must be between ${-NUMBER_LIMIT} and ${NUMBER_LIMIT}, inclusive`);
  return (value) => compare(value, bound);
}

const numeric: Compile = (wanted, invalid) => {
  if (!Array.isArray(wanted)) throw invalid('Value of numeric must be an array.');
  const [first, low, second, high] = wanted;
  if (wanted.length !== 2 && wanted.length !== 4)
    throw invalid('Too many or too few elements in numeric expression');
  const isRange = String(first).startsWith('>') && String(second).startsWith('<');
  if (wanted.length === 4 && !isRange)
    throw invalid(`Bad numeric range operator: ${String(second)}`);
  if (wanted.length === 4 && !(Number(low) < Number(high)))
    throw invalid('Bottom must be less than top');
  const tests = [comparison(first, low, invalid)];
  if (wanted.length === 4) tests.push(comparison(second, high, invalid));
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
};

const cidr: Compile = (wanted, invalid) => {
  const [address = '', bits] = text(wanted, 'cidr', invalid).split('/');
  const family = isIP(address);
  const length = Number(bits);
  if (
    family === 0 ||
    bits === undefined ||
    !Number.isInteger(length) ||
    length < 0 ||
    length > (family === 4 ? 32 : 128)
  )
    throw invalid(`Malformed CIDR, one '/' required`);
  const block = new BlockList();
  block.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  return (value) => {
    if (typeof value !== 'string') return false;
    const kind = isIP(value);
    return kind !== 0 && block.check(value, kind === 4 ? 'ipv4' : 'ipv6');
  };
};

/** `anything-but` of literals, or of one string operator with one or several values. */
const anythingBut: Compile = (wanted, invalid) => {
  const excluded = isObject(wanted)
    ? operatorTests(wanted, invalid)
    : literalTests(wanted, invalid);
  return (value) => !excluded.some((test) => test(value));
};

function literalTests(wanted: unknown, invalid: Invalid): readonly Test[] {
  const literals = Array.isArray(wanted) ? wanted : [wanted];
  if (literals.length === 0) throw invalid('Empty arrays are not allowed');
  if (literals.some((literal) => typeof literal !== 'string' && typeof literal !== 'number'))
    throw invalid('Inside anything-but list, null and boolean are not supported.');
  return literals.map(
    (literal): Test =>
      (value) =>
        value === literal,
  );
}

function operatorTests(
  wanted: Readonly<Record<string, unknown>>,
  invalid: Invalid,
): readonly Test[] {
  const [operator = '', ...more] = Object.keys(wanted);
  const compile = ANYTHING_BUT_OPERATORS[operator];
  if (!compile || more.length > 0) throw invalid(`Unsupported anything-but pattern: ${operator}`);
  const values = Array.isArray(wanted[operator]) ? wanted[operator] : [wanted[operator]];
  if (values.length === 0) throw invalid('Empty arrays are not allowed');
  return values.map((value) => compile(value, invalid));
}

const prefix = affix('prefix', (value, wanted) => value.startsWith(wanted));
const suffix = affix('suffix', (value, wanted) => value.endsWith(wanted));

const ANYTHING_BUT_OPERATORS: Readonly<Record<string, Compile>> = {
  prefix,
  suffix,
  wildcard,
  'equals-ignore-case': equalsIgnoreCase,
};

const OPERATORS: Readonly<Record<string, Compile>> = {
  ...ANYTHING_BUT_OPERATORS,
  numeric,
  cidr,
  'anything-but': anythingBut,
};

/**
 * Compiles one element of a leaf's array; `exists` is the caller's, since it asks about the field.
 */
export const compileMatcher: Compile = (matcher, invalid) => {
  if (Array.isArray(matcher))
    throw invalid('Match value must be String, number, true, false, or null');
  if (!isObject(matcher)) return (value) => value === matcher;
  const [operator, ...more] = Object.keys(matcher);
  if (operator === undefined) throw invalid('Empty objects are not allowed');
  if (more.length > 0) throw invalid('Only one key allowed in match expression');
  const compile = OPERATORS[operator];
  if (!compile) throw invalid(`Unrecognized match type ${operator}`);
  return compile(matcher[operator], invalid);
};
