// Finds out what became of the reboot command of a host that has not rebooted: whether it took it, or why it did not.

import type { UndoFacts } from '../core/undo-facts.ts';
import { now } from './clock.ts';
import { readAnswer } from './documents.ts';
import { orNothing } from './explanation.ts';
import type { InstanceRecord } from './instance-record.ts';
import { commandsSince } from './traces.ts';

/** What is said of the command, and whether its host may have begun to reboot. */
export interface RebootFate {
  readonly text: string;
  readonly isTaken: boolean;
}

async function fateOf(commandId: string, ec2InstanceId: string): Promise<RebootFate> {
  const answer = await readAnswer(commandId, ec2InstanceId);
  switch (answer.kind) {
    case 'pending':
      return { text: 'the reboot command has no answer yet', isTaken: true };
    case 'failed':
      return { text: `the reboot command did not run: ${answer.reason}`, isTaken: false };
    case 'unclear':
      return { text: `the reboot command ended without it: ${answer.reason}`, isTaken: true };
    case 'report': {
      const { report } = answer;
      const text = report.reason || 'its host took the reboot command and did not reboot';
      return { text, isTaken: 'acted' in report && report.acted };
    }
  }
}

/**
 * @returns Undefined while the command may still be at work, for a host that has rebooted, and where Systems Manager does
 *   not answer.
 */
export async function fateOfReboot(
  { ec2InstanceId, rebootSentAt, bootIdBefore, notAfterAt = 0 }: InstanceRecord,
  host: UndoFacts['host'],
): Promise<RebootFate | undefined> {
  if (rebootSentAt === undefined || now() <= notAfterAt) return undefined;
  if (host.kind !== 'answered' || host.bootId !== bootIdBefore) return undefined;
  return orNothing('reboot command', undefined, async () => {
    const sent = await commandsSince(ec2InstanceId, rebootSentAt);
    const command = sent.find(({ verb }) => verb === 'activate-and-reboot');
    return command
      ? fateOf(command.commandId, ec2InstanceId)
      : { text: 'Systems Manager knows no reboot command for it', isTaken: false };
  });
}
