// The record of what Slack was told: untold milestones, the live message of each rollout, the pace of each channel.

import type { Milestone } from '../core/milestone.ts';
import { type ChannelPace, UNHURRIED } from '../core/telling.ts';
import { now } from './clock.ts';
import { UNTOLD } from './journal.ts';
import { RETENTION_SECONDS } from './record-rules.ts';
import { deleteItem, getItem, type Key, putItem, query, updateItem } from './table.ts';

function expiresAt(): number {
  return Math.floor(now() / 1000) + RETENTION_SECONDS;
}

/** A milestone in the journal that Slack has not been told. */
export interface Untold {
  readonly key: Key;
  readonly milestone: Milestone;
}

/** What is still to be told and to be done of a rollout, in one read of its sparse index. */
export interface Unfinished {
  readonly untold: readonly Untold[];
  readonly waiting: number;
  readonly open: number;
  readonly failed: number;
}

export async function readUnfinished(rolloutId: string): Promise<Unfinished> {
  const items = await query({ pk: `ROLLOUT#${rolloutId}`, keys: 'all', index: 'byDispatch' });
  const under = (prefix: string) =>
    items.filter(({ dispatchKey }) => String(dispatchKey).startsWith(prefix));
  return {
    untold: under(UNTOLD).map(({ pk, sk, milestone }) => ({
      key: { pk: String(pk), sk: String(sk) },
      milestone: milestone as Milestone,
    })),
    waiting: under('WAITING#').length,
    open: under('OPEN#').length,
    failed: under('FAILED#').length + under('STUCK#').length,
  };
}

/** Takes a milestone off the index; it stays in the journal. */
export async function noteTold(untold: Untold): Promise<void> {
  await updateItem(untold.key, { set: { toldAt: now() }, remove: ['dispatchKey'] });
}

/** `ROLLOUT#id / LIVE#SLACK`: apart from META and what is read with it: nobody but the notifier needs it. */
export interface LiveMessage {
  /** Id of the channel: Slack changes no message by the channel's name. */
  readonly channel: string;
  readonly ts: string;
  /** What it shows, as `fingerprint()` has it. */
  readonly shown: string;
}

function liveKey(rolloutId: string): Key {
  return { pk: `ROLLOUT#${rolloutId}`, sk: 'LIVE#SLACK' };
}

export async function readLive(rolloutId: string): Promise<LiveMessage | undefined> {
  return (await getItem(liveKey(rolloutId))) as unknown as LiveMessage | undefined;
}

export async function writeLive(rolloutId: string, live: LiveMessage): Promise<void> {
  await putItem({ ...liveKey(rolloutId), ...live, expiresAt: expiresAt() });
}

export async function forgetLive(rolloutId: string): Promise<void> {
  await deleteItem(liveKey(rolloutId));
}

/** Longer than the function may run: whoever died in the middle holds up a channel for this long. */
const CLAIM_MILLISECONDS = 65_000;

/** `SLACK#credential#channel / PACE`: one sender per channel, whatever rollouts it tells of. */
export interface Claim {
  readonly key: Key;
  readonly claimedUntilAt: number;
  readonly pace: ChannelPace;
}

/** @returns Undefined while somebody else sends to that channel. */
export async function claimChannel(
  credential: string,
  channel: string,
): Promise<Claim | undefined> {
  const key = { pk: `SLACK#${credential}#${channel}`, sk: 'PACE' };
  const claimedUntilAt = now() + CLAIM_MILLISECONDS;
  const written = await updateItem(key, {
    set: { claimedUntilAt, expiresAt: expiresAt() },
    condition: 'attribute_not_exists(#claimedUntilAt) OR #claimedUntilAt <= :nowAt',
    conditionValues: { nowAt: now() },
  });
  if (written.kind === 'refused') return undefined;
  const { postAt, updateAt, pausedUntilAt, unsureTimes } = {
    ...UNHURRIED,
    ...written.item,
  } as ChannelPace;
  return { key, claimedUntilAt, pace: { postAt, updateAt, pausedUntilAt, unsureTimes } };
}

/** Writes the new pace; a claim that ran out, and is another's now, is left alone. */
export async function releaseChannel(claim: Claim, pace: ChannelPace): Promise<void> {
  await updateItem(claim.key, {
    set: { ...pace, claimedUntilAt: 0 },
    condition: '#claimedUntilAt = :mine',
    conditionValues: { mine: claim.claimedUntilAt },
  });
}
