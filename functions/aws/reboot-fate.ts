// Finds out what became of the reboot command of a host that never rebooted, for the person who reads of it.

import type { UndoFacts } from '../core/undo-facts.ts';
import { now } from './clock.ts';
import { readAnswer } from './documents.ts';
import { orNothing } from './explanation.ts';
import type { InstanceRecord } from './instance-record.ts';
import { commandsSince } from './traces.ts';

async function fateOf(commandId: string, ec2InstanceId: string): Promise<string> {
  const answer = await readAnswer(commandId, ec2InstanceId);
  switch (answer.kind) {
    case 'pending':
      return 'the reboot command has no answer yet';
    case 'failed':
      return `the reboot command did not run: ${answer.reason}`;
    case 'unclear':
      return `the reboot command ended without it: ${answer.reason}`;
    case 'report':
      return answer.report.reason || 'its host took the reboot command and did not reboot';
  }
}

/**
 * @returns Undefined while the command may still be at work, for a host that has rebooted, and where Systems Manager does
 *   not answer.
 */
export async function fateOfReboot(
  { ec2InstanceId, rebootSentAt, bootIdBefore, notAfterAt = 0 }: InstanceRecord,
  host: UndoFacts['host'],
): Promise<string | undefined> {
  if (rebootSentAt === undefined || now() <= notAfterAt) return undefined;
  if (host.kind !== 'answered' || host.bootId !== bootIdBefore) return undefined;
  return orNothing('reboot command', undefined, async () => {
    const sent = await commandsSince(ec2InstanceId, rebootSentAt);
    const command = sent.find(({ verb }) => verb === 'activate-and-reboot');
    return command
      ? fateOf(command.commandId, ec2InstanceId)
      : 'Systems Manager knows no reboot command for it';
  });
}
