// The names of everything the stack deploys, in one place: functions, state machines, table, bus.

import { createHash } from 'node:crypto';

export const PREFIX = 'bottlerocket-fleet';
export const TABLE_NAME = `${PREFIX}-record`;
export const EVENT_BUS_NAME = `${PREFIX}-events`;
/** `source` of every event on it; the functions say so themselves. */
export const EVENT_SOURCE = 'bottlerocket-fleet-updater';
/** One Systems Manager parameter per configured fleet: `<prefix>/<cluster name>`. */
export const FLEET_PARAMETER_PREFIX = `/${PREFIX}/fleets`;

/** One SecureString per Slack credential: `<prefix>/<name>`, a bot token or the URL of an incoming webhook. */
export const SLACK_PARAMETER_PREFIX = `/${PREFIX}/slack`;

/** Of a hash, so that two long names that begin alike stay two. */
const HASH_CHARACTERS = 8;

/** Cluster names may have 255 characters, and what is named after them has limits of its own. */
export function shortened(name: string, charactersMax: number): string {
  if (name.length <= charactersMax) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_CHARACTERS);
  return `${name.slice(0, charactersMax - HASH_CHARACTERS - 1)}-${hash}`;
}

/** `drain-container-instance` becomes `DrainContainerInstance`. */
export function pascalCase(kebab: string): string {
  return kebab
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

export function functionName(file: string): string {
  return `${PREFIX}-${file}`;
}

/** As osls forms it from the key of a function, so that both write the same resource. */
export function functionLogicalId(file: string): string {
  return `${pascalCase(file)}LambdaFunction`;
}

export function roleLogicalId(file: string): string {
  return `${pascalCase(file)}Role`;
}

export function logGroupLogicalId(file: string): string {
  return `${pascalCase(file)}LogGroup`;
}

export function logGroupName(file: string): string {
  return `/aws/lambda/${functionName(file)}`;
}

export function stateMachineName(file: string): string {
  return `${PREFIX}-${file}`;
}

/** Built from its name: a reference would make functions and state machines depend on each other in a circle. */
export function stateMachineArn(file: string): { 'Fn::Sub': string } {
  return {
    'Fn::Sub': `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:stateMachine:${stateMachineName(file)}`,
  };
}
