// Reads what a host answered when its undo asked it, or why it did not.

import { judgePosture, type PosturePolicy, postureCanFail } from '../core/posture.ts';
import { upSinceAtMost } from '../core/reboot.ts';
import { sameSettings } from '../core/settings-owed.ts';
import type { HostFacts } from '../core/undo-facts.ts';
import { now } from './clock.ts';
import { type Answer, readAnswer, type SavedSettings } from './documents.ts';
import type { InstanceRecord } from './instance-record.ts';
import type { Rollout } from './rollout-record.ts';

/** A question without an answer for so long is asked again; delivery itself gives up after 120 seconds. */
const ANSWER_LOST_AFTER_MILLISECONDS = 150_000;

/** On the way back the old version is taken as it is; and what can fail nothing need not be asked. */
export function posturePolicy(rollout: Rollout, record: InstanceRecord): PosturePolicy | undefined {
  const { posture } = rollout.policy;
  return record.direction !== 'back' && postureCanFail(posture) ? posture : undefined;
}

function postureFailure(
  report: Extract<Answer, { kind: 'report' }>['report'],
  policy: PosturePolicy | undefined,
): string | undefined {
  const posture = 'posture' in report ? report.posture : undefined;
  if (!policy || !posture) return undefined;
  const { failures } = judgePosture(posture, policy);
  return failures.length === 0 ? undefined : failures.join(' and ');
}

/** What an answer, or its absence, says of the host that was asked. */
export function hostFacts(
  answer: Answer,
  asked: { readonly sentAt: number; readonly saved: SavedSettings | undefined },
  policy?: PosturePolicy,
): HostFacts {
  if (answer.kind === 'report') {
    const { report } = answer;
    const { bootId, os, update, settings } = report;
    const uptimeSeconds = 'uptimeSeconds' in report ? report.uptimeSeconds : undefined;
    return {
      kind: 'answered',
      bootId,
      version: os.version,
      updateState: update.state,
      upSinceAt: upSinceAtMost(uptimeSeconds, now()),
      postureFailure: postureFailure(report, policy),
      restored: asked.saved !== undefined && sameSettings(settings, asked.saved),
    };
  }
  if (answer.kind === 'failed') return { kind: 'silent', reason: answer.reason };
  if (answer.kind === 'unclear') return { kind: 'unclear', reason: answer.reason };
  return now() - asked.sentAt > ANSWER_LOST_AFTER_MILLISECONDS
    ? { kind: 'silent', reason: 'no answer from its SSM agent' }
    : { kind: 'asked', sentAt: asked.sentAt };
}

export async function askedHost(
  record: InstanceRecord,
  policy?: PosturePolicy,
): Promise<HostFacts> {
  const { probeCommandId, probeSentAt: sentAt = 0, unreachable } = record.undo ?? {};
  if (unreachable !== undefined) return { kind: 'silent', reason: unreachable };
  if (probeCommandId === undefined) return { kind: 'not-asked' };
  const answer = await readAnswer(probeCommandId, record.ec2InstanceId);
  return hostFacts(answer, { sentAt, saved: record.saved }, policy);
}
