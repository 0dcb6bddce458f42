// Follows the downloads of a rollout: which commands are out, and what each of their hosts has said so far.

import type { Outcome } from '../core/model.ts';
import { dispatchState, noWayBack } from '../core/outcome.ts';
import { now } from './clock.ts';
import { type Answer, readAnswers } from './documents.ts';
import type { InstanceRecord } from './instance-record.ts';
import { noteBeforeTurn, readInstances, readInstancesOf } from './instance-store.ts';
import { inParallel } from './parallel.ts';
import { tellDispatcher } from './progress.ts';
import { getItem, type Item, type Key, putItem, updateItem } from './table.ts';

/** Parallel writes to the record. */
const WRITES_MAX = 25;

/** One command to download, and the waves that its hosts are in. */
export interface DownloadCommand {
  readonly commandId: string;
  readonly fromWave: number;
  readonly toWave: number;
}

/** `ROLLOUT#id / PREPARE`. Instants are epoch milliseconds. */
export interface Downloading {
  readonly rolloutId: string;
  readonly fence: number;
  readonly sentAt: number;
  readonly deadlineAt: number;
  readonly commands: readonly DownloadCommand[];
  /** Ids of the commands whose answers are all in the record. */
  readonly collected?: ReadonlySet<string> | undefined;
  /** True once those that had not answered at the deadline were given up. */
  readonly isOver?: boolean | undefined;
}

function key(rolloutId: string): Key {
  return { pk: `ROLLOUT#${rolloutId}`, sk: 'PREPARE' };
}

export async function putDownloading(downloading: Downloading): Promise<void> {
  await putItem({ ...key(downloading.rolloutId), ...downloading } as Key & Item);
}

export async function readDownloading(rolloutId: string): Promise<Downloading | undefined> {
  return (await getItem(key(rolloutId))) as unknown as Downloading | undefined;
}

function skip(reason: string) {
  const over = { step: 'Over' as const, finishedAt: now() };
  return { outcome: 'Skipped' as Outcome, code: 'PrepareFailed', reason, ...over };
}

function whyNot(answer: Exclude<Answer, { kind: 'report' }>): string {
  return answer.kind === 'pending' ? 'the host did not answer in time' : answer.reason;
}

/** On the way back a host that cannot go back is a failure; before, it never left service. */
async function note(
  held: Pick<Downloading, 'rolloutId' | 'fence'>,
  record: InstanceRecord,
  answer: Answer,
): Promise<void> {
  const { ec2InstanceId, wave = 0, place = 0, direction, fromVersion } = record;
  if (answer.kind === 'report') {
    const set = { step: 'Prepared' as const, bootIdBefore: answer.report.bootId };
    await noteBeforeTurn(held, ec2InstanceId, set, { state: 'WAITING', wave, place });
    return;
  }
  const why = whyNot(answer);
  const set: Partial<InstanceRecord> =
    direction === 'back'
      ? noWayBack(skip(why), fromVersion)
      : skip(`the download failed, it never left service: ${why}`);
  await noteBeforeTurn(held, ec2InstanceId, set, { state: dispatchState(set.outcome) });
}

/** Chosen, and its host is not known to have downloaded the update. */
export function isDownloading({ step }: Pick<InstanceRecord, 'step'>): boolean {
  return step === 'Planned';
}

function isAwaited(record: InstanceRecord): boolean {
  return isDownloading(record) && record.outcome === undefined && record.wave !== undefined;
}

/** What hosts of one command have said since the last look. @returns How many. Safe to repeat. */
async function collect(downloading: Downloading, commandId: string): Promise<number> {
  const { rolloutId } = downloading;
  const answers = await readAnswers(commandId);
  const said = new Map([...answers].filter(([, { kind }]) => kind !== 'pending'));
  const records = [...(await readInstancesOf(rolloutId, [...said.keys()])).values()];
  const fresh = records.filter(isAwaited);
  await inParallel(fresh, WRITES_MAX, (one) =>
    note(downloading, one, said.get(one.ec2InstanceId) ?? { kind: 'pending' }),
  );
  if (answers.size > 0 && said.size === answers.size) {
    await updateItem(key(rolloutId), {
      addTo: { collected: [commandId] },
      condition: '#sentAt = :heldSentAt',
      conditionValues: { heldSentAt: downloading.sentAt },
    });
  }
  return fresh.length;
}

/** Those that have not answered by the deadline are not waited for any longer. @returns How many. */
async function giveUp(downloading: Downloading): Promise<number> {
  const { rolloutId, sentAt } = downloading;
  const late = (await readInstances(rolloutId)).filter(isAwaited);
  await inParallel(late, WRITES_MAX, (one) => note(downloading, one, { kind: 'pending' }));
  await updateItem(key(rolloutId), {
    set: { isOver: true },
    condition: '#sentAt = :heldSentAt',
    conditionValues: { heldSentAt: sentAt },
  });
  return late.length;
}

function uncollected({ commands, collected }: Downloading): DownloadCommand[] {
  return commands.filter(({ commandId }) => !collected?.has(commandId));
}

/** Which commands to look at; absent: all. */
export interface DownloadLook {
  /** Those with hosts of this wave. */
  readonly wave?: number;
  /** The first so many of these, which hold the next hosts in the order of work. */
  readonly most?: number;
}

/**
 * Writes down what hosts have said.
 *
 * @returns How many hosts had not been written down before. Safe to repeat.
 */
export async function lookAtDownloads(
  downloading: Downloading | undefined,
  { wave, most }: DownloadLook = {},
): Promise<number> {
  if (!downloading || downloading.isOver) return 0;
  const wanted = uncollected(downloading).filter(
    ({ fromWave, toWave }) => wave === undefined || (fromWave <= wave && wave <= toWave),
  );
  let noted = 0;
  for (const { commandId } of wanted.slice(0, most)) {
    noted += await collect(downloading, commandId);
  }
  return now() > downloading.deadlineAt ? noted + (await giveUp(downloading)) : noted;
}

/** All hosts of one command have answered: whoever dispatches may have places for them. */
export async function downloadsChanged(rolloutId: string, commandId: string): Promise<void> {
  const downloading = await readDownloading(rolloutId);
  if (!downloading || !uncollected(downloading).some((one) => one.commandId === commandId)) return;
  if ((await collect(downloading, commandId)) > 0) {
    await tellDispatcher(rolloutId, 'hosts have downloaded the update');
  }
}

/** The sweep's look: also at what has been out for longer than it may. */
export async function sweepDownloads(downloading: Downloading): Promise<void> {
  if ((await lookAtDownloads(downloading)) > 0) {
    await tellDispatcher(downloading.rolloutId, 'hosts have downloaded the update');
  }
}
