// Writes the outcome of one container instance, wherever it was decided, and tells it to whoever listens.

import { type Ending, FAILURES, type Outcome } from '../core/model.ts';
import { blamesVersion, endingOf } from '../core/outcome.ts';
import { now } from './clock.ts';
import { publish } from './events.ts';
import type { InstanceRecord } from './instance-record.ts';
import { readInstance, updateInstance } from './instance-store.ts';
import { journal } from './journal.ts';
import { putBackProtection } from './protection.ts';
import { quarantine } from './version-record.ts';

/** What the outcome makes of it for the dispatcher: a stuck instance keeps its place in the budgets. */
function dispatchState(outcome: Outcome): 'STUCK' | 'FAILED' | 'NONE' {
  if (outcome === 'NeedsAttention') return 'STUCK';
  return FAILURES.has(outcome) ? 'FAILED' : 'NONE';
}

/** On the way back, arriving on the old version is what was wanted, and still counts against the new one. */
function whatItMeans(
  record: InstanceRecord,
  outcome: Outcome,
  reason: string,
): { readonly outcome: Outcome; readonly reason: string } {
  if (record.direction !== 'back' || outcome !== 'Updated') return { outcome, reason };
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

/** Safe to repeat: the first outcome stays. */
export async function finishInstance(
  held: { readonly rolloutId: string; readonly fence: number; readonly ec2InstanceId: string },
  ended: Outcome,
  why: string,
): Promise<Ending> {
  const { rolloutId, ec2InstanceId } = held;
  const before = await readInstance(rolloutId, ec2InstanceId);
  await putBackProtection(held, before);
  const { outcome, reason } = whatItMeans(before, ended, why);
  const record = await updateInstance(
    held,
    ec2InstanceId,
    { step: 'Over', outcome, code: outcome, reason, finishedAt: now() },
    { state: dispatchState(outcome) },
  );
  const { fromVersion, toVersion, image } = record;
  const blamed = blamedVersion(record, outcome);
  if (blamed && image) {
    await quarantine(image, blamed, `${ec2InstanceId} in rollout ${rolloutId}: ${reason}`);
  }
  await journal(rolloutId, { what: outcome, who: 'updater', why: reason, subject: ec2InstanceId });
  // Step Functions itself tells of every execution that succeeds; ours is for what a person should hear of.
  if (outcome !== 'Updated')
    await publish({
      event: 'Container Instance Over',
      detail: {
        rolloutId,
        ec2InstanceId,
        outcome,
        reason,
        fromVersion,
        toVersion,
      },
    });
  return endingOf([record.outcome ?? outcome]);
}
