// Brings a rollout to its end, for the state machine that ends well and for the sweep that finds it dead.

import { withoutIds } from '../core/drift.ts';
import type { Ending, Outcome } from '../core/model.ts';
import { closingReason, countOutcomes, endingOf } from '../core/outcome.ts';
import { now } from './clock.ts';
import { isStillRunning, sendDocumentToAll } from './documents.ts';
import { closeVersions } from './fleet-versions.ts';
import type { InstanceRecord } from './instance-record.ts';
import { readInstances, updateInstance } from './instance-store.ts';
import { announce } from './journal.ts';
import { releaseLease } from './lease.ts';
import { log } from './log.ts';
import { inParallel } from './parallel.ts';
import { putBackProtection } from './protection.ts';
import { forgetOpen, readRollout, updateRollout } from './rollout-record.ts';

/** Parallel writes to the record. */
const WRITES_MAX = 25;
/** Longest one instance can take to end, its undo included, at the policy's defaults and twice over. */
const PATIENCE_MILLISECONDS = 3 * 3_600_000;

/** Codes of hosts that were skipped because they could not be asked or prepared. */
const UNPREPARED: ReadonlySet<string> = new Set(['CheckFailed', 'PrepareFailed']);

interface Held {
  readonly rolloutId: string;
  readonly clusterArn: string;
  readonly fence: number;
}

/**
 * Hosts that were prepared but never rebooted keep our version lock unless it is put back. The staged image itself is
 * harmless: it is not activated, and the next update overwrites it.
 */
async function restoreSettings(held: Held, records: readonly InstanceRecord[]): Promise<void> {
  const prepared = records.filter(
    (one) =>
      one.toVersion !== undefined && one.rebootSentAt === undefined && one.saved !== undefined,
  );
  const groups = new Map<string, InstanceRecord[]>();
  for (const record of prepared) {
    const key = `${record.fromVersion} ${record.saved?.versionLock} ${record.saved?.ignoreWaves}`;
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (!first?.saved || first.fromVersion === undefined) continue;
    await sendDocumentToAll(
      'status',
      group.map((one) => one.ec2InstanceId),
      {
        RestoreVersionLock: first.saved.versionLock,
        RestoreIgnoreWaves: String(first.saved.ignoreWaves),
        ExpectVersion: first.fromVersion,
      },
      `rollout ${held.rolloutId}: settings put back`,
    );
  }
}

/** What becomes of one that had no turn: on the way back it stays as updated as it was. */
function withoutTurn(record: InstanceRecord, reason: string): Partial<InstanceRecord> {
  const over = { step: 'Over' as const, finishedAt: now() };
  const before = record.earlier?.at(-1);
  if (record.direction === 'back' && before) {
    const { fromVersion, toVersion, outcome } = before;
    const kept = `still on ${toVersion}, it was to be taken back: ${reason}`;
    return { ...over, fromVersion, toVersion, outcome, code: outcome, reason: kept };
  }
  const why = `${record.reason}; not started: ${reason}`;
  return { ...over, outcome: 'NotStarted', code: 'NotStarted', reason: why };
}

async function closeWaiting(
  held: Held,
  waiting: readonly InstanceRecord[],
  reason: string,
): Promise<void> {
  await inParallel(waiting, WRITES_MAX, (one) =>
    updateInstance(held, one.ec2InstanceId, withoutTurn(one, reason), { state: 'NONE' }),
  );
}

export type Closing =
  | { readonly verdict: 'open'; readonly reason: string }
  | {
      readonly verdict: Ending;
      readonly reason: string;
      readonly counts: Partial<Record<Outcome, number>>;
    };

/** Instances that were started and are not over: their own executions, or the sweep, end them. */
function isOpen(record: InstanceRecord): boolean {
  const begun =
    record.step !== undefined && record.step !== 'Planned' && record.step !== 'Prepared';
  return record.outcome === undefined && begun;
}

/** A host that prepares pins its version lock; putting that back before would be too early. */
async function isPreparing({ rolloutId }: Held, because: { verdict: string }): Promise<boolean> {
  if (because.verdict === 'done' || because.verdict === 'nothing') return false;
  return (await readRollout(rolloutId)).prepared === true
    ? isStillRunning('prepare', `rollout ${rolloutId}: prepare`)
    : false;
}

/** Safe to repeat at any point. */
export async function closeRollout(
  held: Held,
  because: { readonly verdict: string; readonly reason: string },
  closingForMilliseconds: number,
): Promise<Closing> {
  const records = await readInstances(held.rolloutId);
  const open = records.filter(isOpen);
  const isPatient = closingForMilliseconds < PATIENCE_MILLISECONDS;
  if (open.length > 0 && isPatient) {
    return { verdict: 'open', reason: `${open.length} container instances are still being ended` };
  }
  if (isPatient && (await isPreparing(held, because))) {
    return { verdict: 'open', reason: 'hosts are still preparing' };
  }
  await closeWaiting(
    held,
    records.filter((one) => one.outcome === undefined && !isOpen(one)),
    because.reason,
  );
  // What ended without its outcome, or whose end did not get that far.
  for (const one of records) await putBackProtection(held, one);
  const outcomes = records.map((one): Outcome => {
    return one.outcome ?? (isOpen(one) ? 'NeedsAttention' : 'NotStarted');
  });
  const { clusterName, prepared } = await readRollout(held.rolloutId);
  if (prepared) await restoreSettings(held, records);
  const halted = because.verdict !== 'done' && because.verdict !== 'nothing';
  const unprepared = records.filter((one) => UNPREPARED.has(one.code)).length;
  const byOutcomes = endingOf(outcomes, { halted, unprepared });
  const ending =
    because.verdict === 'error' && byOutcomes === 'Halted' ? 'FailedClean' : byOutcomes;
  const counts = countOutcomes(outcomes);
  const reason = closingReason(because, outcomes);
  const ended = records.map((one, index) => ({ ...one, outcome: outcomes[index] ?? 'NotStarted' }));
  const drift = await closeVersions(held.clusterArn, ending, ended);
  await updateRollout(held, { ending, reason, counts, closedAt: now(), drift });
  await forgetOpen(held.rolloutId);
  await releaseLease(held.clusterArn, held.rolloutId, held.fence);
  // Alarms and the dashboard count these lines.
  log.info('rollout closed', {
    ...held,
    clusterName,
    ending,
    reason,
    oldestMissingDays: Math.max(0, ...drift.map((one) => one.oldestMissing?.ageDays ?? 0)),
  });
  const { rolloutId, clusterArn } = held;
  await announce(
    rolloutId,
    { what: `closed ${ending}`, who: 'updater', why: reason },
    { event: 'Rollout Closed', clusterArn, ending, reason, counts, drift: withoutIds(drift) },
  );
  return { verdict: ending, reason, counts };
}
