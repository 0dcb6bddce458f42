// Carries out one step of an undo: reads the world, asks the core, acts once, writes down what was done.

import type { Outcome } from '../core/model.ts';
import { decideUndo } from '../core/undo.ts';
import type { UndoFacts } from '../core/undo-facts.ts';
import { now } from './clock.ts';
import { readRefusal } from './documents.ts';
import { isTerminated } from './ec2.ts';
import { deregister, describeContainerInstance, UNANSWERED } from './ecs.ts';
import { askedHost, posturePolicy } from './host-facts.ts';
import type { InstanceRecord } from './instance-record.ts';
import { readInstance, updateInstance } from './instance-store.ts';
import { requireLease } from './lease.ts';
import { log } from './log.ts';
import { missingDaemons } from './looks/confirm.ts';
import { obsolete } from './obsolete.ts';
import { fateOfReboot } from './reboot-fate.ts';
import { readReplacement } from './replacement.ts';
import { type Rollout, readRollout } from './rollout-record.ts';
import { commandsSince, homeComment } from './traces.ts';
import { actOnce, noteAction, returnToService, type Undoing } from './undo-acts.ts';

export type Undone =
  | { readonly verdict: 'undone'; readonly outcome: Outcome; readonly reason: string }
  | { readonly verdict: 'undoing'; readonly seconds: number; readonly reason: string };

const LOOK_AGAIN_SECONDS = 20;

function reachedBy(record: InstanceRecord): UndoFacts['reached'] {
  if (record.returnedAt !== undefined) return 'returned';
  if (record.rebootSentAt !== undefined) return 'rebooting';
  return record.drainedAt !== undefined ? 'draining' : 'nothing';
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

async function refusal({ ec2InstanceId, undo }: InstanceRecord): Promise<string | undefined> {
  const commandId = undo?.rollBackCommandId;
  return commandId === undefined ? undefined : readRefusal(commandId, ec2InstanceId);
}

/** ACTIVE without our mark, and not by this undo: Systems Manager remembers whether the sweep had asked its host. */
async function broughtHome(
  { ec2InstanceId, rolloutId, drainedAt, undo }: InstanceRecord,
  seen: { readonly status: string; readonly drainedBy?: string | undefined } | undefined,
): Promise<boolean> {
  if (seen?.status !== 'ACTIVE' || seen.drainedBy !== undefined) return false;
  if (drainedAt === undefined || undo?.done['return-to-service'] !== undefined) return false;
  const sent = await commandsSince(ec2InstanceId, drainedAt);
  return sent.some(({ comment }) => comment === homeComment(rolloutId));
}

function agentAwaySince(
  { undo }: InstanceRecord,
  seen: { readonly agentConnected: boolean } | undefined,
): number | undefined {
  if (!seen || seen.agentConnected) return undefined;
  return undo?.agentAwaySinceAt ?? now();
}

function withAgent(record: InstanceRecord, agentAwaySinceAt: number | undefined): InstanceRecord {
  return record.undo ? { ...record, undo: { ...record.undo, agentAwaySinceAt } } : record;
}

async function facts(
  undoing: Undoing,
  rollout: Rollout,
  record: InstanceRecord,
): Promise<UndoFacts> {
  const seen = await describeContainerInstance(undoing.clusterArn, undoing.containerInstanceArn);
  const host = await askedHost(record, posturePolicy(rollout, record));
  const fate = await fateOfReboot(record, host);
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
    broughtHome: await broughtHome(record, seen),
    confirmed: await confirmed(undoing, record, seen),
    host,
    ec2: await ec2Of(undoing, seen),
    rebootCommand: fate?.text,
    rebootDueAt: fate?.isTaken
      ? (record.rebootSentAt ?? 0) + rollout.policy.reboot.timeoutSeconds * 1000
      : undefined,
    bootIdBefore: record.bootIdBefore ?? '',
    fromVersion: record.fromVersion ?? '',
    toVersion: record.toVersion ?? '',
    notAfterAt: record.notAfterAt ?? 0,
    rebootSentAt: record.rebootSentAt,
    bootedAt: record.bootedAt,
    beganAt: record.undo?.beganAt ?? now(),
    agentAwaySinceAt: agentAwaySince(record, seen),
    unclearAt: record.undo?.unclearAt,
    done: record.undo?.done ?? {},
    replacement: await readReplacement(undoing.clusterArn, record),
    decided: record.undo?.decided,
    rollBackRefused: await refusal(record),
    rollBackUnsent: record.undo?.rollBackCommandId === undefined,
    policy: {
      rebootDead: rollout.policy.rollback.rebootDead,
      replaceDead: rollout.policy.rollback.replaceDead,
      allowAdminContainer: rollout.policy.rollback.allowAdminContainer,
      // On the way back there is nothing to roll back to: the version it came from is the one that failed.
      onVerifyFailure: rollout.policy.rollback.onVerifyFailure && record.direction !== 'back',
    },
  };
}

/** What is left of one that ECS does not know any more. */
async function ec2Of(
  { ec2InstanceId }: Undoing,
  seen: object | undefined,
): Promise<UndoFacts['ec2']> {
  if (seen) return undefined;
  return (await isTerminated(ec2InstanceId)) ? 'terminated' : 'lives';
}

async function noteVersion(undoing: Undoing, host: UndoFacts['host']): Promise<void> {
  if (host.kind !== 'answered') return;
  await updateInstance(undoing, undoing.ec2InstanceId, { heardVersion: host.version });
}

/** An undo has time: what ECS owes an answer for is waited for. */
function ifUnanswered(error: unknown): undefined {
  if (error instanceof Error && error.name === UNANSWERED) return undefined;
  throw error;
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
  const known = await facts(undoing, rollout, record).catch(ifUnanswered);
  if (!known) {
    const reason = 'ECS does not answer for it: looked at again';
    return { verdict: 'undoing', seconds: LOOK_AGAIN_SECONDS, reason };
  }
  const step = decideUndo(known);
  log.info('undo', { ...undoing, step });
  switch (step.kind) {
    case 'over':
      if (step.outcome === 'NeedsAttention') await noteVersion(undoing, known.host);
      return { verdict: 'undone', outcome: step.outcome, reason: step.reason };
    case 'deregister':
      await deregister(undoing.clusterArn, undoing.containerInstanceArn);
      return { verdict: 'undone', outcome: step.outcome, reason: step.reason };
    case 'return': {
      const { outcome, reason } = step;
      const decided = { outcome, reason };
      // What the host has answered stays: should the return fail, it is repeated, and nothing is asked anew.
      const noted = await noteAction(undoing, record, 'return-to-service', { decided });
      await returnToService(undoing, noted, known.host, known.instance?.status === 'ACTIVE');
      return { verdict: 'undone', outcome, reason };
    }
    case 'act':
      await actOnce(
        undoing,
        // Written down with the intent.
        withAgent(record, known.agentAwaySinceAt),
        step.action,
        known.host,
        posturePolicy(rollout, record) !== undefined,
      );
      return { verdict: 'undoing', seconds: LOOK_AGAIN_SECONDS, reason: step.reason };
    case 'wait':
      if (record.undo && record.undo.agentAwaySinceAt !== known.agentAwaySinceAt) {
        const { undo } = withAgent(record, known.agentAwaySinceAt);
        await updateInstance(undoing, undoing.ec2InstanceId, { undo });
      }
      return { verdict: 'undoing', seconds: step.seconds, reason: step.reason };
  }
}
