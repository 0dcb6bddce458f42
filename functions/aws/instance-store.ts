// Reads and writes the items of container instances: with the current fence only, and never reopening what is over.

import { now } from './clock.ts';
import { type DispatchState, dispatchKeyOf } from './dispatch-index.ts';
import type { FreshCandidate } from './fleet-look.ts';
import type { InstanceRecord } from './instance-record.ts';
import { leaseLost, RETENTION_SECONDS } from './record-rules.ts';
import { getItem, type Item, type Key, query, updateItem } from './table.ts';
import { getItems, putItems } from './table-batches.ts';

export function instanceKey(rolloutId: string, ec2InstanceId: string): Key {
  return { pk: `ROLLOUT#${rolloutId}`, sk: `INSTANCE#${ec2InstanceId}` };
}

export async function readInstance(
  rolloutId: string,
  ec2InstanceId: string,
): Promise<InstanceRecord> {
  return requireItem(
    rolloutId,
    ec2InstanceId,
    await getItem(instanceKey(rolloutId, ec2InstanceId)),
  );
}

/** @throws {Error} When somebody has deleted it. */
export function requireItem(
  rolloutId: string,
  ec2InstanceId: string,
  item: Item | undefined,
): InstanceRecord {
  if (!item) {
    throw new Error(`Cannot find ${ec2InstanceId} in the record of rollout ${rolloutId}`);
  }
  return item as unknown as InstanceRecord;
}

/** Every container instance of the rollout, by EC2 instance id. */
export async function readInstances(rolloutId: string): Promise<InstanceRecord[]> {
  const items = await query({ pk: `ROLLOUT#${rolloutId}`, keys: { prefix: 'INSTANCE#' } });
  return items as unknown as InstanceRecord[];
}

/** Those among these ids that have an item, by EC2 instance id. */
export async function readInstancesOf(
  rolloutId: string,
  ec2InstanceIds: readonly string[],
): Promise<Map<string, InstanceRecord>> {
  const items = await getItems(ec2InstanceIds.map((id) => instanceKey(rolloutId, id)));
  const records = items as unknown as InstanceRecord[];
  return new Map(records.map((record) => [record.ec2InstanceId, record]));
}

/** Writes new items over whatever stands there: only for a rollout that has started nothing yet. */
export async function putInstances(records: readonly InstanceRecord[]): Promise<void> {
  const expiresAt = Math.floor(now() / 1000) + RETENTION_SECONDS;
  await putItems(
    records.map((record) => ({
      ...instanceKey(record.rolloutId, record.ec2InstanceId),
      ...record,
      expiresAt,
    })),
  );
}

/**
 * Changes one container instance's item.
 *
 * @param held The rollout and the fence this worker holds: a newer fence on the item means it was superseded.
 * @throws {LeaseLostError} When a newer fence has written, or the instance is over already.
 */
export async function updateInstance(
  held: { readonly rolloutId: string; readonly fence: number },
  ec2InstanceId: string,
  set: Partial<InstanceRecord>,
  dispatch?: DispatchState,
): Promise<InstanceRecord> {
  const written = await write(held, ec2InstanceId, set, dispatch, MONOTONE);
  if (written !== undefined) return written;
  const current = await readInstance(held.rolloutId, ec2InstanceId);
  if (current.fence <= held.fence && current.finishedAt !== undefined) return current;
  throw leaseLost(held.rolloutId, held.fence);
}

/**
 * Notes what a host answered before its turn. An answer that is written down twice must not make an instance wait for
 * its turn again after it has begun: then nothing is changed.
 *
 * @throws {LeaseLostError} When a newer fence has written.
 */
export async function noteBeforeTurn(
  held: { readonly rolloutId: string; readonly fence: number },
  ec2InstanceId: string,
  set: Partial<InstanceRecord>,
  dispatch?: DispatchState,
): Promise<void> {
  const beforeTurn = `${MONOTONE} AND attribute_not_exists(#startedAt)`;
  const written = await write(held, ec2InstanceId, set, dispatch, beforeTurn);
  if (written !== undefined) return;
  const { fence } = await readInstance(held.rolloutId, ec2InstanceId);
  if (fence > held.fence) throw leaseLost(held.rolloutId, held.fence);
}

/**
 * Once over, always over, except for the very same words again (a repeated RecordOutcome). An item that was deleted is
 * not begun anew: half of one would look as if somebody looked after the instance.
 */
