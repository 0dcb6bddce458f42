// Brings a rollout to its end, for the state machine that ends well and for the sweep that finds it dead.

import { mayStillDownload } from '../core/downloads.ts';
import { withoutIds } from '../core/drift.ts';
import type { Ending, Outcome } from '../core/model.ts';
import { closingReason, countOutcomes, endingOf } from '../core/outcome.ts';
import { owesSettings } from '../core/settings-owed.ts';
import { bestEffort } from './best-effort.ts';
import { now } from './clock.ts';
import { readDownloading } from './downloads.ts';
import { closeVersions } from './fleet-versions.ts';
import type { InstanceRecord } from './instance-record.ts';
import { readInstances, updateInstance } from './instance-store.ts';
import { announce } from './journal.ts';
import { releaseLease } from './lease.ts';
import { log } from './log.ts';
import { tellUntoldEnds } from './outcome-record.ts';
import { inParallel } from './parallel.ts';
import { giveUpProtection, settleProtection } from './protection.ts';
import { forgetOpen, type Rollout, writeEnding } from './rollout-record.ts';
import { type Settling, settleSettings } from './settings.ts';
import { isStillRunning } from './traces.ts';

/** Parallel writes to the record. */
const WRITES_MAX = 25;
/** Longest one instance can take to end, its undo included, at the policy's defaults and twice over. */
const PATIENCE_MILLISECONDS = 3 * 3_600_000;

/** The cluster is not kept longer for what harms nothing: a person can put scale-in protection back later. */
const PROTECTION_PATIENCE_MILLISECONDS = 900_000;

/** Codes of hosts that were skipped because they could not be asked. */
const UNASKED: ReadonlySet<string> = new Set(['CheckFailed', 'CommandDenied']);
/** The same, or because they could not be prepared. */
const UNPREPARED: ReadonlySet<string> = new Set(['CheckFailed', 'PrepareFailed', 'CommandDenied']);

/** Nobody owes any settings. */
const SETTLED: Settling = { kind: 'settled', left: [] };

