// The record of a rollout in DynamoDB: its policy and phase, its waves, its container instances, its journal.

import type { Control } from '../core/dispatch.ts';
import type { ImageDrift } from '../core/drift.ts';
import { LeaseLostError } from '../core/errors.ts';
import type { HostPosture } from '../core/host-report.ts';
import type { Ending, Outcome } from '../core/model.ts';
import type { Policy } from '../core/policy.ts';
import type { Moving } from '../core/room.ts';
import type { UndoAction } from '../core/undo.ts';
import { now } from './clock.ts';
import type { SavedSettings } from './documents.ts';
import type { ScaleIn } from './protection.ts';
import { deleteItem, getItem, type Item, type Key, putItem, query, updateItem } from './table.ts';

/** Version of the items' shape; a function that meets another one stops instead of guessing. */
export const RECORD_SCHEMA = 1;
/** Journals and closed rollouts are kept this long. */
const RETENTION_SECONDS = 90 * 86_400;

/** `ROLLOUT#id / META`. Instants are epoch milliseconds. */
export interface Rollout {
  readonly rolloutId: string;
  readonly schema: number;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly executionArn: string;
  readonly fence: number;
  readonly policy: Policy;
  readonly startedBy: string;
  readonly openedAt: number;
  readonly windowCloseAt?: number | undefined;
  /** True from the moment hosts may have been changed: only then are settings put back. */
  readonly prepared?: boolean | undefined;
  /** Targets by image (`variant/architecture`), pinned for the whole rollout. */
  readonly targets?: Readonly<Record<string, string>> | undefined;
  readonly waves?:
    | readonly { readonly wave: number; readonly kind: string; readonly size: number }[]
    | undefined;
  readonly control?: Control | undefined;
  /** Counts what people asked for, so that a waiting dispatcher notices. */
  readonly controlVersion?: number | undefined;
  readonly ending?: Ending | undefined;
  readonly reason?: string | undefined;
  readonly closedAt?: number | undefined;
  /** What the cluster ran when it was closed. */
  readonly drift?: readonly ImageDrift[] | undefined;
}

/** Where the update of one container instance stands: the last durable intent. */
export type Step =
  | 'Planned'
  | 'Prepared'
  | 'Started'
  | 'Draining'
  | 'Rebooting'
  | 'Verifying'
  | 'Returning'
  | 'Returned'
  | 'Undoing'
  | 'Over';

/** `ROLLOUT#id / INSTANCE#ec2InstanceId`: intent (`step`), then what was observed, then the outcome. */
export interface InstanceRecord {
  readonly rolloutId: string;
  readonly ec2InstanceId: string;
  readonly containerInstanceArn: string;
  readonly availabilityZone: string;
  /** As ECS knows them; absent on what is not Bottlerocket. */
  readonly variant?: string | undefined;
  readonly arch?: string | undefined;
  /** `variant/architecture`; absent for what was never asked. */
  readonly image?: string | undefined;
  readonly fence: number;
  readonly code: string;
  readonly reason: string;
  readonly outcome?: Outcome | undefined;
  readonly step?: Step | undefined;
  readonly wave?: number | undefined;
  readonly attempt?: number | undefined;
  /** `back`: this attempt takes the instance back; from and to version are swapped. */
  readonly direction?: 'back' | undefined;
  /** Why this attempt takes it back. */
  readonly because?: string | undefined;
  /** Attempts before this one. */
  readonly earlier?: readonly EarlierAttempt[] | undefined;
  readonly fromVersion?: string | undefined;
  readonly toVersion?: string | undefined;
  readonly expectedSeconds?: number | undefined;
  readonly expectedDrainSeconds?: number | undefined;
  readonly services?: readonly string[] | undefined;
  /** Tasks that its drain moves. */
  readonly moving?: readonly Moving[] | undefined;
  readonly daemons?: readonly string[] | undefined;
  readonly taskArns?: readonly string[] | undefined;
  readonly standaloneTaskArns?: readonly string[] | undefined;
  readonly available?: readonly string[] | undefined;
  readonly updateState?: string | undefined;
  readonly bootIdBefore?: string | undefined;
  readonly bootIdAfter?: string | undefined;
  readonly saved?: SavedSettings | undefined;
  readonly notAfterAt?: number | undefined;
  readonly startedAt?: number | undefined;
  /** When its agent was found disconnected at its turn. */
  readonly disconnectedSinceAt?: number | undefined;
  readonly drainedAt?: number | undefined;
  readonly emptyAt?: number | undefined;
  readonly rebootSentAt?: number | undefined;
  readonly bootedAt?: number | undefined;
  readonly returnedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  /** The container instance's version counter when its agent was first seen connected after the reboot. */
  readonly agentConnectedVersion?: number | undefined;
  /** What protected the host when it was last asked. */
  readonly posture?: HostPosture | undefined;
  /** What of it was not as the policy wants it. */
  readonly postureRemarks?: readonly string[] | undefined;
  /** As ECS showed them when it returned to service. */
  readonly agentVersion?: string | undefined;
  readonly containerRuntimeVersion?: string | undefined;
  readonly undo?: UndoRecord | undefined;
  /** Its Auto Scaling group; only where the policy wants protection from scale-in. */
  readonly scaleIn?: ScaleIn | undefined;
  /** When we meant to protect it from scale-in, and when that was put back. */
  readonly protectedAt?: number | undefined;
  readonly protectionPutBackAt?: number | undefined;
}

