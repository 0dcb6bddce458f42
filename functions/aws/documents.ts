// Speaks to Systems Manager: sends our documents to hosts and reads what they answered; nothing else is ever sent.

import {
  DescribeInstanceInformationCommand,
  GetCalendarStateCommand,
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { type HostReport, parseHostReport } from '../core/host-report.ts';
import type { WindowState } from '../core/window.ts';
import { config } from './config.ts';
import { FIRST, stopWhenOver } from './deadline.ts';
import { log } from './log.ts';
import { LOG_COPIES } from './sdk-log.ts';

const ssm = new SSMClient({ maxAttempts: 5 });
ssm.middlewareStack.add(stopWhenOver, FIRST);
ssm.middlewareStack.remove(LOG_COPIES);

/** Limits of one call (Systems Manager API reference). */
export const SEND_COMMAND_INSTANCES_MAX = 50;
export const COMMENT_CHARACTERS_MAX = 100;
const INVOCATIONS_PAGE = 50;
const INSTANCE_INFORMATION_PAGE = 50;
/** Seconds within which a command must reach the agent; a host that is away longer is not worth waiting for. */
const DELIVERY_TIMEOUT_SECONDS = 120;

export type Verb = 'check' | 'prepare' | 'activate-and-reboot' | 'status' | 'cancel' | 'roll-back';

/** Update settings of a host before we changed them. */
export interface SavedSettings {
  readonly versionLock: string;
  readonly ignoreWaves: boolean;
}

/**
 * Sends one document.
 *
 * A lost answer may mean that the command runs twice: SendCommand has no idempotency token. Every document is
 * written to be harmless when repeated and when late.
 *
 * @param comment Shown in the console; at most 100 characters.
 * @returns The command's id, or the ids that Systems Manager does not know (the whole call is refused then).
 */
export async function sendDocument(
  verb: Verb,
  ec2InstanceIds: readonly string[],
  parameters: Readonly<Record<string, string>>,
  comment: string,
): Promise<{ kind: 'sent'; commandId: string } | { kind: 'unknown-instance' }> {
  const document = config('DOCUMENTS')[verb];
  if (!document) throw new Error(`Cannot send "${verb}": DOCUMENTS names no such document`);
  try {
    const { Command } = await ssm.send(
      new SendCommandCommand({
        DocumentName: document.name,
        DocumentVersion: document.version,
        DocumentHash: document.sha256,
        DocumentHashType: 'Sha256',
        InstanceIds: [...ec2InstanceIds],
        Parameters: Object.fromEntries(
          Object.entries(parameters).map(([key, value]) => [key, [value]]),
        ),
        Comment: comment.slice(0, COMMENT_CHARACTERS_MAX),
        TimeoutSeconds: DELIVERY_TIMEOUT_SECONDS,
        MaxConcurrency: String(SEND_COMMAND_INSTANCES_MAX),
        MaxErrors: '100%',
      }),
    );
    if (Command?.CommandId === undefined) throw new Error(`SendCommand of ${verb} answered no id`);
    return { kind: 'sent', commandId: Command.CommandId };
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidInstanceId')
      return { kind: 'unknown-instance' };
    throw error;
  }
}

/** A document that did what it is for; the host's boot id, version and settings are known then. */
type Success = Extract<HostReport, { ok: true }>;

/** What became of a command on one host. */
export type Answer =
  | { readonly kind: 'pending' }
  | { readonly kind: 'report'; readonly report: Success }
  /** The host ran it, so it lives; but what it said cannot be read, or is that it failed. */
  | { readonly kind: 'unclear'; readonly reason: string }
  /** Nothing says that the host has even heard of it. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Only the agent on the host can say that a script ended; `Undeliverable` and its like are `Failed`, too. */
function ranOnHost(status: string, details: string): boolean {
  return status === 'Success' || (status === 'Failed' && details.toLowerCase() === 'failed');
}

/** `Delayed` and `Cancelling` are on their way to something else. */
const OVER: ReadonlySet<string> = new Set(['Success', 'Failed', 'TimedOut', 'Cancelled']);

export function isOver(status: string): boolean {
  return OVER.has(status);
}

function toAnswer(status: string, details: string, output: string): Answer {
  if (!isOver(status)) return { kind: 'pending' };
  const parsed = parseHostReport(output);
  if (parsed.kind === 'unreadable') {
    const why = status === 'Success' ? parsed.reason : `Systems Manager says ${details || status}`;
    return { kind: ranOnHost(status, details) ? 'unclear' : 'failed', reason: why };
  }
  const { report } = parsed;
  if (status === 'Success' && report.ok) return { kind: 'report', report };
  // Whatever Systems Manager says: a report comes from the host.
  return { kind: 'unclear', reason: report.reason || `Systems Manager says ${details || status}` };
}

/** Answers of all hosts of one command, by EC2 instance id. */
export async function readAnswers(commandId: string): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  let nextToken: string | undefined;
  do {
    const page = await ssm.send(
      new ListCommandInvocationsCommand({
        CommandId: commandId,
        Details: true,
        MaxResults: INVOCATIONS_PAGE,
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      }),
    );
    for (const invocation of page.CommandInvocations ?? []) {
      const output = invocation.CommandPlugins?.[0]?.Output ?? '';
      answers.set(
        invocation.InstanceId ?? '',
        toAnswer(invocation.Status ?? '', invocation.StatusDetails ?? '', output),
      );
    }
    nextToken = page.NextToken;
  } while (nextToken !== undefined);
  return answers;
}

