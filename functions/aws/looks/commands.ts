// Looks whether every host has said which updates it is offered, and writes down what each of them said.

import { now } from '../clock.ts';
import { type Answer, readAnswers } from '../documents.ts';
import type { InstanceRecord } from '../instance-record.ts';
import { noteBeforeTurn } from '../instance-store.ts';
import { inParallel } from '../parallel.ts';
import { noteCollected, type Wait } from '../wait-store.ts';
import type { Look, Trigger } from '../waits.ts';

/** What the wait for a batch of commands carries. */
export interface CommandsData {
  readonly commandIds: readonly string[];
  /** False while the commands are still being sent. */
  readonly complete: boolean;
}

/** Parallel writes to the record. */
const WRITES_MAX = 25;

function isOverdue(wait: Wait): boolean {
  return now() > wait.deadlineAt;
}

function collected(wait: Wait, commandId: string): boolean {
  return wait.hints?.has(commandId) ?? false;
}

/**
 * Writes down what the hosts of one command said, once all of them have answered or the time is over. Each command is
 * written down by itself: going through all answers at the end of every command would cost the square of the fleet.
 *
 * @returns The wait as it is afterwards. Safe to repeat.
 */
export async function collectCommand(wait: Wait, commandId: string): Promise<Wait> {
  const { complete } = wait.data as unknown as CommandsData;
  // Whoever sends writes the wait anew when all are sent, and looks once more: nothing is noted before.
  if (!complete || collected(wait, commandId)) return wait;
  const answers = await readAnswers(commandId);
  const isPending =
    answers.size === 0 || [...answers.values()].some(({ kind }) => kind === 'pending');
  if (isPending && !isOverdue(wait)) return wait;
  await noteChecks(wait, answers);
  return (await noteCollected(wait, commandId)) ?? wait;
}

/** An event is about one command, which is collected before anybody looks; nobody else knows which one to ask for. */
export async function lookAtCommands(given: Wait, trigger: Trigger): Promise<Look> {
  const { commandIds, complete } = given.data as unknown as CommandsData;
  if (!complete && !isOverdue(given)) {
    return { kind: 'pending', reason: 'check is still being sent' };
  }
  let wait = given;
  if (trigger !== 'event') {
    for (const commandId of commandIds) wait = await collectCommand(wait, commandId);
  }
  const missing = commandIds.filter((commandId) => !collected(wait, commandId)).length;
  return missing > 0
    ? {
        kind: 'pending',
        reason: `${missing} of ${commandIds.length} commands check are not over`,
      }
    : { kind: 'held', output: { commands: commandIds.length } };
}

function whyNot(answer: Exclude<Answer, { kind: 'report' }>): string {
  return answer.kind === 'pending' ? 'the host did not answer in time' : answer.reason;
}

function skip(code: string, reason: string): Partial<InstanceRecord> {
  return { outcome: 'Skipped', code, reason, step: 'Over', finishedAt: now() };
}

async function noteChecks(wait: Wait, answers: ReadonlyMap<string, Answer>): Promise<void> {
  await inParallel([...answers], WRITES_MAX, ([id, answer]) => noteCheck(wait, id, answer));
}

async function noteCheck(wait: Wait, ec2InstanceId: string, answer: Answer): Promise<void> {
  if (answer.kind !== 'report') {
    await noteBeforeTurn(
      wait,
      ec2InstanceId,
      skip('CheckFailed', `check failed: ${whyNot(answer)}`),
    );
    return;
  }
  const { report } = answer;
  const { bootId, os, update, settings } = report;
  await noteBeforeTurn(wait, ec2InstanceId, {
    code: 'Checked',
    reason: 'asked, not judged yet',
    image: `${os.variant}/${os.arch}`,
    fromVersion: os.version,
    bootIdBefore: bootId,
    // Both ends of a long list: the newest to go to, the nearest to step to.
    available: [...new Set([...update.available, ...(update.next ?? [])])],
    posture: 'posture' in report ? report.posture : undefined,
    updateState: update.state ?? undefined,
    // The settings as they were before we touched anything: what `status` and `cancel` put back.
    saved: settings,
  });
}
