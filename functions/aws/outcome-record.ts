// Writes the outcome of one container instance, wherever it was decided, and tells it to whoever listens.

import { type Ending, FAILURES, type Outcome } from '../core/model.ts';
import { blamesVersion, endingOf } from '../core/outcome.ts';
import { now } from './clock.ts';
import { publish } from './events.ts';
import { journal, updateInstance } from './record.ts';
import { quarantine } from './version-record.ts';

/** What the outcome makes of it for the dispatcher: a stuck instance keeps its place in the budgets. */
function dispatchState(outcome: Outcome): 'STUCK' | 'FAILED' | 'NONE' {
  if (outcome === 'NeedsAttention') return 'STUCK';
  return FAILURES.has(outcome) ? 'FAILED' : 'NONE';
}

/** Safe to repeat: the first outcome stays. */
export async function finishInstance(
  held: { readonly rolloutId: string; readonly fence: number; readonly ec2InstanceId: string },
  outcome: Outcome,
  reason: string,
): Promise<Ending> {
  const { rolloutId, ec2InstanceId } = held;
  const record = await updateInstance(
    held,
    ec2InstanceId,
    { step: 'Over', outcome, code: outcome, reason, finishedAt: now() },
    { state: dispatchState(outcome) },
  );
  const { fromVersion, toVersion, image } = record;
  if (blamesVersion(outcome) && image && toVersion) {
    await quarantine(image, toVersion, `${ec2InstanceId} in rollout ${rolloutId}: ${reason}`);
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