/** The answer of one host; pending while Systems Manager does not know the invocation yet. */
export async function readAnswer(commandId: string, ec2InstanceId: string): Promise<Answer> {
  try {
    const invocation = await ssm.send(
      new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: ec2InstanceId }),
    );
    return toAnswer(
      invocation.Status ?? '',
      invocation.StatusDetails ?? '',
      invocation.StandardOutputContent ?? '',
    );
  } catch (error) {
    if (!(error instanceof Error && error.name === 'InvocationDoesNotExist')) throw error;
    // Eventually consistent right after SendCommand (API reference of GetCommandInvocation); the list may know more.
    return (await readAnswers(commandId)).get(ec2InstanceId) ?? { kind: 'pending' };
  }
}

/**
 * Why a host did not do what a command asked, in its own words; undefined while it has not said so. A command without a
 * report says nothing either way: a host that reboots takes its agent down with it.
 */
export async function readRefusal(
  commandId: string,
  ec2InstanceId: string,
): Promise<string | undefined> {
  try {
    const invocation = await ssm.send(
      new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: ec2InstanceId }),
    );
    const parsed = parseHostReport(invocation.StandardOutputContent ?? '');
    if (parsed.kind === 'unreadable') return undefined;
    const { report } = parsed;
    const acted = report.ok && (!('acted' in report) || report.acted);
    return acted ? undefined : report.reason || 'the host gave no reason';
  } catch (error) {
    if (error instanceof Error && error.name === 'InvocationDoesNotExist') return undefined;
    throw error;
  }
}

export interface ManagedNode {
  readonly pingStatus: string;
  readonly platformName: string;
  readonly platformVersion: string;
}

/** Every node that Systems Manager knows among these, by EC2 instance id. Facts may be five minutes old. */
export async function describeNodes(
  ec2InstanceIds: readonly string[],
): Promise<Map<string, ManagedNode>> {
  const wanted = new Set(ec2InstanceIds);
  const nodes = new Map<string, ManagedNode>();
  let nextToken: string | undefined;
  // No filter by id: one id that is not registered would fail the whole call.
  do {
    const page = await ssm.send(
      new DescribeInstanceInformationCommand({
        Filters: [{ Key: 'PlatformTypes', Values: ['Linux'] }],
        MaxResults: INSTANCE_INFORMATION_PAGE,
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      }),
    );
    for (const node of page.InstanceInformationList ?? []) {
      if (node.InstanceId === undefined || !wanted.has(node.InstanceId)) continue;
      nodes.set(node.InstanceId, {
        pingStatus: node.PingStatus ?? 'unknown',
        platformName: node.PlatformName ?? 'unknown',
        platformVersion: node.PlatformVersion ?? 'unknown',
      });
    }
    nextToken = page.NextToken;
  } while (nextToken !== undefined);
  return nodes;
}

/** Asks the change calendars together: open only when all are open. An error means closed. */
export async function readCalendars(
  calendars: readonly string[],
): Promise<Omit<WindowState, 'closeAt'>> {
  if (calendars.length === 0) return { calendarsOpen: true };
  try {
    const answer = await ssm.send(new GetCalendarStateCommand({ CalendarNames: [...calendars] }));
    const next = answer.NextTransitionTime ? Date.parse(answer.NextTransitionTime) : Number.NaN;
    return {
      calendarsOpen: answer.State === 'OPEN',
      ...(Number.isNaN(next) ? {} : { calendarsNextTransitionAt: next }),
    };
  } catch (error) {
    const reason = error instanceof Error ? `${error.name} ${error.message}`.trim() : String(error);
    log.warn('calendars unknown', { calendars, reason });
    return { calendarsOpen: false, calendarsUnknown: reason };
  }
}
