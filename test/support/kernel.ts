// Builds a small kernel for tests of one service: a clock, a seed, and everything that left the
// service, kept in order.

import { type FaultSpec, Faults } from '../../simulator/faults/faults.ts';
import { VirtualClock } from '../../simulator/kernel/clock.ts';
import { EventLog, type LogEntry } from '../../simulator/kernel/event-log.ts';
import {
  arn,
  type BusEvent,
  type InvokeResult,
  type Kernel,
} from '../../simulator/kernel/kernel.ts';
import { Random } from '../../simulator/kernel/random.ts';
import { AwsError, type AwsService, type JsonObject } from '../../simulator/kernel/service.ts';
import { SignalHub } from '../../simulator/kernel/signals.ts';

export interface KernelOptions {
  readonly seed?: number;
  /** ISO 8601 or epoch milliseconds. */
  readonly startAt?: string | number;
  readonly faults?: readonly FaultSpec[];
  readonly region?: string;
  readonly accountId?: string;
  /** Answers `kernel.invokeFunction`; an empty object unless said. */
  readonly onInvoke?: (name: string, payload: unknown) => InvokeResult | Promise<InvokeResult>;
  /** Answers `kernel.startExecution`; an ARN of the given or a seeded name unless said. */
  readonly onStartExecution?: (
    stateMachineArn: string,
    input: unknown,
    name?: string,
  ) => Promise<{ executionArn: string }>;
}

export interface TestKernel {
  readonly kernel: Kernel;
  /** Events handed to EventBridge, oldest first. */
  readonly emitted: BusEvent[];
  readonly invocations: { at: number; functionName: string; payload: unknown }[];
  readonly executions: { at: number; stateMachineArn: string; input: unknown; name?: string }[];
  /** Every log entry so far. */
  readonly logged: LogEntry[];
  /** Lets so much virtual time pass, running what is due. */
  advance(seconds: number): Promise<void>;
  /**
   * Runs what is due until `done()`; throws when it is still false after `maxSeconds` of virtual
   * time.
   */
  runUntil(done: () => boolean, maxSeconds?: number): Promise<void>;
  /** Runs the clock until `work` has settled, and answers or throws what it did. */
  finish<T>(work: Promise<T>, maxSeconds?: number): Promise<T>;
  /** Calls a service directly and runs the clock until it answered. */
  call(service: AwsService, operation: string, input?: JsonObject): Promise<JsonObject>;
  /** As `call`, for a call that must be refused: answers the AwsError. */
  refusal(service: AwsService, operation: string, input?: JsonObject): Promise<AwsError>;
}

const DAY_SECONDS = 86_400;

function executionArnOf(kernel: Kernel, stateMachineArn: string, name: string): string {
  return arn(kernel, 'states', `execution:${stateMachineArn.split(':').at(-1)}:${name}`);
}

interface Outgoing {
  readonly emitted: BusEvent[];
  readonly invocations: TestKernel['invocations'];
  readonly executions: TestKernel['executions'];
}

function buildKernel(options: KernelOptions, outgoing: Outgoing): Kernel {
  const clock = new VirtualClock(new Date(options.startAt ?? '2026-11-24T02:00:00.000Z').getTime());
  const random = new Random(options.seed ?? 1);
  const kernel: Kernel = {
    clock,
    random,
    log: new EventLog(clock),
    signals: new SignalHub(),
    faults: new Faults(clock, random, options.faults ?? []),
    region: options.region ?? 'eu-west-1',
    accountId: options.accountId ?? '111122223333',
    emit(event) {
      outgoing.emitted.push(event);
    },
    async invokeFunction(functionNameOrArn, payload) {
      const functionName = functionNameOrArn.split(':').at(-1) ?? functionNameOrArn;
      outgoing.invocations.push({ at: clock.now(), functionName, payload });
      return (await options.onInvoke?.(functionName, payload)) ?? { ok: true, payload: {} };
    },
    async startExecution(stateMachineArn, input, name) {
      const started = { at: clock.now(), stateMachineArn, input };
      outgoing.executions.push(name === undefined ? started : { ...started, name });
      if (options.onStartExecution) return options.onStartExecution(stateMachineArn, input, name);
      const executionName = name ?? random.stream('test.execution').uuid();
      return { executionArn: executionArnOf(kernel, stateMachineArn, executionName) };
    },
  };
  return kernel;
}

/**
 * Runs the clock until `work` has settled; fails loudly when nothing is due any more and it still
 * has not.
 */
export async function finishOn<T>(
  clock: VirtualClock,
  work: Promise<T>,
  maxSeconds = DAY_SECONDS,
): Promise<T> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  work.then(settle, settle);
  const why = await clock.run(() => settled, clock.now() + maxSeconds * 1000);
  if (!settled)
    throw new Error(`Cannot finish: the clock stopped (${why}) and the work still waits`);
  return work;
}

/** A kernel whose outgoing events, invocations and executions are collected. */
export function makeKernel(options: KernelOptions = {}): TestKernel {
  const outgoing: Outgoing = { emitted: [], invocations: [], executions: [] };
  const kernel = buildKernel(options, outgoing);
  const { clock } = kernel;
  const logged: LogEntry[] = [];
  kernel.log.subscribe((entry) => logged.push(entry));
  const caller = { kind: 'outside', name: 'test' } as const;
  const finish = <T>(work: Promise<T>, maxSeconds?: number) => finishOn(clock, work, maxSeconds);
  const call = (service: AwsService, operation: string, input: JsonObject = {}) =>
    finish((async () => service.call(operation, input, caller))());
  return {
    kernel,
    ...outgoing,
    logged,
    advance: (seconds) => clock.advanceTo(clock.now() + seconds * 1000),
    async runUntil(done, maxSeconds = DAY_SECONDS) {
      const why = await clock.run(done, clock.now() + maxSeconds * 1000);
      if (why !== 'done' && !done()) throw new Error(`Cannot go on: the clock stopped (${why})`);
    },
    finish,
    call,
    async refusal(service, operation, input = {}) {
      const answer = await call(service, operation, input).catch((error: unknown) => error);
      if (answer instanceof AwsError) return answer;
      throw new Error(`Expected ${operation} to be refused, got ${JSON.stringify(answer)}`);
    },
  };
}
