// Sends one document to many hosts in as few commands as possible; those that nothing can be sent to are skipped.

import { dispatchState, noWayBack } from '../core/outcome.ts';
import { now } from './clock.ts';
import type { Verb } from './documents.ts';
import { readInstance, updateInstance } from './instance-store.ts';
import { type DeniedHost, type SentCommand, sendDocumentToAll } from './send-to-all.ts';
import { putCommandAlias } from './wait-store.ts';

export interface Batch {
  readonly ec2InstanceIds: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}

interface Held {
  readonly rolloutId: string;
  readonly fence: number;
}

const UNKNOWN = {
  code: 'NotInSystemsManager',
  reason: 'Systems Manager does not know the host any more',
};
const DENIED = {
  code: 'CommandDenied',
  reason:
    "IAM denies it; the roles ask for the tag bottlerocket-fleet, with the cluster's name, on its EC2 instance",
};

/** On the way back it is a failure; before, it never left service. */
async function skip(
  held: Held,
  verb: Verb,
  ec2InstanceId: string,
  { code, reason }: typeof UNKNOWN,
): Promise<void> {
  const { direction, fromVersion } = await readInstance(held.rolloutId, ec2InstanceId);
  const skipped = {
    outcome: 'Skipped' as const,
    code,
    reason: `${verb} cannot be sent to its host: ${reason}`,
    step: 'Over' as const,
    finishedAt: now(),
  };
  const set = direction === 'back' ? noWayBack(skipped, fromVersion) : skipped;
  await updateInstance(held, ec2InstanceId, set, { state: dispatchState(set.outcome) });
}

/**
 * @returns The commands, whose events find the rollout from now on.
 * @throws {Error} As IAM says it, when it denies every one: then the role is wrong, or no instance has its tag.
 */
export async function sendBatches(
  held: Held,
  verb: Verb,
  batches: readonly Batch[],
): Promise<SentCommand[]> {
  const all: SentCommand[] = [];
  const unknown: string[] = [];
  const denied: DeniedHost[] = [];
  for (const { ec2InstanceIds, parameters } of batches) {
    const comment = `rollout ${held.rolloutId}: ${verb}`;
    const sent = await sendDocumentToAll(verb, ec2InstanceIds, parameters, comment);
    all.push(...sent.commands);
    unknown.push(...sent.unknown);
    denied.push(...sent.denied);
  }
  if (all.length === 0 && denied[0]) throw denied[0].error;
  for (const id of unknown) await skip(held, verb, id, UNKNOWN);
  for (const { ec2InstanceId } of denied) await skip(held, verb, ec2InstanceId, DENIED);
  for (const { commandId } of all) await putCommandAlias(commandId, held.rolloutId, verb);
  return all;
}
