// The sparse index of container instances by what they are to the dispatcher: its keys, and reads in its order.

import type { DISPATCH_ATTRIBUTES } from '../core/dispatch-attributes.ts';
import type { InstanceRecord } from './instance-record.ts';
import { type Item, query } from './table.ts';

/** What the index holds of a container instance. */
export type IndexedInstance = Pick<InstanceRecord, (typeof DISPATCH_ATTRIBUTES)[number]>;

/** What a container instance is to the dispatcher. */
export type DispatchState =
  | { readonly state: 'WAITING'; readonly wave: number; readonly place: number }
  | { readonly state: 'OPEN' | 'FAILED' | 'STUCK' }
  | { readonly state: 'NONE' };

export function dispatchKeyOf(ec2InstanceId: string, dispatch: DispatchState): string | undefined {
  switch (dispatch.state) {
    case 'NONE':
      return undefined;
    case 'WAITING':
      return `${waitingPrefix(dispatch.wave)}${String(dispatch.place).padStart(5, '0')}#${ec2InstanceId}`;
    default:
      return `${dispatch.state}#${ec2InstanceId}`;
  }
}

function waitingPrefix(wave: number): string {
  return `WAITING#${String(wave).padStart(4, '0')}#`;
}

/** Most that one dispatch reads of those that wait; what stands behind them has its turn when these have moved on. */
export const WAITING_READ_MAX = 1000;

/** The next container instances of a wave that wait for their turn, in dispatch order. */
export async function readWaiting(
  rolloutId: string,
  wave: number,
  limit: number,
): Promise<IndexedInstance[]> {
  const items = await query({
    pk: `ROLLOUT#${rolloutId}`,
    keys: { prefix: waitingPrefix(wave) },
    index: 'byDispatch',
    limit,
  });
  return items as unknown as IndexedInstance[];
}

/** Container instances that a rollout has taken. */
export interface Taken {
  readonly open: readonly IndexedInstance[];
  readonly failed: readonly IndexedInstance[];
  readonly stuck: readonly IndexedInstance[];
}

/** FAILED, OPEN and STUCK are neighbours in the index, before WAITING. */
export async function readTaken(rolloutId: string): Promise<Taken> {
  const items = await query({
    pk: `ROLLOUT#${rolloutId}`,
    keys: { from: TAKEN_FROM, to: 'STUCK#~' },
    index: 'byDispatch',
  });
  return toTaken(items);
}

const TAKEN_FROM = 'FAILED#';

function under(items: readonly Item[], prefix: string): IndexedInstance[] {
  const those = items.filter((item) => String(item.dispatchKey).startsWith(prefix));
  return those as unknown as IndexedInstance[];
}

function toTaken(items: readonly Item[]): Taken {
  return {
    open: under(items, 'OPEN#'),
    failed: under(items, 'FAILED#'),
    stuck: under(items, 'STUCK#'),
  };
}

/** Rows between those that are open and those that wait: failures, and milestones that are still to be told. */
const OTHER_ROWS = 20;

/**
 * What a rollout has taken and the next that wait for their turn, in one query where `openExpected` is about right; where
 * it is not, in two more.
 *
 * @param openExpected How many were open when somebody last looked.
 */
export async function readTakenAndWaiting(
  rolloutId: string,
  wave: number,
  limit: number,
  openExpected: number,
): Promise<{ readonly taken: Taken; readonly waiting: IndexedInstance[] }> {
  const most = openExpected + OTHER_ROWS + limit;
  const items = await query({
    pk: `ROLLOUT#${rolloutId}`,
    keys: { from: TAKEN_FROM, to: `${waitingPrefix(wave)}~` },
    index: 'byDispatch',
    limit: most,
  });
  const waiting = under(items, waitingPrefix(wave));
  if (items.length < most || waiting.length >= limit) {
    return { taken: toTaken(items), waiting: waiting.slice(0, limit) };
  }
  return {
    taken: await readTaken(rolloutId),
    waiting: await readWaiting(rolloutId, wave, limit),
  };
}
