// Looks whether every host has answered a batch of commands, and writes down what each of them said.

import { tasksIn } from '../../core/room.ts';
import { now } from '../clock.ts';
import { type Answer, readAnswers } from '../documents.ts';
import type { InstanceRecord } from '../instance-record.ts';
import { readInstance, updateInstance } from '../instance-store.ts';
import { inParallel } from '../parallel.ts';
import type { Wait } from '../wait-store.ts';
import type { Look } from '../waits.ts';

/** What a batch wait carries. */
export interface CommandsData {
  readonly verb: 'check' | 'prepare';
  readonly commandIds: readonly string[];
  /** False while the commands are still being sent. */
  readonly complete: boolean;
}

/** Parallel writes to the record. */
const WRITES_MAX = 25;

export async function lookAtCommands(wait: Wait): Promise<Look> {
  const { verb, commandIds, complete } = wait.data as unknown as CommandsData;
  const overdue = now() > wait.deadlineAt;
  if (!complete && !overdue) return { kind: 'pending', reason: `${verb} is still being sent` };
  const answers: [string, Answer][] = [];
  for (const commandId of commandIds) {
    const batch = [...(await readAnswers(commandId))];
    const pending = batch.filter(([, answer]) => answer.kind === 'pending').length;
    if (pending > 0 && !overdue) {
      return { kind: 'pending', reason: `${pending} hosts have not answered ${verb} yet` };
    }
    answers.push(...batch);
  }
  if (answers.length === 0 && commandIds.length > 0 && !overdue) {
    return { kind: 'pending', reason: 'Systems Manager does not list the commands yet' };
  }
  await inParallel(answers, WRITES_MAX, ([ec2InstanceId, answer]) =>
    verb === 'check'
      ? noteCheck(wait, ec2InstanceId, answer)
      : notePrepare(wait, ec2InstanceId, answer),
  );
  const failed = answers.filter(([, answer]) => answer.kind !== 'report').length;
  return { kind: 'held', output: { answered: answers.length, failed } };
}

function whyNot(answer: Exclude<Answer, { kind: 'report' }>): string {
  return answer.kind === 'failed' ? answer.reason : 'the host did not answer in time';
}

function skip(code: string, reason: string): Partial<InstanceRecord> {
  return { outcome: 'Skipped', code, reason, step: 'Over', finishedAt: now() };
}

async function noteCheck(wait: Wait, ec2InstanceId: string, answer: Answer): Promise<void> {
  if (answer.kind !== 'report') {
    await updateInstance(
      wait,
      ec2InstanceId,
      skip('CheckFailed', `check failed: ${whyNot(answer)}`),
    );
    return;
  }
  const { report } = answer;
  const { bootId, os, update, settings } = report;
  await updateInstance(wait, ec2InstanceId, {
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

async function notePrepare(wait: Wait, ec2InstanceId: string, answer: Answer): Promise<void> {
  const { wave, expectedSeconds, moving, direction, fromVersion } = await readInstance(
    wait.rolloutId,
    ec2InstanceId,
  );
  if (answer.kind !== 'report') {
    await updateInstance(
      wait,
      ec2InstanceId,
      direction === 'back'
        ? {
            ...skip('PrepareFailed', `still on ${fromVersion}, no way back: ${whyNot(answer)}`),
            outcome: 'Failed',
          }
        : skip('PrepareFailed', `prepare failed, it never left service: ${whyNot(answer)}`),
      direction === 'back' ? { state: 'FAILED' } : undefined,
    );
    return;
  }
  await updateInstance(
    wait,
    ec2InstanceId,
    { step: 'Prepared', bootIdBefore: answer.report.bootId },
    {
      state: 'WAITING',
      wave: wave ?? 0,
      expectedSeconds: expectedSeconds ?? 0,
      moves: tasksIn(moving ?? []),
    },
  );
}
