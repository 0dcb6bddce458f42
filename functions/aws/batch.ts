// Sends one document to many hosts in as few commands as possible; those that Systems Manager does not know are skipped.

import { now } from './clock.ts';
import { type SentCommand, sendDocumentToAll, type Verb } from './documents.ts';
import { updateInstance } from './instance-store.ts';
import { putCommandAlias } from './wait-store.ts';

export interface Batch {
  readonly ec2InstanceIds: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** @returns The commands, whose events find the rollout from now on. */
export async function sendBatches(
  held: { readonly rolloutId: string; readonly fence: number },
  verb: Verb,
  batches: readonly Batch[],
): Promise<SentCommand[]> {
  const all: SentCommand[] = [];
  const unknown: string[] = [];
  for (const { ec2InstanceIds, parameters } of batches) {
    const comment = `rollout ${held.rolloutId}: ${verb}`;
    const sent = await sendDocumentToAll(verb, ec2InstanceIds, parameters, comment);
    all.push(...sent.commands);
    unknown.push(...sent.unknown);
  }
  for (const ec2InstanceId of unknown) {
    const skipped = {
      outcome: 'Skipped' as const,
      code: 'NotInSystemsManager',
      reason: `Systems Manager refused to send ${verb}: it does not know the host any more`,
      step: 'Over' as const,
      finishedAt: now(),
    };
    await updateInstance(held, ec2InstanceId, skipped, { state: 'NONE' });
  }
  for (const { commandId } of all) await putCommandAlias(commandId, held.rolloutId, verb);
  return all;
}