interface Held {
  readonly rolloutId: string;
  readonly fence: number;
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
  | { readonly verdict: 'open'; readonly reason: string; readonly seconds: number }
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
async function isPreparing(
  { rolloutId, prepared, policy, openedAt }: Rollout,
  because: Because,
): Promise<boolean> {
  if (because.verdict === 'done' || because.verdict === 'nothing' || !prepared) return false;
  const sent = await readDownloading(rolloutId);
  if (sent && !mayStillDownload(sent, policy.prepare.timeoutSeconds, now())) return false;
  const comment = `rollout ${rolloutId}: prepare`;
  const look = () => isStillRunning('prepare', comment, openedAt);
  // Unless it is known: as long as it may be at work; what was never sent is not.
  return bestEffort('commands not read', { rolloutId }, look, sent !== undefined);
}

/** Seconds until the state machine asks again: instances take minutes to end, hosts answer within seconds. */
const LET_END_SECONDS = 30;
const LET_ANSWER_SECONDS = 10;

function open(reason: string, seconds = LET_END_SECONDS): Closing {
  return { verdict: 'open', reason, seconds };
}

interface Because {
  readonly verdict: string;
  readonly reason: string;
}

type Ended = InstanceRecord & { readonly outcome: Outcome };

/** With the outcomes that they have, or get now because nobody could end them in time. */
function withOutcomes(records: readonly InstanceRecord[]): Ended[] {
  return records.map((one) => ({
    ...one,
    outcome: one.outcome ?? (isOpen(one) ? 'NeedsAttention' : 'NotStarted'),
  }));
}

/** Chosen container instances whose items somebody deleted; on the way back there are none but these. */
function lostOf({ waves = [] }: Rollout, ended: readonly Ended[]): number {
  const forth = waves.filter(({ kind }) => kind !== 'rollback');
  const chosen = forth.reduce((sum, { size }) => sum + size, 0);
  return Math.max(0, chosen - ended.filter(({ wave }) => wave !== undefined).length);
}

/** What keeps something of ours. */
interface Left {
  readonly settings: readonly InstanceRecord[];
  readonly protection: readonly InstanceRecord[];
}

function idsOf(records: readonly InstanceRecord[]): string {
  return records.map((one) => one.ec2InstanceId).join(', ');
}

/** What it leaves behind, for the closing reason. */
function remarksOf(
  ended: readonly Ended[],
  { settings, protection }: Left,
  lost: number,
): string[] {
  const unasked = ended.filter((one) => UNASKED.has(one.code)).length;
  return [
    ...(unasked > 0 ? [`${unasked} could not be asked`] : []),
    ...(lost > 0
      ? [`the record has lost ${lost} of the chosen container instances; look at what is marked`]
      : []),
    ...(settings.length > 0 ? [`update settings could not be put back on ${idsOf(settings)}`] : []),
    ...(protection.length > 0
      ? [`scale-in protection could not be put back on ${idsOf(protection)}`]
      : []),
  ];
}

async function writeDown(
  rollout: Rollout,
  because: Because,
  ended: readonly Ended[],
  left: Left,
): Promise<Rollout> {
  const outcomes = ended.map((one) => one.outcome);
  const lost = lostOf(rollout, ended);
  const byOutcomes = endingOf(outcomes, {
    halted: because.verdict !== 'done' && because.verdict !== 'nothing',
    unprepared: ended.filter((one) => UNPREPARED.has(one.code)).length,
    settingsLeft: left.settings.length,
    protectionLeft: left.protection.length,
    lost,
    planOnly: rollout.policy.planOnly,
  });
  const ending =
    because.verdict === 'error' && byOutcomes === 'Halted' ? 'FailedClean' : byOutcomes;
  const reason = closingReason(because, outcomes, remarksOf(ended, left, lost), lost);
  const drift = await closeVersions(rollout.clusterArn, ending, ended);
  const counts = countOutcomes(outcomes);
  return writeEnding(rollout, { ending, reason, counts, closedAt: now(), drift });
}

/**
 * What follows once the ending is in the record: the journal, the lease, the event. Safe to repeat at any point; the
 * sweep does so until the rollout is forgotten, which comes last.
 */
export async function finishClosing(rollout: Rollout): Promise<Closing> {
  const {
    rolloutId,
    clusterArn,
    fence,
    ending = 'Halted',
    reason = '',
    counts = {},
    closedAt,
    drift,
  } = rollout;
  await releaseLease(clusterArn, rolloutId, fence);
  // Alarms and the dashboard count these lines.
  log.info('rollout closed', {
    rolloutId,
    clusterArn,
    fence,
    clusterName: rollout.clusterName,
    ending,
    reason,
    oldestMissingDays: Math.max(0, ...(drift ?? []).map((one) => one.oldestMissing?.ageDays ?? 0)),
  });
  const why = { what: `closed ${ending}`, who: 'updater', why: reason, at: closedAt ?? now() };
  await announce(rolloutId, why, {
    event: 'Rollout Closed',
    clusterArn,
    ending,
    reason,
    counts,
    drift: withoutIds(drift ?? []),
  });
  await forgetOpen(rolloutId);
  return { verdict: ending, reason, counts };
}

/** The last of them ended a moment ago. */
function isFresh(ended: readonly Ended[]): boolean {
  const lastAt = Math.max(0, ...ended.map((one) => one.finishedAt ?? 0));
  return now() - lastAt < PROTECTION_PATIENCE_MILLISECONDS;
}

/** Safe to repeat at any point: until the ending is in the record everything is done again, afterwards only the rest. */
export async function closeRollout(
  rollout: Rollout,
  because: Because,
  closingForMilliseconds: number,
): Promise<Closing> {
  if (rollout.ending !== undefined) return finishClosing(rollout);
  let records = await readInstances(rollout.rolloutId);
  const begun = records.filter(isOpen);
  const isPatient = closingForMilliseconds < PATIENCE_MILLISECONDS;
  if (begun.length > 0 && isPatient) {
    return open(`${begun.length} container instances are still being ended`);
  }
  if (isPatient && (await isPreparing(rollout, because))) return open('hosts are still preparing');
  const waiting = records.filter((one) => one.outcome === undefined && !isOpen(one));
  const isOnlyPlanned = rollout.policy.planOnly && because.verdict === 'nothing';
  await closeWaiting(rollout, waiting, isOnlyPlanned ? 'only planned (planOnly)' : because.reason);
  const protection = await settleProtection(rollout, records);
  await tellUntoldEnds(rollout.rolloutId, records);
  if (waiting.length > 0) records = await readInstances(rollout.rolloutId);
  const ended = withOutcomes(records);
  const settling = rollout.prepared ? await settleSettings(rollout, ended) : SETTLED;
  if (settling.kind === 'asked' && isPatient) {
    const hosts = settling.hosts === 1 ? '1 host puts its' : `${settling.hosts} hosts put their`;
    return open(`${hosts} update settings back`, LET_ANSWER_SECONDS);
  }
  if (protection.length > 0 && isPatient && isFresh(ended)) {
    return open(`${protection.length} container instances keep our scale-in protection`);
  }
  await giveUpProtection(rollout, protection);
  const settings = settling.kind === 'settled' ? settling.left : ended.filter(owesSettings);
  return finishClosing(await writeDown(rollout, because, ended, { settings, protection }));
}
