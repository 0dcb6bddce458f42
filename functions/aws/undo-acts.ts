// What an undo does, one thing at a time: asks the host, takes it back, reboots or replaces it, returns it to service.

import type { HostFacts, UndoAction, UndoDone } from '../core/undo-facts.ts';
import { now } from './clock.ts';
import { sendDocument } from './documents.ts';
import { rebootHost, wasRefused } from './ec2.ts';
import { setContainerInstanceState } from './ecs.ts';
import type { InstanceRecord } from './instance-record.ts';
import { updateInstance } from './instance-store.ts';
import { log } from './log.ts';
import { unmarkOwned } from './marks.ts';
import { putBackProtection } from './protection.ts';
import { replaceHost } from './replacement.ts';

export interface Undoing {
  readonly rolloutId: string;
  readonly clusterArn: string;
  readonly fence: number;
  readonly ec2InstanceId: string;
  readonly containerInstanceArn: string;
}

/** Seconds after which a rollback command that arrives late does nothing. */
const NOT_AFTER_SECONDS = 180;
/** Seconds the rollback's download may take on the host. */
const ROLL_BACK_SECONDS = 900;
/** Seconds the admin container may take to start, its image included, and to flip the partition sets. */
const FLIP_SECONDS = 300;

/** Writes the intent of an action, with when it is done. */
export async function noteAction(
  undoing: Undoing,
  record: InstanceRecord,
  action: keyof UndoDone,
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

/** The update settings as they were, at once; when the rollout closes it is looked whether they are. */
async function restoreSettings(
  undoing: Undoing,
  record: InstanceRecord,
  host: HostFacts,
): Promise<void> {
  if (host.kind === 'answered' && host.restored) {
    await updateInstance(undoing, undoing.ec2InstanceId, { settingsRestoredAt: now() });
    return;
  }
  const version = host.kind === 'answered' ? host.version : record.fromVersion;
  const parameters = { ...restoring(record), ExpectVersion: version ?? '' };
  const comment = `rollout ${undoing.rolloutId}: settings put back`;
  await sendDocument('status', [undoing.ec2InstanceId], parameters, comment);
}

/** What the host was asked last is forgotten: it is about to change. */
const UNASKED = { probeCommandId: undefined, probeSentAt: undefined, unreachable: undefined };

/**
 * Flipping needs no download; only the admin container can do it. Until its command is known nobody knows whether it
 * was sent, and it may be sent again: it names the boot that it is for. What the host has answered stays until then, so
 * that a call which fails again and again uses up the patience of whoever repeats it.
 *
 * @throws {Error} When Systems Manager does not know the host.
 */
async function sendBack(
  undoing: Undoing,
  record: InstanceRecord,
  action: 'flip-partitions' | 'roll-back',
  bootId: string,
): Promise<void> {
  const { ec2InstanceId } = undoing;
  const intended = await noteAction(undoing, record, action, { rollBackCommandId: undefined });
  const flips = action === 'flip-partitions';
  const seconds = flips ? FLIP_SECONDS : ROLL_BACK_SECONDS;
  const sent = await sendDocument(
    'roll-back',
    [ec2InstanceId],
    {
      BootId: bootId,
      TargetVersion: record.fromVersion ?? '',
      NotAfterEpochSeconds: String(Math.floor(now() / 1000) + NOT_AFTER_SECONDS + seconds),
      Route: flips ? 'admin-container' : 'version-lock',
      TimeoutSeconds: String(seconds),
    },
    `rollout ${undoing.rolloutId}: roll back`,
  );
  if (sent.kind === 'unknown-instance') {
    throw new Error(
      `Cannot take ${ec2InstanceId} back to ${record.fromVersion}: Systems Manager does not know it at the moment`,
    );
  }
  await noteAction(undoing, intended, action, { ...UNASKED, rollBackCommandId: sent.commandId });
}

/** Nothing on the host makes a second one harmless: only what certainly did not happen may be asked for again. */
async function rebootByEc2(undoing: Undoing, record: InstanceRecord): Promise<void> {
  await noteAction(undoing, record, 'reboot-host', UNASKED);
  try {
    await rebootHost(undoing.ec2InstanceId);
  } catch (error) {
    if (wasRefused(error))
      await updateInstance(undoing, undoing.ec2InstanceId, { undo: record.undo });
    throw error;
  }
}

/**
 * Does one thing, its intent written first.
 *
 * @param host What the host last said.
 * @param wantsPosture Whether its posture is to be asked for too.
 */
export async function actOnce(
  undoing: Undoing,
  record: InstanceRecord,
  action: UndoAction,
  host: HostFacts,
  wantsPosture: boolean,
): Promise<void> {
  const { ec2InstanceId, rolloutId } = undoing;
  const bootId = host.kind === 'answered' ? host.bootId : (record.bootIdBefore ?? '');
  const intend = () =>
    noteAction(undoing, record, action, {
      ...UNASKED,
      ...(host.kind === 'unclear' ? { unclearAt: now() } : {}),
    });
  switch (action) {
    case 'ask-host': {
      const noted = await intend();
      const parameters = {
        ...restoring(record),
        ExpectVersion: record.fromVersion ?? '',
        ReportPosture: String(wantsPosture),
      };
      const sent = await sendDocument(
        'status',
        [ec2InstanceId],
        parameters,
        `rollout ${rolloutId}: undo`,
      );
      await noteAction(undoing, noted, action, {
        ...(sent.kind === 'sent'
          ? { probeCommandId: sent.commandId, unreachable: undefined }
          : { probeCommandId: undefined, unreachable: 'Systems Manager has lost its connection' }),
        probeSentAt: now(),
      });
      return;
    }
    case 'cancel': {
      await intend();
      const parameters = { BootId: bootId, ...restoring(record) };
      await sendDocument('cancel', [ec2InstanceId], parameters, `rollout ${rolloutId}: cancel`);
      return;
    }
    case 'flip-partitions':
    case 'roll-back':
      await sendBack(undoing, record, action, bootId);
      return;
    case 'reboot-host':
      await rebootByEc2(undoing, record);
      return;
    case 'replace-host':
      await intend();
      await replaceHost(undoing, record);
      return;
  }
}

/**
 * Its intent is written already, with what it comes to. Safe to repeat at any point.
 *
 * @param isActive ECS shows it `ACTIVE` already.
 */
export async function returnToService(
  undoing: Undoing,
  record: InstanceRecord,
  host: HostFacts,
  isActive: boolean,
): Promise<void> {
  await putBackProtection(undoing, record);
  if (record.rebootSentAt !== undefined) await restoreSettings(undoing, record, host);
  await setActive(undoing, isActive);
  await unmarkOwned(undoing.clusterArn, undoing.containerInstanceArn);
}

/**
 * Also where it is `ACTIVE`: an answer to our `DRAINING` may have been lost. But whoever is denied one state is denied
 * the other, so nothing of ours has drained what is `ACTIVE` then.
 */
async function setActive({ clusterArn, containerInstanceArn }: Undoing, isActive: boolean) {
  try {
    await setContainerInstanceState(clusterArn, containerInstanceArn, 'ACTIVE');
  } catch (error) {
    const isDenied = error instanceof Error && error.name === 'AccessDeniedException';
    if (!isActive || !isDenied) throw error;
    log.warn('never drained', { containerInstanceArn, reason: error.message });
  }
}
