// Reads and writes the items of container instances: with the current fence only, and never reopening what is over.

import { now } from './clock.ts';
import type { InstanceRecord } from './instance-record.ts';
import { leaseLost, RETENTION_SECONDS } from './record-rules.ts';
import { getItem, type Item, type Key, putItem, query, updateItem } from './table.ts';

export function instanceKey(rolloutId: string, ec2InstanceId: string): Key {
  return { pk: `ROLLOUT#${rolloutId}`, sk: `INSTANCE#${ec2InstanceId}` };
}

export async function readInstance(
  rolloutId: string,
  ec2InstanceId: string,
): Promise<InstanceRecord> {
  const item = await getItem(instanceKey(rolloutId, ec2InstanceId));
  if (!item) {
    throw new Error(`Cannot find ${ec2InstanceId} in the record of rollout ${rolloutId}`);
  }
  return item as unknown as InstanceRecord;
}

/** Every container instance of the rollout, by EC2 instance id. */
export async function readInstances(rolloutId: string): Promise<InstanceRecord[]> {
  const items = await query({ pk: `ROLLOUT#${rolloutId}`, prefix: 'INSTANCE#' });
  return items as unknown as InstanceRecord[];
}

export async function putInstance(record: InstanceRecord): Promise<void> {
  await putItem({
    ...instanceKey(record.rolloutId, record.ec2InstanceId),
    ...record,
    expiresAt: Math.floor(now() / 1000) + RETENTION_SECONDS,
  });
}

/** The sparse index key that says what a container instance is to the dispatcher. */
export type DispatchState =
  | {
      readonly state: 'WAITING';
      readonly wave: number;
      readonly expectedSeconds: number;
      readonly moves: number;
    }
  | { readonly state: 'OPEN' | 'FAILED' | 'STUCK' }
  | { readonly state: 'NONE' };

/** Longest expected first: the index sorts upwards, so the key counts down from here. */
const EXPECTED_SECONDS_CEILING = 99_999;

/** Among equals the fewest tasks to move first; no container instance runs more. */
const MOVES_CEILING = 999;

export function dispatchKeyOf(ec2InstanceId: string, dispatch: DispatchState): string | undefined {
  switch (dispatch.state) {
    case 'NONE':
      return undefined;
    case 'WAITING': {
      const order =
        EXPECTED_SECONDS_CEILING - Math.min(EXPECTED_SECONDS_CEILING, dispatch.expectedSeconds);
      const moves = Math.min(MOVES_CEILING, dispatch.moves);
      return `${waitingPrefix(dispatch.wave)}${String(order).padStart(5, '0')}#${String(moves).padStart(3, '0')}#${ec2InstanceId}`;
    }
    default:
      return `${dispatch.state}#${ec2InstanceId}`;
  }
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
  const dispatchKey = dispatch && dispatchKeyOf(ec2InstanceId, dispatch);
  const written = await updateItem(instanceKey(held.rolloutId, ec2InstanceId), {
    set: {
      ...set,
      fence: held.fence,
      ...(dispatchKey === undefined ? {} : { dispatchKey }),
    } as Item,
    ...(dispatch && dispatchKey === undefined ? { remove: ['dispatchKey'] } : {}),
    // Monotone: once over, always over, except for the very same words again (a repeated RecordOutcome).
    condition:
      '(attribute_not_exists(#fence) OR #fence <= :fence) AND attribute_not_exists(#finishedAt)',
  });
  if (written.kind === 'refused') {
    const current = await readInstance(held.rolloutId, ec2InstanceId);
    if (current.fence <= held.fence && current.finishedAt !== undefined) return current;
    throw leaseLost(held.rolloutId, held.fence);
  }
  return written.item as unknown as InstanceRecord;
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
  'protectedAt',
  'protectionPutBackAt',
  'dispatchKey',
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
  const earlier = { attempt, fromVersion, toVersion, outcome, reason, drainedAt, returnedAt };
  await updateItem(instanceKey(held.rolloutId, record.ec2InstanceId), {
    set: {
      fence: held.fence,
      direction: 'back',
      fromVersion: toVersion,
      toVersion: fromVersion,
      wave,
      step: 'Planned',
      code: 'Selected',
      reason: because,
      because,
      earlier: [...(record.earlier ?? []), earlier],
    },
    remove: [...ATTEMPT_MEMBERS],
    condition: '#fence <= :fence AND #outcome = :updated',
    conditionValues: { updated: 'Updated' },
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

/** Container instances by what they are to the dispatcher, in dispatch order. */
export async function readByDispatch(
  rolloutId: string,
  prefix: 'OPEN#' | 'FAILED#' | 'STUCK#' | `WAITING#${string}`,
  limit?: number,
): Promise<InstanceRecord[]> {
  const items = await query({
    pk: `ROLLOUT#${rolloutId}`,
    prefix,
    index: 'byDispatch',
    ...(limit === undefined ? {} : { limit }),
  });
  return items as unknown as InstanceRecord[];
}

export function waitingPrefix(wave: number): `WAITING#${string}` {
  return `WAITING#${String(wave).padStart(4, '0')}#`;
}
