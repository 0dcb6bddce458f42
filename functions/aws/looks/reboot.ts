// Looks whether a host has rebooted into the update, by asking the host itself once it can answer.

import type { HostPosture } from '../../core/host-report.ts';
import { judgePosture, type PosturePolicy, wantsPosture } from '../../core/posture.ts';
import { judgeReboot, type RebootExpected } from '../../core/reboot.ts';
import { now } from '../clock.ts';
import { type Answer, readAnswer, type SavedSettings, sendDocument } from '../documents.ts';
import { isTerminated } from '../ec2.ts';
import { updateInstance } from '../instance-store.ts';
import { readWait, replaceData, type Wait } from '../wait-store.ts';
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
  /** What the host said on its new boot, before its ECS agent connected. */
  readonly booted?: Booted | undefined;
}

interface Booted {
  readonly bootId: string;
  readonly version: string;
  readonly posture: HostPosture | undefined;
  readonly postureRemarks: readonly string[];
}

/** What an event about the ECS agent adds to the wait for one look; it is not stored as such. */
export interface AgentHint {
  readonly agentAway?: true;
  /** The container instance's version counter with the agent connected. */
  readonly agentBackVersion?: number;
}

/** A wait with what an event about the ECS agent says; none where that agent is away and nobody waits for a boot. */
export function withAgentHint(
  wait: Wait,
  event: { readonly agentConnected?: boolean | undefined; readonly version?: number | undefined },
): Wait[] {
  const isAway = event.agentConnected === false;
  if (wait.kind !== 'reboot') return isAway ? [] : [wait];
  const back = event.version === undefined ? {} : { agentBackVersion: event.version };
  const hint: AgentHint = isAway ? { agentAway: true } : back;
  return [{ ...wait, data: { ...wait.data, ...hint } }];
}

/** The sweep asks, and reads, only after a usual reboot; until then the events come first. */
const UNASKED_PROBE_AFTER_MILLISECONDS = 120_000;
/** Stands for the id of a probe that is being sent. */
const SENDING = 'sending';
/** Nothing reboots quicker: an event that comes earlier is about something else. */
const REBOOT_MILLISECONDS_MIN = 12_000;
/** The script takes that long until it reboots: an agent that is away earlier has flapped. */
const DOWN_MILLISECONDS_MIN = 5000;
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
  trigger: Trigger,
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
  const { bootId, os } = report;
  const said: Booted = { bootId, version: os.version, posture, postureRemarks: remarks };
  if (data.agentConnectedVersion !== undefined || trigger !== 'event') return held(data, said);
  const noted = await replaceData(wait, { ...data, booted: said });
  return noted ? { kind: 'pending', reason: AGENT_AWAY } : lookAnew(wait, {}, trigger);
}

const AGENT_AWAY = 'the host has booted, its ECS agent is not connected';

function held({ agentConnectedVersion }: RebootData, said: Booted): Look {
  return { kind: 'held', output: { ...said, agentConnectedVersion } };
}

/** Somebody else was quicker to change the wait. */
async function lookAnew(wait: Wait, hint: AgentHint, trigger: Trigger): Promise<Look> {
  const now = await readWait(wait.subject, 'reboot');
  if (now?.token !== wait.token) return { kind: 'pending', reason: 'somebody else waits by now' };
  return lookAtReboot({ ...now, data: { ...now.data, ...hint } }, trigger);
}

/** Events come in any order: what the host says and that its agent is back are both kept until the other is known. */
async function agentIsBack(wait: Wait, data: RebootData, trigger: Trigger): Promise<Look> {
  if (data.booted) return held(data, data.booted);
  const { agentConnectedVersion = 0 } = data;
  const before = wait.data as unknown as RebootData;
  // Also where our own write was answered as lost: it is there, and to write it again would be answered so for ever.
  const isNoted = before.agentConnectedVersion === agentConnectedVersion;
  const noted = isNoted || (await replaceData(wait, { ...data }));
  if (!noted) return lookAnew(wait, { agentBackVersion: agentConnectedVersion }, trigger);
  return { kind: 'pending', reason: 'the host has not answered yet' };
}

/**
 * The host is asked when its ECS agent goes away: Systems Manager keeps the command until its own agent is back, which
 * is mostly earlier than the ECS agent. Where that event is missing, it is asked when the ECS agent is back.
 */
async function ask(wait: Wait, data: RebootData, trigger: Trigger, away: boolean): Promise<Look> {
  const age = now() - data.rebootSentAt;
  const soon = away ? DOWN_MILLISECONDS_MIN : REBOOT_MILLISECONDS_MIN;
  const least = trigger === 'event' ? soon : UNASKED_PROBE_AFTER_MILLISECONDS;
  if (age < least) return { kind: 'pending', reason: 'the host is rebooting' };
  // Systems Manager takes minutes to notice, and Auto Scaling may have replaced it meanwhile.
  if (trigger === 'sweep' && (await isTerminated(wait.ec2InstanceId ?? ''))) {
    const cause = `${wait.ec2InstanceId} was terminated while it rebooted`;
    return { kind: 'failed', error: 'InstanceGone', cause };
  }
  return probe(wait, data);
}

export async function lookAtReboot(wait: Wait, trigger: Trigger): Promise<Look> {
  const {
    agentAway = false,
    agentBackVersion,
    ...stored
  } = wait.data as unknown as RebootData & AgentHint;
  const data: RebootData =
    agentBackVersion === undefined
      ? stored
      : { ...stored, agentConnectedVersion: agentBackVersion };
  const at = now();
  if (data.probeCommandId === undefined) {
    return ask(wait, data, trigger, agentAway);
  }
  if (agentAway) return { kind: 'pending', reason: 'the host goes down' };
  if (agentBackVersion !== undefined && at - data.rebootSentAt >= REBOOT_MILLISECONDS_MIN) {
    return agentIsBack(wait, data, trigger);
  }
  if (data.booted) {
    return trigger === 'sweep' ? held(data, data.booted) : { kind: 'pending', reason: AGENT_AWAY };
  }
  const isEarly = trigger === 'sweep' && at - data.rebootSentAt < UNASKED_PROBE_AFTER_MILLISECONDS;
  const answer: Answer =
    data.probeCommandId === SENDING || isEarly
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
      return booted(wait, data, answer.report, trigger);
    case 'not-yet':
      return forgetProbe(wait, data, verdict.reason);
    case 'never':
      return { kind: 'failed', error: 'RebootTimedOut', cause: verdict.reason };
    case 'fell-back':
      return { kind: 'failed', error: 'FellBack', cause: verdict.reason };
    case 'rebooted-before':
      return { kind: 'failed', error: 'RebootedBefore', cause: verdict.reason };
    case 'wrong-version':
      return { kind: 'failed', error: 'WrongVersion', cause: verdict.reason };
  }
}
