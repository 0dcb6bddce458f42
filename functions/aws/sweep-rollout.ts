// Sweeps one open rollout: renews its lease while it lives, looks at its waits, ends its orphans, closes it when dead.

import { updateExecutionName } from '../core/rollout-id.ts';
import { now } from './clock.ts';
import { closeRollout } from './close-out.ts';
import { config } from './config.ts';
import { describeContainerInstances } from './ecs.ts';
import { executionStatus } from './executions.ts';
import type { InstanceRecord } from './instance-record.ts';
import { readByDispatch } from './instance-store.ts';
import { readLease, renewLease } from './lease.ts';
import { log } from './log.ts';
import { finishInstance } from './outcome-record.ts';
import { changeControl, findRollout, forgetOpen, type Rollout } from './rollout-record.ts';
import { undoOnce } from './undo.ts';
import { readWait, type Wait } from './wait-store.ts';
import { evaluate } from './waits.ts';

/** A wait younger than this is left to the events: they usually come first. */
const FRESH_MILLISECONDS = 45_000;
/** An instance without a wait for so long is between two states for too long: its execution is asked for. */
const ORPHAN_MILLISECONDS = 180_000;

export async function sweepRollout(rolloutId: string): Promise<void> {
  const rollout = await findRollout(rolloutId);
  if (!rollout || rollout.ending !== undefined) {
    await forgetOpen(rolloutId);
    return;
  }
  const status = await executionStatus(rollout.executionArn);
  // Right after its start an execution may not be described yet: that alone does not make it dead.
  const young = now() - rollout.openedAt < ORPHAN_MILLISECONDS;
  const alive = status === 'RUNNING' || (status === 'UNKNOWN' && young);
  const lease = await readLease(rollout.clusterArn);
  if (lease?.rolloutId !== rolloutId) {
    log.error('open rollout without its lease', { rolloutId, holder: lease?.rolloutId });
    return;
  }
  await renewLease(rollout.clusterArn, rolloutId, rollout.fence);
  if (alive) await sweepRolloutWaits(rollout);
  const open = await readByDispatch(rolloutId, 'OPEN#');
  await sweepInstances(rollout, open);
  if (!alive) await closeDead(rollout);
}

/** The rollout's own waits: the answers to a batch, progress, an approval. */
async function sweepRolloutWaits(rollout: Rollout): Promise<void> {
  for (const kind of ['commands', 'progress', 'approval'] as const) {
    const wait = await readWait(rollout.rolloutId, kind);
    if (wait && isDue(wait)) await evaluate(wait, 'sweep');
  }
}

function isDue(wait: Wait): boolean {
  return now() - wait.beganAt >= FRESH_MILLISECONDS;
}

/** What one open instance waits for, by how far it got. */
function waitOf(record: InstanceRecord): Promise<Wait | undefined> {
  switch (record.step) {
    case 'Draining':
      return readWait(record.containerInstanceArn, 'drain');
    case 'Rebooting':
      return readWait(record.ec2InstanceId, 'reboot');
    case 'Verifying':
      return readWait(record.ec2InstanceId, 'verify');
    case 'Returned':
      return readWait(record.containerInstanceArn, 'confirm');
    default:
      return Promise.resolve(undefined);
  }
}

async function sweepInstances(rollout: Rollout, open: readonly InstanceRecord[]): Promise<void> {
  const draining: Wait[] = [];
  for (const record of open) {
    const wait = await waitOf(record);
    if (wait === undefined) await sweepOrphan(rollout, record);
    else if (wait.kind === 'drain') draining.push(wait);
    else if (isDue(wait)) await evaluate(wait, 'sweep');
  }
  await sweepDrains(rollout, draining.filter(isDue));
}

/** One batched read tells which drains still have tasks: asking for each task would cost calls for nothing. */
async function sweepDrains(rollout: Rollout, waits: readonly Wait[]): Promise<void> {
  const due = waits.filter((wait) => now() >= Number(wait.data.sweepFromAt ?? 0));
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

function lastTouchedAt(record: InstanceRecord): number {
  return Math.max(
    record.startedAt ?? 0,
    record.drainedAt ?? 0,
    record.rebootSentAt ?? 0,
    record.bootedAt ?? 0,
    record.returnedAt ?? 0,
    record.undo?.beganAt ?? 0,
  );
}

/** Open, and nobody waits: its execution is between two states, or dead. */
async function sweepOrphan(rollout: Rollout, record: InstanceRecord): Promise<void> {
  if (now() - lastTouchedAt(record) < ORPHAN_MILLISECONDS) return;
  const name = updateExecutionName(record.rolloutId, record.ec2InstanceId, record.attempt ?? 1);
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
