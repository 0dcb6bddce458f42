// A region with Step Functions alone: its functions are scripted, its time is virtual.

import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import type { InvokeResult } from '../../../simulator/kernel/kernel.ts';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { StatesService } from '../../../simulator/states/states-service.ts';
import { makeKernel, type TestKernel } from '../../support/kernel.ts';

/** Answers one invocation of a function; what it throws becomes the function's error. */
export type Handler = (payload: JsonObject, region: StatesRegion) => unknown;

export interface StatesRegion extends TestKernel {
  readonly states: StatesService;
  /** Calls an operation and runs the clock until it has answered. */
  api(operation: string, input?: JsonObject): JsonObject;
  /** Creates a machine named `machine` (or as given) and answers its ARN. */
  create(definition: JsonObject, name?: string): string;
  start(stateMachineArn: string, input?: unknown, name?: string): string;
  /** Runs until the execution has ended and answers DescribeExecution. */
  end(executionArn: string): Promise<JsonObject>;
  /** Event types of an execution's history. */
  events(executionArn: string): string[];
  history(executionArn: string): JsonObject[];
}

export interface RegionOptions {
  readonly seed?: number;
  readonly faults?: readonly FaultSpec[];
  readonly functions?: Readonly<Record<string, Handler>>;
  readonly closedHistoriesMax?: number;
}

/** An error with the name that Lambda would report as its type. */
export function named(errorType: string, message = 'no reason'): Error {
  const error = new Error(message);
  error.name = errorType;
  return error;
}

export function makeStatesRegion(options: RegionOptions = {}): StatesRegion {
  const { seed = 1, faults = [], functions = {} } = options;
  const testKernel = makeKernel({
    seed,
    faults,
    async onInvoke(name, payload): Promise<InvokeResult> {
      try {
        const answer = await functions[name]?.(payload as JsonObject, region);
        return { ok: true, payload: answer };
      } catch (error) {
        const { name: errorType, message: errorMessage } = error as Error;
        return { ok: false, errorType, errorMessage };
      }
    },
  });
  const { closedHistoriesMax } = options;
  const states = new StatesService(
    testKernel.kernel,
    closedHistoriesMax === undefined ? {} : { closedHistoriesMax },
  );
  const api = (operation: string, input: JsonObject = {}) => states.call(operation, input);
  const history = (executionArn: string) =>
    api('GetExecutionHistory', { executionArn, maxResults: 1000 }).events as JsonObject[];
  const region: StatesRegion = {
    ...testKernel,
    states,
    api,
    create(definition, name = 'machine') {
      const text = JSON.stringify({ QueryLanguage: 'JSONata', ...definition });
      const roleArn = 'arn:aws:iam::111122223333:role/states';
      const created = api('CreateStateMachine', { name, definition: text, roleArn });
      return String(created.stateMachineArn);
    },
    start(stateMachineArn, input = {}, name = 'run') {
      const text = JSON.stringify(input);
      return String(api('StartExecution', { stateMachineArn, name, input: text }).executionArn);
    },
    async end(executionArn) {
      const describe = () => api('DescribeExecution', { executionArn });
      await testKernel.runUntil(() => describe().status !== 'RUNNING', 40 * 86_400);
      return describe();
    },
    events: (executionArn) => history(executionArn).map((event) => String(event.type)),
    history,
  };
  return region;
}

/** A machine of one state, named `Only`. */
export function only(state: JsonObject): JsonObject {
  return { StartAt: 'Only', States: { Only: { End: true, ...state } } };
}

/** Creates, starts and finishes a machine; answers DescribeExecution with the output parsed. */
export async function runMachine(
  region: StatesRegion,
  definition: JsonObject,
  input: unknown = {},
): Promise<JsonObject & { parsed?: unknown }> {
  const executionArn = region.start(region.create(definition), input);
  const ended = await region.end(executionArn);
  return typeof ended.output === 'string' ? { ...ended, parsed: JSON.parse(ended.output) } : ended;
}

/** Seconds between the start and the end of a described execution. */
export function durationSeconds(described: JsonObject): number {
  return Number(described.stopDate) - Number(described.startDate);
}
