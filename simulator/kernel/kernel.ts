// What every simulated service is built on: one clock, one seed, one log, one account in one region.

import type { Faults } from '../faults/faults.ts';
import type { VirtualClock } from './clock.ts';
import type { EventLog } from './event-log.ts';
import type { Random } from './random.ts';
import type { SignalHub } from './signals.ts';

/** An event for EventBridge, in the members of PutEvents; its time is now. */
export interface BusEvent {
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
  /** Name of the bus; the default bus unless said. */
  readonly eventBusName?: string;
}

/** What a synchronous Lambda invocation answers. */
export type InvokeResult =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string };

export interface Kernel {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly log: EventLog;
  readonly signals: SignalHub;
  readonly faults: Faults;
  readonly region: string;
  readonly accountId: string;
  /** Hands an event to EventBridge; delivery takes virtual time and may be late, doubled or lost. */
  emit(event: BusEvent): void;
  /** Invokes a function and waits for its answer; never rejects for anything the function did. */
  invokeFunction(functionNameOrArn: string, payload: unknown): Promise<InvokeResult>;
  /** A function's own settings for asynchronous invocation (PutFunctionEventInvokeConfig); AWS's defaults unless said. */
  readonly asynchronousInvocation?: (
    functionNameOrArn: string,
  ) =>
    | { readonly maximumRetryAttempts: number; readonly maximumEventAgeSeconds: number }
    | undefined;
  /** Starts an execution of a state machine; without a name AWS gives it a random UUID. */
  startExecution(
    stateMachineArn: string,
    input: unknown,
    name?: string,
  ): Promise<{ executionArn: string }>;
}

/** Beginnings of the regions outside of the partition `aws` (botocore data, partitions.json). */
const PARTITIONS: readonly (readonly [string, string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['us-iso-', 'aws-iso'],
];

/** The second part of every ARN in a region. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

/** `arn:<partition>:<service>:<region>:<account>:<resource>` of this region. */
export function arn(
  kernel: Pick<Kernel, 'region' | 'accountId'>,
  service: string,
  resource: string,
): string {
  const { region, accountId } = kernel;
  return `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`;
}
