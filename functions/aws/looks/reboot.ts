// Looks whether a host has rebooted into the update, by asking the host itself once it can answer.

import { judgePosture, type PosturePolicy, wantsPosture } from '../../core/posture.ts';
import { judgeReboot, type RebootExpected } from '../../core/reboot.ts';
import { now } from '../clock.ts';
import { type Answer, readAnswer, type SavedSettings, sendDocument } from '../documents.ts';
import { isTerminated } from '../ec2.ts';
import { updateInstance } from '../instance-store.ts';
import { replaceData, type Wait } from '../wait-store.ts';
import type { Look, Trigger } from '../waits.ts';

/** What a reboot wait carries. */
export interface RebootData extends RebootExpected {
  readonly saved: SavedSettings;
  readonly rebootSentAt: number;
  /** The container instance's version counter when its agent's event came: a hint for the look that follows. */
  readonly agentConnectedVersion?: number | undefined;
  /** Absent where nothing could follow from it. */
  readonly posture?: PosturePolicy | undefined;
  readonly probeCommandId?: string | undefined;
  readonly probeSentAt?: number | undefined;
}

/** The sweep asks on its own only after a usual reboot; until then the agent's own event comes first. */
const UNASKED_PROBE_AFTER_MILLISECONDS = 120_000;
/** Stands for the id of a probe that is being sent. */
const SENDING = 'sending';
/** Nothing reboots quicker: an event that comes earlier is about something else. */
const REBOOT_MILLISECONDS_MIN = 12_000;
/** A probe without an answer for so long was lost; delivery itself gives up after 120 seconds. */
const PROBE_LOST_AFTER_MILLISECONDS = 180_000;

/** Claimed before it is sent: two events at once must not ask the host twice. */
async function probe(wait: Wait, data: RebootData): Promise<Look> {
  const claim: RebootData = { ...data, probeCommandId: SENDING, probeSentAt: now() };
  const claimed = await replaceData(wait, { ...claim });
  if (!claimed) return { kind: 'pending', reason: 'somebody else is asking the host' };
  const sent = await sendDocument(
    'status',
    [wait.ec2InstanceId ?? ''],
    {
      RestoreVersionLock: data.saved.versionLock,
      RestoreIgnoreWaves: String(data.saved.ignoreWaves),
      ExpectVersion: data.toVersion,
      ReportPosture: String(data.posture !== undefined && wantsPosture(data.posture)),
    },
    `rollout ${wait.rolloutId}: after reboot`,
  );
  if (sent.kind === 'unknown-instance') {
    return forgetProbe(claimed, claim, 'Systems Manager does not know the host at the moment');
  }
  await replaceData(claimed, { ...claim, probeCommandId: sent.commandId });
  return { kind: 'pending', reason: 'the host was asked for its version' };
}

async function forgetProbe(wait: Wait, data: RebootData, reason: string): Promise<Look> {
  const { probeCommandId: _, probeSentAt: __, ...rest } = data;
  await replaceData(wait, rest);
  return { kind: 'pending', reason };
}

/** The new boot and the exact version: now what protects the host. */
async function booted(
  wait: Wait,
  data: RebootData,
  report: Extract<Answer, { kind: 'report' }>['report'],
): Promise<Look> {
  const posture = 'posture' in report ? report.posture : undefined;
  const { failures, remarks } = data.posture
    ? judgePosture(posture, data.posture)
    : { failures: [], remarks: [] };
  if (failures.length > 0) {
    await updateInstance(wait, wait.ec2InstanceId ?? '', { posture, postureRemarks: failures });
    const cause = `on ${report.os.version} ${failures.join(' and ')}`;
    return { kind: 'failed', error: 'PostureFailed', cause };
  }
  return {
    kind: 'held',
    output: {
      bootId: report.bootId,
      version: report.os.version,
      agentConnectedVersion: data.agentConnectedVersion,
      posture,
      postureRemarks: remarks,
    },
  };
}

export async function lookAtReboot(wait: Wait, trigger: Trigger): Promise<Look> {
  const data = wait.data as unknown as RebootData;
  const at = now();
  if (data.probeCommandId === undefined) {
    const age = at - data.rebootSentAt;
    const least = trigger === 'event' ? REBOOT_MILLISECONDS_MIN : UNASKED_PROBE_AFTER_MILLISECONDS;
    if (age < least) return { kind: 'pending', reason: 'the host is rebooting' };
    // Systems Manager takes minutes to notice, and Auto Scaling may have replaced it meanwhile.
    if (trigger === 'sweep' && (await isTerminated(wait.ec2InstanceId ?? ''))) {
      const cause = `${wait.ec2InstanceId} was terminated while it rebooted`;
      return { kind: 'failed', error: 'InstanceGone', cause };
    }
    return probe(wait, data);
  }
  const answer: Answer =
    data.probeCommandId === SENDING
      ? { kind: 'pending' }
      : await readAnswer(data.probeCommandId, wait.ec2InstanceId ?? '');
  if (answer.kind === 'pending') {
    return at - (data.probeSentAt ?? 0) > PROBE_LOST_AFTER_MILLISECONDS
      ? forgetProbe(wait, data, 'the host was asked for its version and did not answer')
      : { kind: 'pending', reason: 'the host has not answered yet' };
  }
  if (answer.kind !== 'report') return forgetProbe(wait, data, answer.reason);
  const verdict = judgeReboot(answer.report, data, at);
  switch (verdict.kind) {
    case 'booted':
      return booted(wait, data, answer.report);
    case 'not-yet':
      return forgetProbe(wait, data, verdict.reason);
    case 'never':
      return { kind: 'failed', error: 'RebootTimedOut', cause: verdict.reason };
    case 'fell-back':
      return { kind: 'failed', error: 'FellBack', cause: verdict.reason };
    case 'wrong-version':
      return { kind: 'failed', error: 'WrongVersion', cause: verdict.reason };
  }
}
