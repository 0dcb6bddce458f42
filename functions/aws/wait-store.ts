// Stores what somebody waits for: a task token, a deadline, and hints at when looking is worth while.

import { now } from './clock.ts';
import type { IndexedInstance } from './dispatch-index.ts';
import { deleteItem, getItem, type Item, type Key, putItem, query, updateItem } from './table.ts';
import { byKey, getItems } from './table-batches.ts';

export type WaitKind =
  | 'commands'
  | 'approval'
  | 'progress'
  | 'drain'
  | 'reboot'
  | 'verify'
  | 'confirm';

/** Kinds whose subject is a rollout: they live beside it, so that one query reads them with it. */
const OF_ROLLOUT: ReadonlySet<WaitKind> = new Set(['commands', 'approval', 'progress']);

/** `WAIT#subject / kind`, of a rollout `ROLLOUT#id / WAIT#kind`. Instants are epoch milliseconds. */
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
  /**
   * Task ARNs whose events have not come (drain) or have come (confirm): only hints. Ids of the commands whose answers
   * are in the record (commands).
   */
  readonly hints?: ReadonlySet<string> | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  /** Counts the replacements of `data`. */
  readonly revision: number;
  /** What a dispatcher was told of so far (progress); outlives the waits. */
  readonly news?: number | undefined;
}

/** A wait that nobody answered is kept this long after its deadline, for whoever investigates. */
const KEPT_SECONDS = 86_400;

function key(subject: string, kind: WaitKind): Key {
  return OF_ROLLOUT.has(kind)
    ? { pk: `ROLLOUT#${subject}`, sk: `WAIT#${kind}` }
    : { pk: `WAIT#${subject}`, sk: kind };
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

/** As `putWait`, but keeps the count of news: the answer tells what came since it was read. */
export async function putProgressWait(wait: Omit<Wait, 'beganAt' | 'revision'>): Promise<Wait> {
  const set = {
    ...wait,
    beganAt: now(),
    revision: 0,
    expiresAt: Math.floor(wait.deadlineAt / 1000) + KEPT_SECONDS,
  };
  const written = await updateItem(key(wait.subject, 'progress'), { set: set as Item });
  if (written.kind === 'refused') throw new Error('An update without a condition was refused');
  return written.item as unknown as Wait;
}

/** Counts one more thing that a dispatcher should look at; undefined when none waits. */
export async function addNews(rolloutId: string): Promise<Wait | undefined> {
  const written = await updateItem(key(rolloutId, 'progress'), { increment: { news: 1 } });
  return written.kind === 'written' && written.item.token !== undefined
    ? (written.item as unknown as Wait)
    : undefined;
}

export async function readWait(subject: string, kind: WaitKind): Promise<Wait | undefined> {
  return (await getItem(key(subject, kind))) as unknown as Wait | undefined;
}

/** Everything that is waited for on one host or container instance, in one read. */
export async function readWaits(subject: string): Promise<Wait[]> {
  return (await query({ pk: `WAIT#${subject}`, keys: 'all' })) as unknown as Wait[];
}

/** What an open container instance waits for at its step: by which subject and as what. */
function stepKey({ step, containerInstanceArn, ec2InstanceId }: IndexedInstance): Key | undefined {
  switch (step) {
    case 'Draining':
      return key(containerInstanceArn, 'drain');
    case 'Rebooting':
      return key(ec2InstanceId, 'reboot');
    case 'Verifying':
      return key(ec2InstanceId, 'verify');
    case 'Returned':
      return key(containerInstanceArn, 'confirm');
    default:
      return undefined;
  }
}

/** What each of these container instances waits for, in their order; undefined where nothing is waited for. */
export async function readStepWaits(
  records: readonly IndexedInstance[],
): Promise<(Wait | undefined)[]> {
  const keys = records.map(stepKey);
  const found = byKey(await getItems(keys.filter((one) => one !== undefined)));
  return keys.map((one) => one && (found(one) as unknown as Wait | undefined));
}

/** Deletes the wait unless a newer token took its place. */
export async function deleteWait(wait: Wait): Promise<void> {
  await deleteItem(key(wait.subject, wait.kind), { attribute: 'token', is: wait.token });
}

/** Takes a task off the hints of a drain; answers the wait as it is now, or undefined when nobody waits for it. */
export async function takeHint(subject: string, taskArn: string): Promise<Wait | undefined> {
  return hinted(key(subject, 'drain'), {
    takeOut: { hints: [taskArn] },
    condition: 'attribute_exists(#token) AND contains(#hints, :task)',
    conditionValues: { task: taskArn },
  });
}

/**
 * Adds a task to the hints of a confirmation; answers the wait as it is now, or undefined when nobody waits for that
 * daemon, or the task is known.
 */
export async function addHint(
  subject: string,
  taskArn: string,
  daemon: string,
): Promise<Wait | undefined> {
  return hinted(key(subject, 'confirm'), {
    addTo: { hints: [taskArn] },
    condition:
      'attribute_exists(#token) AND contains(#data.#daemons, :daemon) AND NOT contains(#hints, :task)',
    conditionValues: { daemon, task: taskArn },
  });
}

/** Notes that all answers of one command are in the record; undefined when another token waits by now. */
export async function noteCollected(wait: Wait, commandId: string): Promise<Wait | undefined> {
  return hinted(key(wait.subject, 'commands'), {
    addTo: { hints: [commandId] },
    condition: '#token = :token',
    conditionValues: { token: wait.token },
  });
}

async function hinted(
  item: Key,
  change: Parameters<typeof updateItem>[1],
): Promise<Wait | undefined> {
  const written = await updateItem(item, change);
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

/** Remembers which rollout a command belongs to, and what it is: its events carry only the command's id. */
export async function putCommandAlias(
  commandId: string,
  rolloutId: string,
  verb: string,
): Promise<void> {
  await putItem({
    pk: `COMMAND#${commandId}`,
    sk: 'ROLLOUT',
    rolloutId,
    verb,
    expiresAt: Math.floor(now() / 1000) + KEPT_SECONDS,
  });
}

export async function rolloutOfCommand(
  commandId: string,
): Promise<{ readonly rolloutId: string; readonly verb: string } | undefined> {
  const item = await getItem({ pk: `COMMAND#${commandId}`, sk: 'ROLLOUT' });
  return item as unknown as { rolloutId: string; verb: string } | undefined;
}
