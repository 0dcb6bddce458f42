// Carries out one step of an undo: reads the world, asks the core, acts once, writes down what was done.

import type { Outcome } from '../core/model.ts';
import { judgePosture, type PosturePolicy, postureCanFail } from '../core/posture.ts';
import { decideUndo } from '../core/undo.ts';
import type { HostFacts, UndoAction, UndoFacts } from '../core/undo-facts.ts';
import { now } from './clock.ts';
import { type Answer, readAnswer, sendDocument } from './documents.ts';
import { isTerminated, rebootHost } from './ec2.ts';
import {
  deregister,
  describeContainerInstance,
  registrationsOf,
  setContainerInstanceState,
  unmarkOwned,
} from './ecs.ts';
import type { InstanceRecord } from './instance-record.ts';
import { readInstance, updateInstance } from './instance-store.ts';
import { requireLease } from './lease.ts';
import { log } from './log.ts';
import { missingDaemons } from './looks/confirm.ts';
import { putBackProtection } from './protection.ts';
import { readReplacement, replaceHost } from './replacement.ts';
import { type Rollout, readRollout } from './rollout-record.ts';

export interface Undoing {
  readonly rolloutId: string;
  readonly clusterArn: string;
  readonly fence: number;
  readonly ec2InstanceId: string;
  readonly containerInstanceArn: string;
}

export type Undone =
  | { readonly verdict: 'undone'; readonly outcome: Outcome; readonly reason: string }
  | { readonly verdict: 'undoing'; readonly seconds: number; readonly reason: string };

/** A question without an answer for so long is asked again; delivery itself gives up after 120 seconds. */
const ANSWER_LOST_AFTER_MILLISECONDS = 150_000;
const LOOK_AGAIN_SECONDS = 20;
/** Seconds after which a rollback command that arrives late does nothing. */
const NOT_AFTER_SECONDS = 180;
/** Seconds the rollback's download may take on the host. */
const ROLL_BACK_SECONDS = 900;

function reachedBy(record: InstanceRecord): UndoFacts['reached'] {
  if (record.returnedAt !== undefined) return 'returned';
  if (record.rebootSentAt !== undefined) return 'rebooting';
  return record.drainedAt !== undefined ? 'draining' : 'nothing';
}

