// What Lambda knows about a function: its code, its limits, and the environment its code sees.

import type { Kernel } from '../kernel/kernel.ts';

export interface FunctionConfiguration {
  readonly name: string;
  readonly arn: string;
  /** CommonJS text. */
  readonly code: string;
  /** `<file>.<export>`; the file is always the one in `code`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly runtime: string;
  readonly role: string;
  readonly description: string;
  /** Epoch milliseconds of the last change. */
  readonly modifiedAt: number;
  /** Changes with every update of code or configuration. */
  readonly revisionId: string;
}

/** How Lambda treats asynchronous invocations of a function (PutFunctionEventInvokeConfig). */
export interface AsynchronousConfiguration {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  /** Gets the event and the error after the last attempt. */
  readonly onFailureArn?: string;
}

/** Defaults of Lambda: two retries within six hours. */
export const ASYNCHRONOUS_DEFAULTS: AsynchronousConfiguration = {
  maximumRetryAttempts: 2,
  maximumEventAgeSeconds: 21_600,
};

export function logGroupOf(functionName: string): string {
  return `/aws/lambda/${functionName}`;
}

/**
 * Accepts a name, a partial ARN (`account:function:name`), a full ARN, each with an optional
 * qualifier.
 */
export function functionNameOf(reference: string): string {
  const found = /function:([^:]+)/.exec(reference);
  return found ? found[1]! : reference.split(':')[0]!;
}

/**
 * The defined runtime environment variables of the Lambda developer guide, under the function's
 * own.
 */
export function runtimeEnvironment(
  kernel: Kernel,
  { name, memoryMegabytes, environment, handler, runtime }: FunctionConfiguration,
  logStreamName: string,
): Record<string, string> {
  return {
    AWS_REGION: kernel.region,
    AWS_DEFAULT_REGION: kernel.region,
    // Not secrets: the region accepts any signature, as it knows who is calling.
    AWS_ACCESS_KEY_ID: 'ASIASIMULATEDFUNCTION',
    AWS_SECRET_ACCESS_KEY: 'simulated',
    AWS_SESSION_TOKEN: 'simulated',
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(name),
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    LAMBDA_TASK_ROOT: '/var/task',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    _HANDLER: handler,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    ...environment,
  };
}
