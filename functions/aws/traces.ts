// Finds what rollouts leave outside of the record: clusters that have a fleet, commands that were sent, their answers.

import {
  type Command,
  GetParametersByPathCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  type ListCommandsCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { type HostReport, parseHostReport } from '../core/host-report.ts';
import { isoInstant } from '../core/instant.ts';
import { now } from './clock.ts';
import { config } from './config.ts';
import { FIRST, stopWhenOver } from './deadline.ts';
import { COMMENT_CHARACTERS_MAX, isOver, type Verb } from './documents.ts';
import { log } from './log.ts';
import { LOG_COPIES } from './sdk-log.ts';

const ssm = new SSMClient({ maxAttempts: 5 });
ssm.middlewareStack.add(stopWhenOver, FIRST);
ssm.middlewareStack.remove(LOG_COPIES);

/** Fleets come and go with deployments. */
const KEPT_MILLISECONDS = 3_600_000;
let kept: { readonly names: readonly string[]; readonly readAt: number } | undefined;

/** Names of the clusters that have a configured fleet, as they were at most an hour ago. */
export async function readFleetClusters(): Promise<readonly string[]> {
  if (kept && now() - kept.readAt < KEPT_MILLISECONDS) return kept.names;
  const names = await listFleetClusters();
  kept = { names, readAt: now() };
  return names;
}

async function listFleetClusters(): Promise<string[]> {
  const Path = config('FLEET_PARAMETER_PREFIX');
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ssm.send(
      new GetParametersByPathCommand({
        Path,
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      }),
    );
    names.push(...(page.Parameters ?? []).map(({ Name = '' }) => Name.slice(Path.length + 1)));
    nextToken = page.NextToken;
  } while (nextToken);
  return names;
}

/** One of our commands, as Systems Manager remembers it for 30 days. */
export interface SentCommand {
  readonly commandId: string;
  readonly verb: Verb;
  readonly sentAt: number;
  readonly comment: string;
  readonly ec2InstanceIds: readonly string[];
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** Pages of 50 that one listing may take, so that a long history cannot use up the time of a sweep. */
const PAGES_MAX = 100;

/** Follows `NextToken`, but not for ever; what is cut off is logged. */
async function pages<T>(
  what: Readonly<Record<string, unknown>>,
  read: (token: { NextToken?: string }) => Promise<{ items: T[]; next: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let token: { NextToken?: string } = {};
  for (let page = 0; page < PAGES_MAX; page++) {
    const { items, next } = await read(token);
    all.push(...items);
    if (!next) return all;
    token = { NextToken: next };
  }
  log.warn('history is cut', { ...what, read: all.length });
  return all;
}

function toSent(one: Command, verbs: ReadonlyMap<string, Verb>): SentCommand | undefined {
  const verb = verbs.get(one.DocumentName ?? '');
  if (verb === undefined || one.CommandId === undefined) return undefined;
  return {
    commandId: one.CommandId,
    verb,
    sentAt: one.RequestedDateTime?.getTime() ?? 0,
    comment: one.Comment ?? '',
    ec2InstanceIds: one.InstanceIds ?? [],
    parameters: Object.fromEntries(
      Object.entries(one.Parameters ?? {}).map(([key, values]) => [key, values[0]]),
    ),
  };
}

async function listSent(request: ListCommandsCommandInput): Promise<SentCommand[]> {
  const verbs = new Map(
    Object.entries(config('DOCUMENTS')).map(([verb, { name }]) => [name, verb as Verb]),
  );
  const found = await pages({ request }, async (token) => {
    const page = await ssm.send(new ListCommandsCommand({ ...request, ...token }));
    const items = (page.Commands ?? []).flatMap((one) => toSent(one, verbs) ?? []);
    return { items, next: page.NextToken };
  });
  return found.sort((one, other) => other.sentAt - one.sentAt);
}

const invokedAfter = (at: number) => ({ key: 'InvokedAfter', value: isoInstant(at) }) as const;

/**
 * Whether hosts are still at work on what one rollout has sent since then. Systems Manager filters what is on a page
 * already, so that a page may be empty and not the last (boto3#2643).
 */
export async function isStillRunning(verb: Verb, comment: string, since: number): Promise<boolean> {
  const sent = await listSent({
    MaxResults: 50,
    Filters: [
      { key: 'DocumentName', value: config('DOCUMENTS')[verb]?.name },
      { key: 'ExecutionStage', value: 'Executing' },
      invokedAfter(since),
    ],
  });
  return sent.some((one) => one.comment === comment.slice(0, COMMENT_CHARACTERS_MAX));
}

function documentNamed(verb: Verb) {
  return { key: 'DocumentName', value: config('DOCUMENTS')[verb]?.name } as const;
}

/** How questions are known again that the sweep asks of what it brings home without the record. */
export function homeComment(rolloutId: string): string {
  return `rollout ${rolloutId}: without its record`;
}

/** What we sent to one host since then, newest first. */
export async function commandsSince(
  ec2InstanceId: string,
  sinceAt: number,
): Promise<SentCommand[]> {
  return listSent({ InstanceId: ec2InstanceId, Filters: [invokedAfter(sinceAt)] });
}

/** Every command of one document since then, newest first. */
export async function commandsOf(verb: Verb, sinceAt: number): Promise<SentCommand[]> {
  return listSent({ Filters: [documentNamed(verb), invokedAfter(sinceAt)] });
}

/** What one host answered to one command. */
export interface HeardAnswer {
  readonly ec2InstanceId: string;
  readonly sentAt: number;
  readonly comment: string;
  /** False while the command may still be at work. */
  readonly isOver: boolean;
  /** Also of a document that failed; undefined when there is none that can be read. */
  readonly report: HostReport | undefined;
}

/** Answers to one command, or to every command of one document since then. */
export async function answersTo(
  asked: string | { readonly verb: Verb; readonly sinceAt: number },
): Promise<HeardAnswer[]> {
  const which =
    typeof asked === 'string'
      ? { CommandId: asked }
      : { Filters: [documentNamed(asked.verb), invokedAfter(asked.sinceAt)] };
  return pages({ which }, async (token) => {
    const page = await ssm.send(
      new ListCommandInvocationsCommand({ ...which, Details: true, ...token }),
    );
    const items = (page.CommandInvocations ?? []).map((one) => {
      const parsed = parseHostReport(one.CommandPlugins?.[0]?.Output ?? '');
      return {
        ec2InstanceId: one.InstanceId ?? '',
        sentAt: one.RequestedDateTime?.getTime() ?? 0,
        comment: one.Comment ?? '',
        isOver: isOver(one.Status ?? ''),
        report: parsed.kind === 'report' ? parsed.report : undefined,
      };
    });
    return { items, next: page.NextToken };
  });
}
