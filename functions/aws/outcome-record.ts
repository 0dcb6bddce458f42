// Writes the outcome of one container instance, wherever it was decided, and tells it to whoever listens.

import { stepDurations } from '../core/durations.ts';
import type { Ending, Outcome } from '../core/model.ts';
import { blamesVersion, dispatchState, endingOf, noWayBack } from '../core/outcome.ts';
import { now } from './clock.ts';
import type { InstanceRecord } from './instance-record.ts';
import { readInstance, updateInstance } from './instance-store.ts';
import { announce, endOf, journal, readEnds } from './journal.ts';
import { clusterNameOf, type Measure, measure } from './metrics.ts';
import { tellDispatcher } from './progress.ts';
import { putBackProtection } from './protection.ts';
import { quarantine } from './version-record.ts';

/** On the way back, arriving on the old version is what was wanted, and still counts against the new one. */
function whatItMeans(
  record: InstanceRecord,
  outcome: Outcome,
  reason: string,
): { readonly outcome: Outcome; readonly reason: string } {
  if (record.direction !== 'back') return { outcome, reason };
  if (outcome !== 'Updated') return noWayBack({ outcome, reason }, record.fromVersion);
  return {
    outcome: 'RolledBack',
    reason: `taken back to ${record.toVersion}: ${record.because ?? 'the rollout halted'}`,
  };
}

/** The version an outcome speaks against: on the way back it is the one that was left. */
function blamedVersion(record: InstanceRecord, outcome: Outcome): string | undefined {
  if (!blamesVersion(outcome)) return undefined;
  if (record.direction !== 'back') return record.toVersion;
  return outcome === 'RolledBack' ? record.fromVersion : undefined;
}

interface Ended {
  readonly rolloutId: string;
  readonly clusterArn: string;
  readonly fence: number;
  readonly ec2InstanceId: string;
  /** Of the worker that ends it; the sweep does not know. */
  readonly attempt?: number;
}

/** The first attempt is never the way back: what it ended with means what it says, and the record need not be asked. */
async function meaning(
  { rolloutId, ec2InstanceId, attempt }: Ended,
  outcome: Outcome,
  why: string,
) {
  if (attempt === 1) return { outcome, reason: why };
  return whatItMeans(await readInstance(rolloutId, ec2InstanceId), outcome, why);
}

/** Step Functions itself tells of every execution that succeeds; ours is for what a person should hear of. */
async function tellEnd(
  rolloutId: string,
  { ec2InstanceId, fromVersion, toVersion, finishedAt = now() }: InstanceRecord,
  outcome: Outcome,
  reason: string,
): Promise<void> {
  const why = { who: 'updater', why: reason, subject: ec2InstanceId };
  const entry = { what: outcome, at: finishedAt, ...why };
  if (outcome === 'Updated') return journal(rolloutId, entry);
  const over = { ec2InstanceId, outcome, reason, fromVersion, toVersion };
  return announce(rolloutId, entry, { event: 'Container Instance Over', ...over });
}

/** Whoever wrote an outcome may have died before it was told. Safe to repeat. */
export async function tellUntoldEnds(
  rolloutId: string,
  records: readonly InstanceRecord[],
): Promise<void> {
  const told = await readEnds(rolloutId);
  for (const one of records) {
    const { attempt, ec2InstanceId, outcome, reason } = one;
    if (attempt === undefined || outcome === undefined) continue;
    if (!told.has(endOf(outcome, ec2InstanceId))) await tellEnd(rolloutId, one, outcome, reason);
  }
}

/** What the record says of one that is over. */
interface Finished {
  readonly verdict: Ending;
  readonly outcome: Outcome;
  readonly reason: string;
}

/** Safe to repeat: the first outcome stays. */
export async function finishInstance(held: Ended, ended: Outcome, why: string): Promise<Finished> {
  const { rolloutId, ec2InstanceId } = held;
  const { outcome, reason } = await meaning(held, ended, why);
  const record = await updateInstance(
    held,
    ec2InstanceId,
    { step: 'Over', outcome, code: outcome, reason, finishedAt: now() },
    { state: dispatchState(outcome) },
  );
  // Whoever closes the rollout does this again, should it not come to it here.
  await putBackProtection(held, record);
  const { image } = record;
  const durations = stepDurations(record).map(({ name, seconds }): Measure => {
    return { name, unit: 'seconds', value: seconds };
  });
  measure(
    { Cluster: clusterNameOf(held.clusterArn), Outcome: record.outcome ?? outcome },
    [{ name: 'ContainerInstances', unit: 'count', value: 1 }, ...durations],
    { rolloutId, ec2InstanceId },
  );
  const blamed = blamedVersion(record, outcome);
  if (blamed && image) {
    await quarantine(image, blamed, `${ec2InstanceId} in rollout ${rolloutId}: ${reason}`);
  }
  await tellEnd(rolloutId, record, outcome, reason);
  // Step Functions tells of the execution's end too, but later: what the dispatcher reads is there already.
  await tellDispatcher(rolloutId, `${ec2InstanceId} ended`);
  const stays = record.outcome ?? outcome;
  return { verdict: endingOf([stays]), outcome: stays, reason: record.reason };
}