const MONOTONE = '#fence <= :fence AND attribute_not_exists(#finishedAt)';

/** @returns The item as it is afterwards; undefined when the condition did not hold. */
async function write(
  held: { readonly rolloutId: string; readonly fence: number },
  ec2InstanceId: string,
  set: Partial<InstanceRecord>,
  dispatch: DispatchState | undefined,
  condition: string,
): Promise<InstanceRecord | undefined> {
  const dispatchKey = dispatch && dispatchKeyOf(ec2InstanceId, dispatch);
  const written = await updateItem(instanceKey(held.rolloutId, ec2InstanceId), {
    set: {
      ...set,
      ...(set.step === undefined ? {} : { stepAt: now() }),
      fence: held.fence,
      ...(dispatchKey === undefined ? {} : { dispatchKey }),
    } as Item,
    ...(dispatch && dispatchKey === undefined ? { remove: ['dispatchKey'] } : {}),
    condition,
  });
  return written.kind === 'written' ? (written.item as unknown as InstanceRecord) : undefined;
}

/** What an attempt wrote, and the next one must not find. */
const ATTEMPT_MEMBERS = [
  'outcome',
  'finishedAt',
  'startedAt',
  'drainedAt',
  'emptyAt',
  'rebootSentAt',
  'notAfterAt',
  'bootedAt',
  'bootIdAfter',
  'returnedAt',
  'agentConnectedVersion',
  'disconnectedSinceAt',
  'undo',
  'settingsRestoredAt',
  'protectedAt',
  'protectionPutBackAt',
] as const;

/** Opens a new attempt that takes an updated container instance back; the earlier one is kept beside it. */
export async function reopenInstance(
  held: { readonly rolloutId: string; readonly fence: number },
  record: InstanceRecord,
  wave: number,
  because: string,
): Promise<void> {
  const { fromVersion, toVersion, attempt = 1, outcome = 'Updated', reason } = record;
  const { drainedAt, returnedAt } = record;
  const waiting = { state: 'WAITING' as const, wave, place: record.place ?? 0 };
  const earlier = { attempt, fromVersion, toVersion, outcome, reason, drainedAt, returnedAt };
  await updateItem(instanceKey(held.rolloutId, record.ec2InstanceId), {
    set: {
      fence: held.fence,
      direction: 'back',
      fromVersion: toVersion,
      toVersion: fromVersion,
      wave,
      step: 'Planned',
      stepAt: now(),
      code: 'Selected',
      reason: because,
      because,
      dispatchKey: dispatchKeyOf(record.ec2InstanceId, waiting),
      earlier: [...(record.earlier ?? []), earlier],
    },
    // What is still to be put back must not be forgotten.
    remove: ATTEMPT_MEMBERS.filter(
      (name) => name !== 'protectedAt' || record.protectionPutBackAt !== undefined,
    ),
    condition: '#fence <= :fence AND #outcome = :updated',
    conditionValues: { updated: 'Updated' },
  });
}

/** Whether it is over or not. */
export async function noteWhatever(
  { rolloutId, fence }: { readonly rolloutId: string; readonly fence: number },
  { ec2InstanceId }: InstanceRecord,
  set: Partial<InstanceRecord>,
): Promise<void> {
  await updateItem(instanceKey(rolloutId, ec2InstanceId), {
    set,
    condition: '#fence <= :heldFence',
    conditionValues: { heldFence: fence },
  });
}

/** Notes that an agent was found disconnected at its turn; the first time stays. */
export async function noteDisconnected(
  held: { readonly rolloutId: string; readonly fence: number },
  ec2InstanceId: string,
): Promise<void> {
  await updateItem(instanceKey(held.rolloutId, ec2InstanceId), {
    set: { disconnectedSinceAt: now() },
    condition: 'attribute_not_exists(#disconnectedSinceAt) AND #fence <= :heldFence',
    conditionValues: { heldFence: held.fence },
  });
}

/** Notes what runs on a waiting container instance now; its place in the order of work stays. */
export async function noteFresh(
  held: { readonly rolloutId: string; readonly fence: number },
  { candidate, remember, expectedSeconds }: FreshCandidate,
): Promise<void> {
  const { services, moving } = remember;
  await updateInstance(held, candidate.ec2InstanceId, { services, moving, expectedSeconds });
}
