// What Systems Manager knows of a command and of its invocation on each instance.

import type { ScriptStep } from './document-parameters.ts';

export type InvocationStatus =
  | 'Pending'
  | 'InProgress'
  | 'Delayed'
  | 'Success'
  | 'Cancelled'
  | 'TimedOut'
  | 'Failed'
  | 'Cancelling';

export type CommandStatus = Exclude<InvocationStatus, 'Delayed'>;

export interface PluginRecord {
  readonly name: string;
  status: 'Pending' | 'InProgress' | 'Success' | 'TimedOut' | 'Cancelled' | 'Failed';
  statusDetails: string;
  /** Exit code; -1 until one is known. */
  responseCode: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  stdout: string;
  stderr: string;
  /** Replaces both streams in `Output` when the agent itself has something to say. */
  agentOutput: string | undefined;
}

export interface Invocation {
  readonly command: Command;
  readonly instanceId: string;
  readonly plugins: readonly PluginRecord[];
  /** Before this instant, reads do not find it. */
  readonly visibleAt: number;
  status: InvocationStatus;
  statusDetails: string;
}

export interface Command {
  readonly commandId: string;
  readonly documentName: string;
  readonly documentVersion: string;
  readonly comment: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly instanceIds: readonly string[];
  readonly targets: readonly { readonly Key: string; readonly Values: readonly string[] }[];
  readonly requestedAt: number;
  readonly expiresAt: number;
  /** Delivery timeout. */
  readonly timeoutSeconds: number;
  readonly maxConcurrency: string;
  readonly maxErrors: string;
  readonly steps: readonly ScriptStep[];
  readonly invocations: Invocation[];
  status: CommandStatus;
  statusDetails: string;
}

const TERMINAL: ReadonlySet<string> = new Set(['Success', 'Cancelled', 'TimedOut', 'Failed']);

export function isTerminal(status: InvocationStatus): boolean {
  return TERMINAL.has(status);
}

/**
 * Undeliverable and its like do not count (Systems Manager user guide, "Understanding command
 * statuses").
 */
export function countsAsError({ status, statusDetails }: Invocation): boolean {
  return status === 'Failed'
    ? statusDetails === 'Failed'
    : status === 'TimedOut' && statusDetails === 'Execution Timed Out';
}

/** `10` or `20%` of a number of targets, rounded up for concurrency and down for errors. */
export function limitOf(text: string, targets: number, round: (value: number) => number): number {
  return text.endsWith('%') ? round((targets * Number(text.slice(0, -1))) / 100) : Number(text);
}

/** The command's own status, from those of its invocations. */
export function commandStatus(command: Command): { status: CommandStatus; details: string } {
  const { invocations, maxErrors } = command;
  if (invocations.length === 0) return { status: 'Success', details: 'NoInstancesInTag' };
  if (!invocations.every((invocation) => isTerminal(invocation.status))) {
    if (invocations.some((invocation) => invocation.status === 'Cancelling'))
      return { status: 'Cancelling', details: 'Cancelling' };
    const begun = invocations.some((invocation) => invocation.status !== 'Pending');
    return begun
      ? { status: 'InProgress', details: 'InProgress' }
      : { status: 'Pending', details: 'Pending' };
  }
  const errors = invocations.filter(countsAsError);
  const first = errors[0];
  if (first && errors.length > limitOf(maxErrors, invocations.length, Math.floor)) {
    const timedOut = errors.every((invocation) => invocation.status === 'TimedOut');
    return timedOut
      ? { status: 'TimedOut', details: 'Execution Timed Out' }
      : { status: 'Failed', details: 'Failed' };
  }
  if (invocations.every((invocation) => invocation.status === 'Cancelled'))
    return { status: 'Cancelled', details: 'Cancelled' };
  if (invocations.every((invocation) => invocation.statusDetails === 'Delivery Timed Out'))
    return { status: 'TimedOut', details: 'Delivery Timed Out' };
  if (invocations.every((invocation) => invocation.statusDetails === 'Undeliverable'))
    return { status: 'Failed', details: 'Undeliverable' };
  return { status: 'Success', details: first ? 'Incomplete' : 'Success' };
}
