// Reads the members of an ECS request: wrong JSON types are refused as AWS's deserialiser does,
// before anything else.

import { AwsError, type JsonObject } from '../../kernel/service.ts';
import type { Tag } from '../definitions.ts';
import { invalidParameter } from '../errors.ts';

const wrongType = (message: string) => new AwsError('SerializationException', message);

const kindOf = (value: unknown) =>
  Array.isArray(value)
    ? 'LIST'
    : value === null
      ? 'NULL'
      : typeof value === 'object'
        ? 'MAP'
        : `${typeof value}`.toUpperCase();

const absent = (value: unknown) => value === undefined || value === null;

export function text(input: JsonObject, member: string): string | undefined {
  const value = input[member];
  if (absent(value)) return undefined;
  if (typeof value === 'string') return value;
  throw wrongType(`${kindOf(value)}_VALUE can not be converted to a String`);
}

export function integer(input: JsonObject, member: string): number | undefined {
  const value = input[member];
  if (absent(value)) return undefined;
  if (typeof value === 'number') return Math.trunc(value);
  throw wrongType(`${kindOf(value)}_VALUE can not be converted to an Integer`);
}

export function flag(input: JsonObject, member: string): boolean | undefined {
  const value = input[member];
  if (absent(value)) return undefined;
  if (typeof value === 'boolean') return value;
  throw wrongType(`${kindOf(value)}_VALUE can not be converted to a Boolean`);
}

function list(input: JsonObject, member: string): unknown[] | undefined {
  const value = input[member];
  if (absent(value)) return undefined;
  if (Array.isArray(value)) return value;
  throw wrongType('Expected list or null');
}

function texts(input: JsonObject, member: string): string[] | undefined {
  return list(input, member)?.map((value) => {
    if (typeof value === 'string') return value;
    throw wrongType(`${kindOf(value)}_VALUE can not be converted to a String`);
  });
}

export function structure(input: JsonObject, member: string): JsonObject | undefined {
  const value = input[member];
  if (absent(value)) return undefined;
  if (typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  throw wrongType('Expected null');
}

export function structures(input: JsonObject, member: string): JsonObject[] | undefined {
  return list(input, member)?.map((value) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as JsonObject;
    throw wrongType('Expected null');
  });
}

/** @throws {AwsError} InvalidParameterException for another word. */
export function oneOf<T extends string>(
  input: JsonObject,
  member: string,
  words: readonly T[],
): T | undefined {
  const value = text(input, member);
  if (value === undefined) return undefined;
  const known = words.find((word) => word === value);
  if (known !== undefined) return known;
  throw invalidParameter(`${member} should be one of [${words.join(', ')}].`);
}

interface IdList {
  /** What AWS calls the ids in its complaint about too many of them. */
  readonly calledByAws: string;
  readonly max: number;
  /** Message for none at all. */
  readonly empty: string;
}

/** The ids of a Describe or Update call. */
export function ids(
  input: JsonObject,
  member: string,
  { calledByAws, max, empty }: IdList,
): string[] {
  const given = texts(input, member) ?? [];
  if (given.length === 0) throw invalidParameter(empty);
  if (given.length > max) throw invalidParameter(`${calledByAws} can have at most ${max} items.`);
  return given;
}

export function tags(input: JsonObject, member = 'tags'): Tag[] {
  return (structures(input, member) ?? []).map((tag) => ({
    key: text(tag, 'key') ?? '',
    value: text(tag, 'value') ?? '',
  }));
}

/** `include`: the words asked for, each of which must be known. */
export function includes(input: JsonObject, known: readonly string[]): Set<string> {
  const asked = texts(input, 'include') ?? [];
  const unknown = asked.find((word) => !known.includes(word));
  if (unknown !== undefined)
    throw invalidParameter(`include should be one of [${known.join(', ')}].`);
  return new Set(asked);
}
