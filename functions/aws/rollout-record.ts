// The record of a rollout as a whole: its policy and phase, what people asked of it, its ending.

import type { Control } from '../core/dispatch.ts';
import type { ImageDrift } from '../core/drift.ts';
import type { Ending, Outcome } from '../core/model.ts';
import type { Policy } from '../core/policy.ts';
import { log } from './log.ts';
import { leaseLost } from './record-rules.ts';
import { deleteItem, getItem, type Item, type Key, putItem, query, updateItem } from './table.ts';

/** Version of the items' shape; a function that meets another one stops instead of guessing. */
export const RECORD_SCHEMA = 1;

/** One round of asking all hosts that may still have our update settings. */
export interface SettingsRound {
  /** Counted from 1. */
  readonly round: number;
  readonly sentAt: number;
  readonly commandIds: readonly string[];
  /** EC2 instance ids that Systems Manager does not know. */
  readonly unknown: readonly string[];
  /** Why others could not be sent it; absent when none were refused. */
  readonly refusal?: string | undefined;
  /** Versions by EC2 instance id, where a host said one before. */
  readonly said: Readonly<Record<string, string>>;
}

/** `ROLLOUT#id / META`. Instants are epoch milliseconds. */
export interface Rollout {
  readonly rolloutId: string;
  readonly schema: number;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly executionArn: string;
  readonly fence: number;
  readonly policy: Policy;
  /** Version of the fleet's configured policy that is in it; 0: none was configured. */
  readonly configuredVersion?: number | undefined;
  readonly startedBy: string;
  readonly openedAt: number;
  readonly windowCloseAt?: number | undefined;
  /** True from the moment hosts may have been changed: only then are settings put back. */
  readonly prepared?: boolean | undefined;
  /** Targets by image (`variant/architecture`), pinned for the whole rollout. */
  readonly targets?: Readonly<Record<string, string>> | undefined;
  readonly waves?:
    | readonly {
        readonly wave: number;
        readonly kind: string;
        readonly size: number;
        /** Of a way back: why there is one. */
        readonly why?: string | undefined;
      }[]
    | undefined;
  /** Images that the canary wave updated nobody to. */
  readonly unprovenImages?: readonly string[] | undefined;
  /** When the waves were planned, and how long they were expected to take. */
  readonly plannedAt?: number | undefined;
  readonly expectedSeconds?: number | undefined;
  readonly control?: Control | undefined;
  /** Counts what people asked for, so that a waiting dispatcher notices. */
  readonly controlVersion?: number | undefined;
  /** The last time hosts were asked to put their update settings back. */
  readonly settingsRound?: SettingsRound | undefined;
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

/** `OPEN / ROLLOUT#id`: what the sweep goes through. */
export interface OpenRollout {
  readonly rolloutId: string;
  readonly clusterArn: string;
  readonly executionArn: string;
  /** Epoch milliseconds. */
  readonly openedAt: number;
}

/** Before anything else of the rollout exists, its lease included: whatever dies from here on, the sweep finds. */
export async function announceOpen(open: OpenRollout): Promise<void> {
  await putItem({ pk: 'OPEN', sk: `ROLLOUT#${open.rolloutId}`, ...open });
}

/** Its item was lost from the list that the sweep goes through. */
export async function listAgain(rollout: Rollout): Promise<void> {
  const { rolloutId, clusterArn, executionArn, openedAt } = rollout;
  await announceOpen({ rolloutId, clusterArn, executionArn, openedAt });
  log.warn('open rollout was not listed', { rolloutId, clusterArn });
}

/** Safe to repeat: what was written first stays. */
export async function openRecord(rollout: Omit<Rollout, 'schema'>): Promise<void> {
  await putItem(
    { ...rolloutKey(rollout.rolloutId), ...rollout, schema: RECORD_SCHEMA },
    { ifAbsent: true },
  );
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

/** The rollouts that the sweep cares for, in one read. */
export interface OpenRollouts {
  /** Those that have not been closed. */
  readonly open: readonly OpenRollout[];
  /** Ids of those that people may not have heard everything of, closed ones among them. */
  readonly telling: readonly string[];
}

export async function readOpenRollouts(): Promise<OpenRollouts> {
  const items = await query({ pk: 'OPEN', keys: 'all' });
  const under = (prefix: string) => items.filter((item) => String(item.sk).startsWith(prefix));
  return {
    open: under('ROLLOUT#') as unknown as OpenRollout[],
    telling: under('TELL#').map((item) => String(item.sk).slice('TELL#'.length)),
  };
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

/**
 * Writes how the rollout ended; the first ending stays.
 *
 * @returns The rollout as it is recorded now: another closer may have been first.
 */
export async function writeEnding(
  rollout: Pick<Rollout, 'rolloutId' | 'fence'>,
  set: Required<Pick<Rollout, 'ending' | 'reason' | 'counts' | 'closedAt' | 'drift'>>,
): Promise<Rollout> {
  const written = await updateItem(rolloutKey(rollout.rolloutId), {
    set: set as unknown as Item,
    condition: '#fence = :heldFence AND attribute_not_exists(#ending)',
    conditionValues: { heldFence: rollout.fence },
  });
  if (written.kind === 'written') return written.item as unknown as Rollout;
  const current = await readRollout(rollout.rolloutId);
  if (current.ending === undefined) throw leaseLost(rollout.rolloutId, rollout.fence);
  return current;
}

/** Gives the rollout the fence of a lease that was taken for it anew: whoever works with the old one is too late. */
export async function adoptFence(rolloutId: string, fence: number): Promise<void> {
  await updateItem(rolloutKey(rolloutId), {
    set: { fence },
    condition: '#fence < :fence AND attribute_not_exists(#ending)',
  });
}

/**
 * Notes what a person asked for; `undefined` takes it back. An abort is never taken back. Two people may ask at once,
 * so a write that would lose what the other one asked is refused, and done again.
 */
export async function changeControl(rollout: Rollout, change: Partial<Control>): Promise<void> {
  for (let current = rollout; ; current = await readRollout(rollout.rolloutId)) {
    if (current.ending !== undefined) return;
    const { control, controlVersion = 0 } = current;
    const written = await updateItem(rolloutKey(rollout.rolloutId), {
      set: { control: { ...control, ...change }, controlVersion: controlVersion + 1 },
      condition:
        'attribute_not_exists(#ending) AND (attribute_not_exists(#controlVersion) OR #controlVersion = :before)',
      conditionValues: { before: controlVersion },
    });
    if (written.kind === 'written') return;
  }
}
