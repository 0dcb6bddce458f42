// Whether a refusal is one that AWS documents for the operation: read from the SDK's own types and error schemas.

import { readFileSync } from 'node:fs';

/** Package of the SDK's client, by signing name. */
export const PACKAGES: Readonly<Record<string, string>> = {
  autoscaling: '@aws-sdk/client-auto-scaling',
  dynamodb: '@aws-sdk/client-dynamodb',
  ec2: '@aws-sdk/client-ec2',
  ecs: '@aws-sdk/client-ecs',
  elasticloadbalancing: '@aws-sdk/client-elastic-load-balancing-v2',
  events: '@aws-sdk/client-eventbridge',
  lambda: '@aws-sdk/client-lambda',
  monitoring: '@aws-sdk/client-cloudwatch',
  scheduler: '@aws-sdk/client-scheduler',
  ssm: '@aws-sdk/client-ssm',
  states: '@aws-sdk/client-sfn',
};

/**
 * "Common Errors" of every API reference. The models list them for some services only, and those
 * of the Query protocols have older names.
 */
const COMMON = new Set(['ValidationException', 'ValidationError', 'SerializationException']);

/** EC2 documents its errors for no operation, but all on one page ("Error codes"): these forms. */
const EC2_CODE =
  /^(Invalid[A-Za-z]+(\.(Malformed|NotFound|Duplicate))?|MissingParameter|Unknown\w+|IncorrectInstanceState|OperationNotPermitted|UnauthorizedOperation)$/;

function typesOf(packageName: string, operation: string): string {
  const file = `../../../node_modules/${packageName}/dist-types/commands/${operation}Command.d.ts`;
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

function documentedFor(packageName: string, operation: string): ReadonlySet<string> {
  const throws = typesOf(packageName, operation).matchAll(/@throws \{@link (\w+)\}/g);
  return new Set([...throws].map(([, name]) => name!));
}

interface ErrorTraits {
  readonly httpError?: number;
  readonly awsQueryError?: readonly [code: string, status: number];
}

/** What the SDK's error schema says of the status; 400 for a fault of the client without one. */
function statusOf(module: Readonly<Record<string, unknown>>, name: string): number {
  const schema = module[`${name}$`] as readonly unknown[] | undefined;
  const traits = (schema?.[3] ?? {}) as ErrorTraits;
  return traits.awsQueryError?.[1] ?? traits.httpError ?? 400;
}

export interface Refusal {
  readonly name: string;
  readonly status: number | undefined;
}

/** What is wrong with a refusal; nothing when AWS documents it. */
export async function undocumented(
  serviceId: string,
  operation: string,
  { name, status }: Refusal,
): Promise<string[]> {
  const packageName = PACKAGES[serviceId]!;
  const isKnown =
    COMMON.has(name) ||
    (serviceId === 'ec2' && EC2_CODE.test(name)) ||
    documentedFor(packageName, operation).has(name);
  if (!isKnown) return [`${operation} is refused with ${name}, which its documentation lacks`];
  const expected = statusOf(await import(packageName), name);
  if (status === expected) return [];
  return [`${operation} is refused with ${name} and status ${status}, documented is ${expected}`];
}
