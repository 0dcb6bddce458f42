// The shipped state machines in a small region: their functions are scripted, their time is virtual.

import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../simulator/kernel/service.ts';
import { makeStatesRegion, named, type StatesRegion } from '../simulator/states/region.ts';

export const MACHINES = ['roll-out-cluster', 'run-wave', 'update-container-instance'] as const;
export type Machine = (typeof MACHINES)[number];

export function definitionOf(machine: Machine): JsonObject {
  const file = new URL(`../../state-machines/${machine}.asl.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
}

/** `DrainContainerInstance` becomes `drain-container-instance`. */
export function kebabCase(pascal: string): string {
  return pascal.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** As the deployment substitutes them. */
function substituted(machine: Machine): JsonObject {
  const text = JSON.stringify(definitionOf(machine)).replace(/\$\{(\w+)Arn\}/g, (_, name: string) =>
    arnOf(kebabCase(name)),
  );
  return JSON.parse(text) as JsonObject;
}

function arnOf(name: string): string {
  return MACHINES.some((machine) => machine === name)
    ? `arn:aws:states:eu-west-1:111122223333:stateMachine:${name}`
    : `arn:aws:lambda:eu-west-1:111122223333:function:${name}`;
}

/** One answer of a function to one invocation. */
export type Answer = (payload: JsonObject, region: StatesRegion) => unknown;

/** Returns `value`. */
export function returns(value: unknown): Answer {
  return () => value;
}

/** Throws an error of that name. */
export function throws(name: string, message = 'no reason'): Answer {
  return () => {
    throw named(name, message);
  };
}

/** Answers the task token after so many seconds, 0: before the function itself has returned. */
export function succeeds(output: unknown = {}, afterSeconds = 0): Answer {
  return answering(afterSeconds, (taskToken, region) =>
    region.api('SendTaskSuccess', { taskToken, output: JSON.stringify(output) }),
  );
}

/** Fails the task token after so many seconds, 0: before the function itself has returned. */
export function fails(error: string, cause: string, afterSeconds = 0): Answer {
  return answering(afterSeconds, (taskToken, region) =>
    region.api('SendTaskFailure', { taskToken, error, cause }),
  );
}

function answering(
  afterSeconds: number,
  answer: (token: string, region: StatesRegion) => void,
): Answer {
  return ({ token }, region) => {
    const now = () => answer(String(token), region);
    if (afterSeconds === 0) now();
    else region.kernel.clock.after(afterSeconds * 1000, now);
    return { verdict: 'waiting' };
  };
}

/** The token is never answered. */
export function silence(): Answer {
  return returns({ verdict: 'waiting' });
}

/** The function itself never returns. */
export function hangs(): Answer {
  return () => new Promise(() => {});
}

/** Answers of each function in turn; the last one repeats. */
export type Script = Readonly<Record<string, readonly Answer[]>>;

export interface Ended {
  readonly path: readonly string[];
  readonly status: string;
  readonly output: unknown;
  readonly error: unknown;
  readonly cause: unknown;
  readonly seconds: number;
  /** What each function was given, in turn. */
  readonly given: (name: string) => JsonObject[];
  readonly region: StatesRegion;
  readonly executionArn: string;
}

/** Runs one of the machines to its end, with the others beside it. */
export async function run(
  machine: Machine,
  input: unknown,
  script: Script,
  name = 'night',
): Promise<Ended> {
  const given = new Map<string, JsonObject[]>();
  const functions = Object.fromEntries(
    Object.entries(script).map(([file, answers]) => [
      file,
      (payload: JsonObject, region: StatesRegion) => {
        const calls = given.get(file) ?? [];
        given.set(file, [...calls, payload]);
        return answers[Math.min(calls.length, answers.length - 1)]!(payload, region);
      },
    ]),
  );
  const region = makeStatesRegion({ functions });
  for (const each of MACHINES) region.create(substituted(each), each);
  const executionArn = region.start(arnOf(machine), input, name);
  const { status, output, error, cause, startDate, stopDate } = await region.end(executionArn);
  return {
    path: region.states.path(executionArn),
    status: String(status),
    output: output === undefined ? undefined : JSON.parse(String(output)),
    error,
    cause,
    seconds: Number(stopDate) - Number(startDate),
    given: (file) => given.get(file) ?? [],
    region,
    executionArn,
  };
}

/** What AWS or the SDK may throw on a bad day: every Task tries again after these. */
export const TRANSIENT_ERRORS: readonly string[] = [
  'Lambda.ServiceException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.ClientExecutionTimeoutException',
  'Sandbox.Timedout',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
  'ServerException',
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
];
