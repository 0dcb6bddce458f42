// Sends one document to any number of hosts, around those that nothing can be sent to.

import { SEND_COMMAND_INSTANCES_MAX, sendDocument, type Verb } from './documents.ts';

/** One command and the hosts it went to. */
export interface SentCommand {
  readonly commandId: string;
  readonly ec2InstanceIds: readonly string[];
}

/** One host that IAM lets nothing be sent to, and how it says so. */
export interface DeniedHost {
  readonly ec2InstanceId: string;
  readonly error: Error;
}

async function sendOrNot(...send: Parameters<typeof sendDocument>) {
  try {
    return await sendDocument(...send);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AccessDeniedException')) throw error;
    return { kind: 'denied' as const, error };
  }
}

/** Refusals before the first command after which it must be the role: a whole batch has been taken apart by then. */
const DENIALS_MAX = 2 * SEND_COMMAND_INSTANCES_MAX;

/**
 * Sends one document to any number of hosts, in as few commands as possible. One id that Systems Manager does not
 * know, or that IAM denies for want of the tag that roles ask for, refuses the whole call, so a refused batch is
 * halved until the culprits stand alone.
 *
 * @returns The commands in the order of the ids.
 * @throws {Error} As IAM says it, when it denies so much that not the hosts but the role must be wrong.
 */
export async function sendDocumentToAll(
  verb: Verb,
  ec2InstanceIds: readonly string[],
  parameters: Readonly<Record<string, string>>,
  comment: string,
): Promise<{ commands: SentCommand[]; unknown: string[]; denied: DeniedHost[] }> {
  const commands: SentCommand[] = [];
  const unknown: string[] = [];
  const denied: DeniedHost[] = [];
  let denials = 0;
  const whole: string[][] = [];
  const parts: string[][] = [];
  for (let index = 0; index < ec2InstanceIds.length; index += SEND_COMMAND_INSTANCES_MAX) {
    whole.push(ec2InstanceIds.slice(index, index + SEND_COMMAND_INSTANCES_MAX));
  }
  // Whole batches first: one that is accepted shows that the role may send.
  const next = () => whole.shift() ?? parts.shift();
  for (let batch = next(); batch; batch = next()) {
    const [ec2InstanceId = ''] = batch;
    const sent = await sendOrNot(verb, batch, parameters, comment);
    if (sent.kind === 'sent') {
      commands.push({ commandId: sent.commandId, ec2InstanceIds: batch });
      continue;
    }
    if (sent.kind === 'denied') denials++;
    if (sent.kind === 'denied' && denials >= DENIALS_MAX && commands.length === 0) throw sent.error;
    const half = Math.ceil(batch.length / 2);
    if (batch.length > 1) parts.unshift(batch.slice(0, half), batch.slice(half));
    else if (sent.kind === 'denied') denied.push({ ec2InstanceId, error: sent.error });
    else unknown.push(ec2InstanceId);
  }
  const turn = new Map(ec2InstanceIds.map((id, index) => [id, index]));
  const turnOf = (one: SentCommand) => turn.get(one.ec2InstanceIds[0] ?? '') ?? 0;
  return { commands: commands.sort((a, b) => turnOf(a) - turnOf(b)), unknown, denied };
}
