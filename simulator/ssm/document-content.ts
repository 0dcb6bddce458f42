// Reads the content of a Command document and refuses what Systems Manager would refuse.
//
// Systems Manager user guide, "Data elements and parameters" and "Command document plugin
// reference".

import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { AwsError } from '../kernel/service.ts';

const parameter = z.looseObject({
  type: z.enum(['String', 'StringList']),
  description: z.string().optional(),
  default: z.union([z.string(), z.array(z.string())]).optional(),
  allowedValues: z.array(z.string()).optional(),
  allowedPattern: z.string().optional(),
  minChars: z.number().int().optional(),
  maxChars: z.number().int().optional(),
  /**
   * `ENV_VAR`: the value reaches the script as the environment variable SSM_<name>, never as script
   * text.
   */
  interpolationType: z.enum(['ENV_VAR']).optional(),
});

const step = z.looseObject({
  action: z.literal('aws:runShellScript', {
    error: 'The simulator runs aws:runShellScript only',
  }),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,}$/),
  inputs: z.looseObject({
    runCommand: z.union([z.array(z.string()), z.string()]),
    timeoutSeconds: z.union([z.string(), z.number()]).optional(),
    workingDirectory: z.string().optional(),
  }),
});

const content = z.looseObject({
  schemaVersion: z.string(),
  description: z.string().optional(),
  parameters: z.record(z.string(), parameter).default({}),
  mainSteps: z.array(step).min(1),
});

export type DocumentParameter = z.infer<typeof parameter>;

export type DocumentContent = z.infer<typeof content>;

/** 64 KB (AWS General Reference, "Systems Manager endpoints and quotas"). */
const SIZE_MAX_BYTES = 65_536;

function invalidContent(message: string): AwsError {
  return new AwsError('InvalidDocumentContent', message);
}

function readObject(source: string, format: string): unknown {
  try {
    return format === 'YAML' ? parseYaml(source) : JSON.parse(source);
  } catch (error) {
    throw invalidContent(`${format} not well-formed. ${(error as Error).message}`);
  }
}

/**
 * @throws {AwsError} InvalidDocumentContent, InvalidDocumentSchemaVersion or
 * MaxDocumentSizeExceeded.
 */
export function parseDocumentContent(source: string, format: string): DocumentContent {
  if (Buffer.byteLength(source) > SIZE_MAX_BYTES) {
    throw new AwsError('MaxDocumentSizeExceeded', 'The document content is larger than 64 KB.');
  }
  const parsed = content.safeParse(readObject(source, format));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidContent(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
  }
  if (parsed.data.schemaVersion !== '2.2') {
    throw new AwsError(
      'InvalidDocumentSchemaVersion',
      `Document schema version, ${parsed.data.schemaVersion}, is not supported by Command document that is created recently`,
    );
  }
  for (const [name, { allowedPattern }] of Object.entries(parsed.data.parameters)) {
    if (allowedPattern === undefined) continue;
    try {
      new RegExp(allowedPattern);
    } catch {
      throw invalidContent(`Parameter ${name}: allowedPattern is not a valid regular expression`);
    }
  }
  return parsed.data;
}
