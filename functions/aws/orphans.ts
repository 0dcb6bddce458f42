// Ends container instances that are open in the record while nobody works on them any more.

import { whyOrphaned } from '../core/cause.ts';
import { judgeUnstarted } from '../core/unstarted.ts';
import { now } from './clock.ts';
import type { IndexedInstance } from './dispatch-index.ts';
import { readCalendars } from './documents.ts';
import { describeExecution } from './executions.ts';
import { readInstance, updateInstance } from './instance-store.ts';
import { log } from './log.ts';
import { finishInstance } from './outcome-record.ts';
import type { Rollout } from './rollout-record.ts';
import { startUpdate, updateExecutionArn } from './start-update.ts';
import { undoOnce } from './undo.ts';

/** An instance without a wait for so long is between two states for too long: its execution is asked for. */
export const ORPHAN_MILLISECONDS = 180_000;
/** Between the choice of an instance and its drain there is only one state. */
const UNSTARTED_MILLISECONDS = 60_000;

/** Open, and nobody waits: its execution is between two states, or dead, or was never started. */
export async function sweepOrphan(rollout: Rollout, record: IndexedInstance): Promise<void> {
  const patience = record.step === 'Started' ? UNSTARTED_MILLISECONDS : ORPHAN_MILLISECONDS;
  if (now() - (record.stepAt ?? 0) < patience) return;
  const execution = await describeExecution(updateExecutionArn(rollout.rolloutId, record));
  const { status } = execution;
  if (status === 'RUNNING') return;
  if (status === 'UNKNOWN' && record.step === 'Started')
    return sweepUnstarted(rollout, record.ec2InstanceId);
  const { rolloutId, clusterArn, fence } = rollout;
  const { ec2InstanceId, containerInstanceArn } = record;
  const held = { rolloutId, clusterArn, fence, ec2InstanceId, containerInstanceArn };
  const undone = await undoOnce(held, { error: 'Orphaned', reason: whyOrphaned(execution) });
  log.warn('orphan', { ...held, status, undone });
  if (undone.verdict === 'undone') await finishInstance(held, undone.outcome, undone.reason);
}

/** The dispatcher died between its intent and the start. The name makes a second start harmless. */
async function sweepUnstarted(rollout: Rollout, ec2InstanceId: string): Promise<void> {
  const record = await readInstance(rollout.rolloutId, ec2InstanceId);
  const { policy, control = {}, windowCloseAt: closeAt } = rollout;
  const goingBack = record.direction === 'back';
  const window = { closeAt, ...(await readCalendars(policy.window.calendars)) };
  const verdict = judgeUnstarted({ now: now(), control, window, policy, goingBack });
  log.warn('never started', { rolloutId: rollout.rolloutId, ec2InstanceId, verdict });
  switch (verdict.kind) {
    case 'start':
      await startUpdate(rollout, record);
      return;
    case 'wait':
      return;
    case 'give-up': {
      if (!goingBack) {
        await finishInstance({ ...rollout, ec2InstanceId }, 'NotStarted', verdict.reason);
        return;
      }
      // It stays as updated as it was: what that comes to is written when the rollout closes.
      await updateInstance(rollout, ec2InstanceId, { step: 'Planned' }, { state: 'NONE' });
    }
  }
}
