// The sparse index of container instances by what they are to the dispatcher: its keys, and reads in its order.

import type { DISPATCH_ATTRIBUTES } from '../core/dispatch-attributes.ts';
import type { InstanceRecord } from './instance-record.ts';
import { query } from './table.ts';

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
    keys: { from: 'FAILED#', to: 'STUCK#~' },
    index: 'byDispatch',
  });
  const those = (state: string): IndexedInstance[] =>
    items.filter((item) =>
      String(item.dispatchKey).startsWith(`${state}#`),
    ) as unknown as IndexedInstance[];
  return { open: those('OPEN'), failed: those('FAILED'), stuck: those('STUCK') };
}
