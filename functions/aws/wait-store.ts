// Stores what somebody waits for: a task token, a deadline, and hints at when looking is worth while.

import { now } from './clock.ts';
import { deleteItem, getItem, type Item, type Key, putItem, query, updateItem } from './table.ts';

export type WaitKind =
  | 'commands'
  | 'approval'
  | 'progress'
  | 'drain'
  | 'reboot'
  | 'verify'
  | 'confirm';

/** `WAIT#subject / kind`. Instants are epoch milliseconds. */
export interface Wait {
  /** Container instance ARN, EC2 instance id or rollout id, by what the waking event carries. */
  readonly subject: string;
  readonly kind: WaitKind;
  readonly token: string;
  readonly clusterArn: string;
  readonly rolloutId: string;
  readonly fence: number;
  readonly ec2InstanceId?: string | undefined;
  readonly containerInstanceArn?: string | undefined;
  readonly beganAt: number;
  readonly deadlineAt: number;
  /** Task ARNs whose events have not come (drain) or have come (confirm). Only hints. */
  readonly hints?: ReadonlySet<string> | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  /** Counts the replacements of `data`. */
  readonly revision: number;
}

/** A wait that nobody answered is kept this long after its deadline, for whoever investigates. */
const KEPT_SECONDS = 86_400;

function key(subject: string, kind: WaitKind): Key {
  return { pk: `WAIT#${subject}`, sk: kind };
}

/** Writes the wait before anything is done that could fulfil it; a retry's new token replaces the old one. */
export async function putWait(wait: Omit<Wait, 'beganAt' | 'revision'>): Promise<Wait> {
  const whole: Wait = { ...wait, beganAt: now(), revision: 0 };
  await putItem({
    ...key(wait.subject, wait.kind),
    ...whole,
    ...(wait.hints && wait.hints.size > 0 ? { hints: wait.hints } : { hints: undefined }),
    expiresAt: Math.floor(wait.deadlineAt / 1000) + KEPT_SECONDS,
  });
  return whole;
}

export async function readWait(subject: string, kind: WaitKind): Promise<Wait | undefined> {
  return (await getItem(key(subject, kind))) as unknown as Wait | undefined;
}

/** Everything that is waited for on one subject, in one read. */
export async function readWaits(subject: string): Promise<Wait[]> {
  return (await query({ pk: `WAIT#${subject}`, prefix: '' })) as unknown as Wait[];
}

/** Deletes the wait unless a newer token took its place. */
export async function deleteWait(wait: Wait): Promise<void> {
  await deleteItem(key(wait.subject, wait.kind), { attribute: 'token', is: wait.token });
}

/** Takes a task off the hints of a drain; answers the wait as it is now, or undefined when nobody waits. */
export async function takeHint(subject: string, taskArn: string): Promise<Wait | undefined> {
  return hinted(subject, 'drain', { takeOut: { hints: [taskArn] } });
}

/** Adds a task to the hints of a confirmation; answers the wait as it is now, or undefined when nobody waits. */
export async function addHint(subject: string, taskArn: string): Promise<Wait | undefined> {
  return hinted(subject, 'confirm', { addTo: { hints: [taskArn] } });
}

async function hinted(
  subject: string,
  kind: WaitKind,
  change: Parameters<typeof updateItem>[1],
): Promise<Wait | undefined> {
  const written = await updateItem(key(subject, kind), {
    ...change,
    condition: 'attribute_exists(#token)',
  });
  return written.kind === 'written' ? (written.item as unknown as Wait) : undefined;
}

/**
 * Replaces `data`, if nobody else has since this wait was read: two lookers must not both send a probe.
 *
 * @returns The wait as it is now, or undefined when somebody else was quicker.
 */
export async function replaceData(wait: Wait, data: Wait['data']): Promise<Wait | undefined> {
  const written = await updateItem(key(wait.subject, wait.kind), {
    set: { data } as Item,
    increment: { revision: 1 },
    condition: '#token = :token AND #revision = :before',
    conditionValues: { token: wait.token, before: wait.revision },
  });
  return written.kind === 'written' ? (written.item as unknown as Wait) : undefined;
}

/** Remembers which rollout a batch of commands belongs to: their events carry only the command's id. */
export async function putCommandAlias(commandId: string, rolloutId: string): Promise<void> {
  await putItem({
    pk: `COMMAND#${commandId}`,
    sk: 'ROLLOUT',
    rolloutId,
    expiresAt: Math.floor(now() / 1000) + KEPT_SECONDS,
  });
}

export async function rolloutOfCommand(commandId: string): Promise<string | undefined> {
  const item = await getItem({ pk: `COMMAND#${commandId}`, sk: 'ROLLOUT' });
  return item?.rolloutId as string | undefined;
}
