// Finds what rollouts leave outside of the record: the clusters that have a fleet, the commands that a host was sent.

import { GetParametersByPathCommand, ListCommandsCommand, SSMClient } from '@aws-sdk/client-ssm';
import { isoInstant } from '../core/instant.ts';
import { now } from './clock.ts';
import { config } from './config.ts';
import { FIRST, stopWhenOver } from './deadline.ts';
import type { Verb } from './documents.ts';
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
  } while (nextToken !== undefined);
  return names;
}

/** One of our commands, as Systems Manager remembers it for 30 days. */
export interface SentCommand {
  readonly commandId: string;
  readonly verb: Verb;
  readonly sentAt: number;
  readonly comment: string;
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** What we sent to one host since then, newest first. */
export async function commandsSince(
  ec2InstanceId: string,
  sinceAt: number,
): Promise<SentCommand[]> {
  const verbs = new Map(
    Object.entries(config('DOCUMENTS')).map(([verb, { name }]) => [name, verb as Verb]),
  );
  const found: SentCommand[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ssm.send(
      new ListCommandsCommand({
        InstanceId: ec2InstanceId,
        Filters: [{ key: 'InvokedAfter', value: isoInstant(sinceAt) }],
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      }),
    );
    for (const one of page.Commands ?? []) {
      const verb = verbs.get(one.DocumentName ?? '');
      if (verb === undefined || one.CommandId === undefined) continue;
      found.push({
        commandId: one.CommandId,
        verb,
        sentAt: one.RequestedDateTime?.getTime() ?? 0,
        comment: one.Comment ?? '',
        parameters: Object.fromEntries(
          Object.entries(one.Parameters ?? {}).map(([key, values]) => [key, values[0]]),
        ),
      });
    }
    nextToken = page.NextToken;
  } while (nextToken !== undefined);
  return found.sort((one, other) => other.sentAt - one.sentAt);
}
