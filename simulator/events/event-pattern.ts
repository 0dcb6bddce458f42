// Decides whether an event matches an event pattern, with every operator that EventBridge has.
//
// Sources: EventBridge user guide "Comparison operators for use in event patterns";
// aws/event-ruler, whose words the reasons use.

import { AwsError, type JsonObject } from '../kernel/service.ts';
import { compileMatcher, type Test } from './leaf-matchers.ts';
import { isObject } from './plain-object.ts';

/** Quota "Event pattern size" of the EventBridge user guide, in characters. */
const PATTERN_CHARACTERS_MAX = 2048;

/** True when the event (its envelope, as an object) matches. */
export type EventPattern = (event: JsonObject) => boolean;

function invalid(reason: string): AwsError {
  return new AwsError(
    'InvalidEventPatternException',
    `Event pattern is not valid. Reason: ${reason}`,
  );
}

/** The values a leaf test sees: the elements of an array, at any depth, or the value itself. */
function leaves(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flat(Number.POSITIVE_INFINITY);
  return value === undefined ? [] : [value];
}

function isLeaf(value: unknown): boolean {
  return !isObject(value);
}

/**
 * `exists` asks about the field, not about a value: an empty array leaves no field behind, as in
 * the Ruler.
 */
function compileExists(wanted: unknown): Test {
  if (typeof wanted !== 'boolean')
    throw invalid('exists match pattern must be either true or false.');
  return (value) => leaves(value).some(isLeaf) === wanted;
}

function compileLeaf(matchers: readonly unknown[]): Test {
  if (matchers.length === 0) throw invalid('Empty arrays are not allowed');
  const tests = matchers.map((matcher): Test => {
    if (isObject(matcher) && 'exists' in matcher && Object.keys(matcher).length === 1)
      return compileExists(matcher.exists);
    const test = compileMatcher(matcher, invalid);
    return (value) => leaves(value).some((leaf) => isLeaf(leaf) && test(leaf));
  });
  return (value) => tests.some((test) => test(value));
}

function compileOr(alternatives: unknown): Test | undefined {
  if (!Array.isArray(alternatives) || !alternatives.every(isObject)) return undefined;
  if (alternatives.length < 2)
    throw invalid('There must have at least 2 Objects in the array of "$or"');
  const tests = alternatives.map(compileObject);
  return (value) => tests.some((test) => test(value));
}

function compileMember(name: string, pattern: unknown): Test {
  // `$or` is the operator only when it holds an array of objects; otherwise it is an ordinary
  // member.
  const or = name === '$or' ? compileOr(pattern) : undefined;
  if (or) return or;
  const test = Array.isArray(pattern)
    ? compileLeaf(pattern)
    : isObject(pattern)
      ? compileObject(pattern)
      : undefined;
  if (!test) throw invalid(`"${name}" must be an object or an array`);
  return (value) => test(isObject(value) ? value[name] : undefined);
}

function compileObject(pattern: JsonObject): Test {
  const members = Object.entries(pattern);
  if (members.length === 0) throw invalid('Empty objects are not allowed');
  const tests = members.map(([name, member]) => compileMember(name, member));
  const all = (value: unknown) => tests.every((test) => test(value));
  // An array of objects matches when one element satisfies the whole sub-pattern ("array
  // consistency").
  return (value) => (Array.isArray(value) && value.length > 0 ? value.some(all) : all(value));
}

/**
 * @param text The pattern as JSON text.
 * @throws {AwsError} `InvalidEventPatternException` with the reason.
 */
export function compileEventPattern(text: string): EventPattern {
  if (text.length > PATTERN_CHARACTERS_MAX)
    throw invalid(`Event pattern is larger than ${PATTERN_CHARACTERS_MAX} characters`);
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw invalid('Pattern is not valid JSON');
  }
  if (!isObject(pattern)) throw invalid('Filter is not an object');
  return compileObject(pattern);
}
