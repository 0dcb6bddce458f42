// Turns the text of a definition into a machine, or refuses it and says every place.

import type * as z from 'zod';
import { AwsError } from '../../kernel/service.ts';
import type { Jsonata } from '../jsonata.ts';
import { checkMachine, type Diagnostic } from './check.ts';
import { type Machine, machineSchema } from './schema.ts';

const SCHEMA = 'SCHEMA_VALIDATION_FAILED';

/** "Maximum state machine definition size: 1 MB", Step Functions service quotas. */
const DEFINITION_BYTES_MAX = 1_048_576;

/** @throws {AwsError} InvalidDefinition, naming every place. */
export function loadMachine(definition: string, jsonata: Jsonata, partition: string): Machine {
  const result = inspectDefinition(definition, jsonata, partition);
  if ('machine' in result) return result.machine;
  const list = result.diagnostics.map((found) => {
    return `${found.code}: ${found.message} at ${found.location}`;
  });
  throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${list.join(', ')}'`);
}

export function inspectDefinition(
  definition: string,
  jsonata: Jsonata,
  partition: string,
): { readonly machine: Machine } | { readonly diagnostics: readonly Diagnostic[] } {
  if (Buffer.byteLength(definition) > DEFINITION_BYTES_MAX) {
    return { diagnostics: [{ code: SCHEMA, message: 'Definition is too long', location: '/' }] };
  }
  let json: unknown;
  try {
    json = JSON.parse(definition);
  } catch (error) {
    const { message } = error as Error;
    return { diagnostics: [{ code: 'INVALID_JSON_DESCRIPTION', message, location: '/' }] };
  }
  const parsed = machineSchema.safeParse(json);
  if (!parsed.success) return { diagnostics: parsed.error.issues.flatMap(describeIssue) };
  const diagnostics = checkMachine(parsed.data, jsonata, partition);
  return diagnostics.length > 0 ? { diagnostics } : { machine: parsed.data };
}

function describeIssue(issue: z.core.$ZodIssue): Diagnostic[] {
  const at = (path: readonly PropertyKey[], message: string) => {
    return { code: SCHEMA, message, location: `/${path.map(String).join('/')}` };
  };
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => at([...issue.path, key], 'Field is not supported'));
  }
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'Type') {
    const types = '[Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]';
    return [at(issue.path, `The field 'Type' should have one of these values: ${types}`)];
  }
  if (issue.path.at(-1) === 'QueryLanguage') {
    return [at(issue.path, "'QueryLanguage' must be 'JSONata': JSONPath is not simulated")];
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    const name = String(issue.path.at(-1));
    return [at(issue.path.slice(0, -1), `These fields are required: [${name}]`)];
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => at(issue.path, inner.message));
  }
  return [at(issue.path, issue.message)];
}