/** On the way back the old version is taken as it is; and what can fail nothing need not be asked. */
function posturePolicy(rollout: Rollout, record: InstanceRecord): PosturePolicy | undefined {
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

async function askedHost(record: InstanceRecord, policy?: PosturePolicy): Promise<HostFacts> {
  const { probeCommandId, probeSentAt = 0, unreachable } = record.undo ?? {};
  if (unreachable !== undefined) return { kind: 'silent', reason: unreachable };
  if (probeCommandId === undefined) return { kind: 'not-asked' };
  const answer = await readAnswer(probeCommandId, record.ec2InstanceId);
  if (answer.kind === 'report') {
    const { bootId, os, update } = answer.report;
    return {
      kind: 'answered',
      bootId,
      version: os.version,
      updateState: update.state,
      postureFailure: postureFailure(answer.report, policy),
    };
  }
  if (answer.kind === 'failed') return { kind: 'silent', reason: answer.reason };
  return now() - probeSentAt > ANSWER_LOST_AFTER_MILLISECONDS
    ? { kind: 'silent', reason: 'no answer from its SSM agent' }
    : { kind: 'asked', sentAt: probeSentAt };
}

/** Writes the intent of an action, with when it is done. */
async function note(
  undoing: Undoing,
  record: InstanceRecord,
  action: UndoAction,
  more: Partial<InstanceRecord['undo']> = {},
): Promise<InstanceRecord> {
  const undo = record.undo ?? { error: '', because: '', beganAt: now(), done: {} };
  return updateInstance(undoing, undoing.ec2InstanceId, {
    undo: { ...undo, ...more, done: { ...undo.done, [action]: now() } },
  });
}

function restoring(record: InstanceRecord): Record<string, string> {
  return {
    RestoreVersionLock: record.saved?.versionLock ?? 'keep',
    RestoreIgnoreWaves: record.saved === undefined ? 'keep' : String(record.saved.ignoreWaves),
  };
}

/** The update settings as they were; a host that never rebooted gets them back when the rollout closes. */
async function restoreSettings(
  undoing: Undoing,
  record: InstanceRecord,
  host: HostFacts,
): Promise<void> {
  const version = host.kind === 'answered' ? host.version : record.fromVersion;
  const parameters = { ...restoring(record), ExpectVersion: version ?? '' };
  const comment = `rollout ${undoing.rolloutId}: settings put back`;
  await sendDocument('status', [undoing.ec2InstanceId], parameters, comment);
}

async function act(
  undoing: Undoing,
  record: InstanceRecord,
  action: UndoAction,
  posture: PosturePolicy | undefined,
): Promise<void> {
  const { ec2InstanceId, rolloutId } = undoing;
  const host = await askedHost(record);
  const bootId = host.kind === 'answered' ? host.bootId : (record.bootIdBefore ?? '');
  await note(undoing, record, action, {
    probeCommandId: undefined,
    probeSentAt: undefined,
    unreachable: undefined,
  });
  switch (action) {
    case 'ask-host': {
      const parameters = {
        ...restoring(record),
        ExpectVersion: record.fromVersion ?? '',
        ReportPosture: String(posture !== undefined),
      };
      const sent = await sendDocument(
        'status',
        [ec2InstanceId],
        parameters,
        `rollout ${rolloutId}: undo`,
      );
      await note(undoing, record, action, {
        ...(sent.kind === 'sent'
          ? { probeCommandId: sent.commandId, unreachable: undefined }
          : { probeCommandId: undefined, unreachable: 'Systems Manager has lost its connection' }),
        probeSentAt: now(),
      });
      return;
    }
    case 'cancel': {
      const parameters = { BootId: bootId, ...restoring(record) };
      await sendDocument('cancel', [ec2InstanceId], parameters, `rollout ${rolloutId}: cancel`);
      return;
    }
    case 'roll-back': {
      const notAfter = Math.floor(now() / 1000) + NOT_AFTER_SECONDS + ROLL_BACK_SECONDS;
      await sendDocument(
        'roll-back',
        [ec2InstanceId],
        {
          BootId: bootId,
          TargetVersion: record.fromVersion ?? '',
          NotAfterEpochSeconds: String(notAfter),
          Route: 'version-lock',
          TimeoutSeconds: String(ROLL_BACK_SECONDS),
        },
        `rollout ${rolloutId}: roll back`,
      );
      return;
    }
    case 'reboot-host':
      await rebootHost(ec2InstanceId);
      return;
    case 'replace-host':
      await replaceHost(undoing, record);
      return;
    case 'return-to-service':
      await putBackProtection(undoing, record);
      if (record.rebootSentAt !== undefined) await restoreSettings(undoing, record, host);
      await setContainerInstanceState(undoing.clusterArn, undoing.containerInstanceArn, 'ACTIVE');
      await unmarkOwned(undoing.clusterArn, undoing.containerInstanceArn);
      return;
  }
}

/** Looked at only while its agent is away: that is when ECS learns of neither. */
async function obsolete(
  { clusterArn, containerInstanceArn, ec2InstanceId }: Undoing,
  { agentConnected }: { readonly agentConnected: boolean },
): Promise<'terminated' | 'registered-anew' | undefined> {
  if (agentConnected) return undefined;
  if (await isTerminated(ec2InstanceId)) return 'terminated';
  const registered = await registrationsOf(clusterArn, ec2InstanceId);
  return registered.some((arn) => arn !== containerInstanceArn) ? 'registered-anew' : undefined;
}

/** Its own execution may have died before it could see to the end what it had done. */
async function confirmed(
  { clusterArn, containerInstanceArn }: Undoing,
  record: InstanceRecord,
  seen: { readonly status: string; readonly agentConnected: boolean } | undefined,
): Promise<boolean> {
  if (reachedBy(record) !== 'returned') return false;
  if (seen?.status !== 'ACTIVE' || !seen.agentConnected) return false;
  const missing = await missingDaemons(clusterArn, containerInstanceArn, record.daemons ?? []);
  return missing.length === 0;
}

async function facts(
  undoing: Undoing,
  rollout: Rollout,
  record: InstanceRecord,
): Promise<UndoFacts> {
  const seen = await describeContainerInstance(undoing.clusterArn, undoing.containerInstanceArn);
  return {
    now: now(),
    ec2InstanceId: undoing.ec2InstanceId,
    cause: { error: record.undo?.error ?? '', reason: record.undo?.because ?? '' },
    reached: reachedBy(record),
    instance: seen && {
      status: seen.status,
      owned: seen.drainedBy === undoing.rolloutId,
      agentConnected: seen.agentConnected,
      obsolete: await obsolete(undoing, seen),
    },
    confirmed: await confirmed(undoing, record, seen),
    host: await askedHost(record, posturePolicy(rollout, record)),
    bootIdBefore: record.bootIdBefore ?? '',
    fromVersion: record.fromVersion ?? '',
    toVersion: record.toVersion ?? '',
    notAfterAt: record.notAfterAt ?? 0,
    rebootSentAt: record.rebootSentAt,
    beganAt: record.undo?.beganAt ?? now(),
    done: record.undo?.done ?? {},
    replacement: await readReplacement(undoing.clusterArn, record),
    decided: record.undo?.decided,
    policy: {
      rebootDead: rollout.policy.rollback.rebootDead,
      replaceDead: rollout.policy.rollback.replaceDead,
      // On the way back there is nothing to roll back to: the version it came from is the one that failed.
      onVerifyFailure: rollout.policy.rollback.onVerifyFailure && record.direction !== 'back',
    },
  };
}

/**
 * One step. Safe to repeat at any point: the next step is decided from the world, not from what was meant.
 *
 * @param cause The error that led here; kept from the first call.
 */
export async function undoOnce(
  undoing: Undoing,
  cause: { readonly error: string; readonly reason: string },
): Promise<Undone> {
  await requireLease(undoing);
  const rollout = await readRollout(undoing.rolloutId);
  let record = await readInstance(undoing.rolloutId, undoing.ec2InstanceId);
  if (record.outcome !== undefined) {
    return { verdict: 'undone', outcome: record.outcome, reason: record.reason };
  }
  if (record.undo === undefined) {
    record = await updateInstance(undoing, undoing.ec2InstanceId, {
      step: 'Undoing',
      reason: cause.reason,
      undo: { error: cause.error, because: cause.reason, beganAt: now(), done: {} },
    });
  }
  const step = decideUndo(await facts(undoing, rollout, record));
  log.info('undo', { ...undoing, step });
  switch (step.kind) {
    case 'over':
      return { verdict: 'undone', outcome: step.outcome, reason: step.reason };
    case 'deregister':
      await deregister(undoing.clusterArn, undoing.containerInstanceArn);
      return { verdict: 'undone', outcome: step.outcome, reason: step.reason };
    case 'return': {
      const { outcome, reason } = step;
      record = await note(undoing, record, 'return-to-service', { decided: { outcome, reason } });
      await act(undoing, record, 'return-to-service', undefined);
      return { verdict: 'undone', outcome, reason };
    }
    case 'act':
      await act(undoing, record, step.action, posturePolicy(rollout, record));
      return { verdict: 'undoing', seconds: LOOK_AGAIN_SECONDS, reason: step.reason };
    case 'wait':
      return { verdict: 'undoing', seconds: step.seconds, reason: step.reason };
  }
}
