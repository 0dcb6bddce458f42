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
  /^(Invalid[A-Za-z]+(\.(Malformed|NotFound|Duplicate))?|MissingParameter|Unknown\w+|IncorrectInstanceState|IncorrectState|DryRunOperation)$/;

function typesOf(packageName: string, operation: string): string {
  const file = `../../../node_modules/${packageName}/dist-types/commands/${operation}Command.d.ts`;
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

function documentedFor(packageName: string, operation: string): ReadonlySet<string> {
  const throws = typesOf(packageName, operation).matchAll(/@throws \{@link (\w+)\}/g);
  return new Set([...throws].map(([, name]) => name!));
}

interface ErrorTraits {
  readonly error?: 'client' | 'server';
  readonly httpError?: number;
  readonly awsQueryError?: readonly [code: string, status: number];
}

/**
 * The JSON protocols answer 400 or 500 by whose fault it was; the status of the model is that of
 * the other protocols.
 */
const JSON_SERVICES = new Set(['dynamodb', 'ecs', 'events', 'ssm', 'states']);

/** What the SDK's error schema says of the status; 400 for what it does not know. */
function statusOf(serviceId: string, module: Readonly<Record<string, unknown>>, name: string) {
  const schema = module[`${name}$`] as readonly unknown[] | undefined;
  const { error, httpError, awsQueryError } = (schema?.[3] ?? {}) as ErrorTraits;
  const byFault = error === 'server' ? 500 : 400;
  return JSON_SERVICES.has(serviceId) ? byFault : (awsQueryError?.[1] ?? httpError ?? byFault);
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
  const expected = statusOf(serviceId, await import(packageName), name);
  // The one code of EC2 that is no 400, and that every operation knows.
  if (status === (name === 'DryRunOperation' ? 412 : expected)) return [];
  return [`${operation} is refused with ${name} and status ${status}, documented is ${expected}`];
}