/** What is kept of an attempt when the next one begins. */
export interface EarlierAttempt {
  readonly attempt: number;
  readonly fromVersion?: string | undefined;
  readonly toVersion?: string | undefined;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly drainedAt?: number | undefined;
  readonly returnedAt?: number | undefined;
}

/** What the undo of one container instance has done so far. */
export interface UndoRecord {
  /** The error that led to it, and its sentence. */
  readonly error: string;
  readonly because: string;
  readonly beganAt: number;
  readonly probeCommandId?: string | undefined;
  readonly probeSentAt?: number | undefined;
  /** Why the probe could not even be sent. */
  readonly unreachable?: string | undefined;
  /** What it comes to, once the return to service was decided: written before it is carried out. */
  readonly decided?: { readonly outcome: Outcome; readonly reason: string } | undefined;
  /** A replacement through its Auto Scaling group, and the group's EC2 instance ids before it. */
  readonly replacement?:
    | {
        readonly beganAt: number;
        readonly autoScalingGroupName?: string | undefined;
        readonly before: readonly string[];
      }
    | undefined;
  /** When each action was last done. */
  readonly done: Partial<Record<UndoAction, number>>;
}

function rolloutKey(rolloutId: string): Key {
  return { pk: `ROLLOUT#${rolloutId}`, sk: 'META' };
}

export function instanceKey(rolloutId: string, ec2InstanceId: string): Key {
  return { pk: `ROLLOUT#${rolloutId}`, sk: `INSTANCE#${ec2InstanceId}` };
}

export async function openRecord(rollout: Omit<Rollout, 'schema'>): Promise<void> {
  await putItem(
    { ...rolloutKey(rollout.rolloutId), ...rollout, schema: RECORD_SCHEMA },
    { ifAbsent: true },
  );
  await putItem({ pk: 'OPEN', sk: `ROLLOUT#${rollout.rolloutId}`, clusterArn: rollout.clusterArn });
}

/** @throws {Error} When there is no such rollout, or it was written by another version of the updater. */
export async function readRollout(rolloutId: string): Promise<Rollout> {
  const item = await getItem(rolloutKey(rolloutId));
  if (!item) throw new Error(`Cannot read rollout ${rolloutId}: there is no record of it`);
  if (item.schema !== RECORD_SCHEMA) {
    throw new Error(
      `Cannot go on with rollout ${rolloutId}: its record has schema ${String(item.schema)}, this version of the updater reads ${RECORD_SCHEMA}; let it end with the version that began it`,
    );
  }
  return item as unknown as Rollout;
}

export async function findRollout(rolloutId: string): Promise<Rollout | undefined> {
  return (await getItem(rolloutKey(rolloutId))) as unknown as Rollout | undefined;
}

/** Takes the rollout off the list that the sweep goes through. */
export async function forgetOpen(rolloutId: string): Promise<void> {
  await deleteItem({ pk: 'OPEN', sk: `ROLLOUT#${rolloutId}` });
}

/** Ids of the rollouts that have not been closed. */
export async function openRolloutIds(): Promise<string[]> {
  const items = await query({ pk: 'OPEN', prefix: 'ROLLOUT#' });
  return items.map((item) => String(item.sk).slice('ROLLOUT#'.length));
}

/** Changes the rollout's own item; only the holder of its fence may. */
export async function updateRollout(
  rollout: Pick<Rollout, 'rolloutId' | 'fence'>,
  set: Partial<Rollout>,
): Promise<void> {
  const written = await updateItem(rolloutKey(rollout.rolloutId), {
    set: set as Item,
    condition: '#fence = :heldFence',
    conditionValues: { heldFence: rollout.fence },
  });
  if (written.kind === 'refused') throw leaseLost(rollout.rolloutId, rollout.fence);
}

/** Notes what a person asked for; `undefined` takes it back. An abort is never taken back. */
export async function changeControl(rollout: Rollout, change: Partial<Control>): Promise<void> {
  await updateItem(rolloutKey(rollout.rolloutId), {
    set: { control: { ...rollout.control, ...change } },
    increment: { controlVersion: 1 },
    condition: 'attribute_exists(pk) AND attribute_not_exists(#ending)',
  });
}

function leaseLost(rolloutId: string, fence: number): LeaseLostError {
  return new LeaseLostError(
    `Cannot write the record of rollout ${rolloutId}: fence ${fence} was superseded`,
  );
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

/** Appends to the rollout's journal: who or what did what, when and why. Never fails the caller's work. */
export async function journal(
  rolloutId: string,
  entry: {
    readonly what: string;
    readonly who: string;
    readonly why: string;
    readonly subject?: string;
  },
): Promise<void> {
  const at = now();
  await putItem({
    pk: `ROLLOUT#${rolloutId}`,
    sk: `JOURNAL#${new Date(at).toISOString()}#${entry.what}#${entry.subject ?? ''}`,
    at,
    ...entry,
    expiresAt: Math.floor(at / 1000) + RETENTION_SECONDS,
  });
}
