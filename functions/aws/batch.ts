// Sends one document to many hosts and waits for all their answers together.

import { now } from './clock.ts';
import { sendDocumentToAll } from './documents.ts';
import { updateInstance } from './instance-store.ts';
import type { CommandsData } from './looks/commands.ts';
import { putCommandAlias, putWait } from './wait-store.ts';
import { evaluate } from './waits.ts';

export interface Batch {
  readonly ec2InstanceIds: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}

interface Held {
  readonly rolloutId: string;
  readonly clusterArn: string;
  readonly fence: number;
}

/**
 * Intent, then effect: the wait is written before anything is sent, and again with the commands it waits for. A crash
 * in between leaves hosts that were asked and nobody who listens; the state machine then asks once more, which every
 * document allows.
 */
export async function putBatchWait(
  held: Held,
  token: string,
  ask: { verb: CommandsData['verb']; batches: readonly Batch[]; deadlineAt: number },
): Promise<{ verdict: string; reason: string }> {
  const { verb, batches, deadlineAt } = ask;
  const wait = { ...held, subject: held.rolloutId, kind: 'commands' as const, token, deadlineAt };
  const data: CommandsData = { verb, commandIds: [], complete: false };
  await putWait({ ...wait, data: { ...data } });
  const all: string[] = [];
  const unknown: string[] = [];
  for (const batch of batches) {
    const sent = await sendDocumentToAll(
      verb,
      batch.ec2InstanceIds,
      batch.parameters,
      `rollout ${held.rolloutId}: ${verb}`,
    );
    all.push(...sent.commandIds);
    unknown.push(...sent.unknown);
  }
  for (const ec2InstanceId of unknown) {
    await updateInstance(held, ec2InstanceId, {
      outcome: 'Skipped',
      code: 'NotInSystemsManager',
      reason: `Systems Manager refused to send ${verb}: it does not know the host any more`,
      step: 'Over',
      finishedAt: now(),
    });
  }
  for (const commandId of all) await putCommandAlias(commandId, held.rolloutId);
  const written = await putWait({ ...wait, data: { ...data, commandIds: all, complete: true } });
  await evaluate(written, 'begin');
  return { verdict: 'sent', reason: `${verb} sent in ${all.length} commands` };
}
