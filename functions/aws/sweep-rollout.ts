// Sweeps one open rollout: renews its lease while it lives, looks at its waits, ends its orphans, closes it when dead.

import { LeaseLostError } from '../core/errors.ts';
import { updateExecutionName } from '../core/rollout-id.ts';
import { now } from './clock.ts';
import { closeRollout } from './close-out.ts';
import { config } from './config.ts';
import { type IndexedInstance, readTaken } from './dispatch-index.ts';
import { describeContainerInstances } from './ecs.ts';
import { executionStatus } from './executions.ts';
import { readLease, renewLease } from './lease.ts';
import { log } from './log.ts';
import { judgeProgress } from './looks/progress.ts';
import { finishInstance } from './outcome-record.ts';
import { readOverview } from './overview.ts';
import { changeControl, checkSchema, forgetOpen, type Rollout } from './rollout-record.ts';
import { undoOnce } from './undo.ts';
import { readStepWaits, type Wait } from './wait-store.ts';
import { conclude, evaluate } from './waits.ts';

/** A wait younger than this is left to the events: they usually come first. */
const FRESH_MILLISECONDS = 45_000;
/** The lease lasts 15 minutes: after a renewal so recent the next sweeps are early enough. */
const LEASE_FRESH_MILLISECONDS = 300_000;
/** An instance without a wait for so long is between two states for too long: its execution is asked for. */
const ORPHAN_MILLISECONDS = 180_000;

export async function sweepRollout(rolloutId: string): Promise<void> {
  const overview = await readOverview(rolloutId);
  const { rollout } = overview;
  if (!rollout || rollout.ending !== undefined) {
    await forgetOpen(rolloutId);
    return;
  }
  // What another version wrote is not ours to judge; the sweep says so, every minute, until that version is back.
  checkSchema(rolloutId, rollout);
  const status = await executionStatus(rollout.executionArn);
  // Right after its start an execution may not be described yet: that alone does not make it dead.
  const young = now() - rollout.openedAt < ORPHAN_MILLISECONDS;
  const alive = status === 'RUNNING' || (status === 'UNKNOWN' && young);
  if (!(await holdsLease(rollout, overview.waits))) return;
  const { open } = await readTaken(rolloutId);
  if (alive) await sweepRolloutWaits(rollout, overview.waits, open.length);
  await sweepInstances(rollout, open);
  if (!alive) await closeDead(rollout);
}

/**
 * Renews the lease, unless the dispatcher, which does so before each of its waits, has just done it. Everything that
 * acts for the rollout reads the lease again anyway.
 */
async function holdsLease(rollout: Rollout, waits: readonly Wait[]): Promise<boolean> {
  const { rolloutId, clusterArn, fence } = rollout;
  const progress = waits.find((wait) => wait.kind === 'progress');
  if (progress && now() - progress.beganAt < LEASE_FRESH_MILLISECONDS) return true;
  try {
    await renewLease(clusterArn, rolloutId, fence);
    return true;
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    const holder = (await readLease(clusterArn))?.rolloutId;
    log.error('open rollout without its lease', { rolloutId, holder });
    return false;
  }
}

/** The rollout's own waits: the answers to a batch, progress, an approval. */
async function sweepRolloutWaits(
  { controlVersion }: Rollout,
  waits: readonly Wait[],
  open: number,
): Promise<void> {
  for (const wait of waits.filter(isDue)) {
    if (wait.kind === 'progress')
      await conclude(wait, judgeProgress(wait, { open, controlVersion }));
    else await evaluate(wait, 'sweep');
  }
}

function isDue(wait: Wait): boolean {
  return now() - wait.beganAt >= FRESH_MILLISECONDS;
}

/** When the sweep begins to look at what an open instance waits for: until then an event comes first. */
function lookFrom({ stepAt = 0, step, expectedDrainSeconds = 0 }: IndexedInstance): number {
  return step === 'Draining'
    ? stepAt + Math.max(FRESH_MILLISECONDS, expectedDrainSeconds * 1000)
    : stepAt + FRESH_MILLISECONDS;
}

async function sweepInstances(rollout: Rollout, open: readonly IndexedInstance[]): Promise<void> {
  const due = open.filter((record) => now() >= lookFrom(record));
  const waits = await readStepWaits(due);
  const draining: Wait[] = [];
  for (const [index, record] of due.entries()) {
    const wait = waits[index];
    if (wait === undefined) await sweepOrphan(rollout, record);
    else if (wait.kind === 'drain') draining.push(wait);
    else if (isDue(wait)) await evaluate(wait, 'sweep');
  }
  await sweepDrains(rollout, draining.filter(isDue));
}

/** One batched read tells which drains still have tasks: asking for each task would cost calls for nothing. */
async function sweepDrains(rollout: Rollout, due: readonly Wait[]): Promise<void> {
  if (due.length === 0) return;
  const arns = due.map((wait) => wait.subject);
  const seen = new Map(
    (await describeContainerInstances(rollout.clusterArn, arns)).map((one) => [
      one.containerInstanceArn,
      one,
    ]),
  );
  for (const wait of due) {
    const one = seen.get(wait.subject);
    const busy = one?.status === 'DRAINING' && one.tasksWanted > 0;
    if (!busy || now() > wait.deadlineAt) await evaluate(wait, 'sweep');
  }
}

/** Open, and nobody waits: its execution is between two states, or dead. */
async function sweepOrphan(rollout: Rollout, record: IndexedInstance): Promise<void> {
  if (now() - (record.stepAt ?? 0) < ORPHAN_MILLISECONDS) return;
  const name = updateExecutionName(rollout.rolloutId, record.ec2InstanceId, record.attempt ?? 1);
  const machineArn = config('UPDATE_CONTAINER_INSTANCE_ARN');
  const status = await executionStatus(
    `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`,
  );
  if (status === 'RUNNING') return;
  const { ec2InstanceId, containerInstanceArn } = record;
  const held = {
    rolloutId: rollout.rolloutId,
    clusterArn: rollout.clusterArn,
    fence: rollout.fence,
    ec2InstanceId,
    containerInstanceArn,
  };
  const reason = `the execution that updated it is ${status} without an outcome; ended by the sweep`;
  const undone = await undoOnce(held, { error: 'Orphaned', reason });
  log.warn('orphan', { ...held, status, undone });
  if (undone.verdict === 'undone') await finishInstance(held, undone.outcome, undone.reason);
}

/** The rollout's own execution ended without closing it: aborted, timed out, or it crashed. */
async function closeDead(rollout: Rollout): Promise<void> {
  const reason = 'its execution ended without closing it; closed by the sweep';
  // A wave's own execution may have outlived its parent: it must not start anything more.
  if (!rollout.control?.abort) {
    await changeControl(rollout, { abort: { by: 'the sweep: the execution is dead', at: now() } });
  }
  const closing = await closeRollout(rollout, { verdict: 'halt', reason }, 0);
  log.warn('dead rollout', { rolloutId: rollout.rolloutId, closing });
}
