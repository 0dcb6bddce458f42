// The record of a rollout as a whole: its policy and phase, what people asked of it, its ending.

import type { Control } from '../core/dispatch.ts';
import type { ImageDrift } from '../core/drift.ts';
import type { Ending, Outcome } from '../core/model.ts';
import type { Policy } from '../core/policy.ts';
import { leaseLost } from './record-rules.ts';
import { deleteItem, getItem, type Item, type Key, putItem, query, updateItem } from './table.ts';

/** Version of the items' shape; a function that meets another one stops instead of guessing. */
export const RECORD_SCHEMA = 1;

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
  /** Images that the canary wave updated nobody to. */
  readonly unprovenImages?: readonly string[] | undefined;
  /** When the waves were planned, and how long they were expected to take. */
  readonly plannedAt?: number | undefined;
  readonly expectedSeconds?: number | undefined;
  readonly control?: Control | undefined;
  /** Counts what people asked for, so that a waiting dispatcher notices. */
  readonly controlVersion?: number | undefined;
  readonly ending?: Ending | undefined;
  readonly reason?: string | undefined;
  readonly closedAt?: number | undefined;
  /** Container instances by outcome. */
  readonly counts?: Partial<Record<Outcome, number>> | undefined;
  /** What the cluster ran when it was closed. */
  readonly drift?: readonly ImageDrift[] | undefined;
}

function rolloutKey(rolloutId: string): Key {
  return { pk: `ROLLOUT#${rolloutId}`, sk: 'META' };
}

export async function openRecord(rollout: Omit<Rollout, 'schema'>): Promise<void> {
  await putItem(
    { ...rolloutKey(rollout.rolloutId), ...rollout, schema: RECORD_SCHEMA },
    { ifAbsent: true },
  );
  await putItem({ pk: 'OPEN', sk: `ROLLOUT#${rollout.rolloutId}`, clusterArn: rollout.clusterArn });
  if (rollout.policy.notify.slackChannel !== undefined) {
    await putItem({ pk: 'OPEN', sk: `TELL#${rollout.rolloutId}` });
  }
}

/** @throws {Error} When there is no such rollout, or it was written by another version of the updater. */
export async function readRollout(rolloutId: string): Promise<Rollout> {
  return checkSchema(rolloutId, await findRollout(rolloutId));
}

/** @throws {Error} When there is no such rollout, or it was written by another version of the updater. */
export function checkSchema(rolloutId: string, item: Rollout | undefined): Rollout {
  if (!item) throw new Error(`Cannot read rollout ${rolloutId}: there is no record of it`);
  if (item.schema !== RECORD_SCHEMA) {
    throw new Error(
      `Cannot go on with rollout ${rolloutId}: its record has schema ${item.schema}, this version of the updater reads ${RECORD_SCHEMA}; let it end with the version that began it`,
    );
  }
  return item;
}

export async function findRollout(rolloutId: string): Promise<Rollout | undefined> {
  return (await getItem(rolloutKey(rolloutId))) as unknown as Rollout | undefined;
}

/** Takes the rollout off the list that the sweep goes through. */
export async function forgetOpen(rolloutId: string): Promise<void> {
  await deleteItem({ pk: 'OPEN', sk: `ROLLOUT#${rolloutId}` });
}

/** Takes the rollout off the list of those that there may be something to tell of. */
export async function forgetTelling(rolloutId: string): Promise<void> {
  await deleteItem({ pk: 'OPEN', sk: `TELL#${rolloutId}` });
}

/** Ids of the rollouts that the sweep cares for, in one read. */
export interface OpenRollouts {
  /** Those that have not been closed. */
  readonly open: readonly string[];
  /** Those that people may not have heard everything of, closed ones among them. */
  readonly telling: readonly string[];
}

export async function readOpenRollouts(): Promise<OpenRollouts> {
  const keys = (await query({ pk: 'OPEN', keys: 'all' })).map((item) => String(item.sk));
  const under = (prefix: string) =>
    keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  return { open: under('ROLLOUT#'), telling: under('TELL#') };
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
