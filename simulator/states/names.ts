// Decides which names and ARNs Step Functions takes.

import { arn, type Kernel } from '../kernel/kernel.ts';
import { AwsError } from '../kernel/service.ts';

/** API reference, StartExecution `name`: white space, brackets, wildcards and the like. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the API names control characters.
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;

/** @throws {AwsError} InvalidName. */
export function checkName(name: string): void {
  const isFit = name.length >= 1 && name.length <= 80 && !FORBIDDEN.test(name);
  if (!isFit) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}

/** @throws {AwsError} InvalidArn, for what is not an ARN of Step Functions of this kind. */
export function checkArn(value: string, kind: 'stateMachine' | 'execution'): void {
  const invalid = (reason: string) => new AwsError('InvalidArn', `Invalid Arn: '${reason}'`);
  if (!value.startsWith('arn:')) throw invalid(`Invalid ARN prefix: ${value}`);
  const found = value.split(':')[5];
  if (found === kind) return;
  throw invalid(`Resource type not valid in this context: ${found ?? ''}`);
}

export function stateMachineArn(kernel: Kernel, name: string): string {
  return arn(kernel, 'states', `stateMachine:${name}`);
}

export function executionArn(kernel: Kernel, stateMachineName: string, name: string): string {
  return arn(kernel, 'states', `execution:${stateMachineName}:${name}`);
}
