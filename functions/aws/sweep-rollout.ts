// Sweeps one open rollout: renews its lease while it lives, looks at its waits, ends its orphans, closes it when dead.

import { whyDead } from '../core/cause.ts';
import { LeaseLostError } from '../core/errors.ts';
import type { Policy } from '../core/policy.ts';
import { now } from './clock.ts';
import { closeRollout, finishClosing } from './close-out.ts';
import { type IndexedInstance, readTaken } from './dispatch-index.ts';
import { type Downloading, sweepDownloads } from './downloads.ts';
import { describeContainerInstances } from './ecs.ts';
import { describeExecution, executionStatus, type SeenExecution } from './executions.ts';
import { readLease, releaseLease, renewLease, retakeLease } from './lease.ts';
import { log } from './log.ts';
import { judgeProgress } from './looks/progress.ts';
import { ORPHAN_MILLISECONDS, sweepOrphan } from './orphans.ts';
import { readOverview } from './overview.ts';
import { readWaves } from './plan-record.ts';
import {
  adoptFence,
  changeControl,
  checkSchema,
  forgetOpen,
  type OpenRollout,
  type Rollout,
  readRollout,
} from './rollout-record.ts';
import { readStepWaits, type Wait } from './wait-store.ts';
import { conclude, evaluate } from './waits.ts';

/** A wait younger than this is left to the events: they usually come first. */
const FRESH_MILLISECONDS = 45_000;
/** A dispatcher that waits since then has left 13 of the lease's 15 minutes or more: the next sweeps are early enough. */
const LEASE_FRESH_MILLISECONDS = 180_000;

/** Right after its start an execution may not be described yet: that alone does not make it dead. */
function isAlive(status: string, { openedAt }: OpenRollout): boolean {
  return status === 'RUNNING' || (status === 'UNKNOWN' && now() - openedAt < ORPHAN_MILLISECONDS);
}

export async function sweepRollout(entry: OpenRollout): Promise<void> {
  const { rollout, waits, downloading } = await readOverview(entry.rolloutId);
  if (!rollout) return sweepUnrecorded(entry);
  // What another version wrote is not ours to judge; the sweep says so, every minute, until that version is back.
  checkSchema(entry.rolloutId, rollout);
  if (rollout.ending !== undefined) {
    // Whoever wrote the ending goes on with what follows it, or is retried, first: each milestone is told once.
    if (now() - (rollout.closedAt ?? 0) >= FRESH_MILLISECONDS) await finishClosing(rollout);
    return;
  }
  const execution = await describeExecution(rollout.executionArn);
  const alive = isAlive(execution.status, rollout);
  if (!(await holdsLease(rollout, waits))) return sweepWithoutLease(rollout);
  const { open } = await readTaken(rollout.rolloutId);
  if (alive && downloading && mayBeLate(downloading)) await sweepDownloads(downloading);
  if (alive) await sweepRolloutWaits(rollout, waits, open.length);
  await sweepInstances(rollout, open);
  if (!alive) await closeDead(rollout, execution);
}

/** It was announced, and perhaps took the lease, but was never written down: nothing of it has been acted on. */
async function sweepUnrecorded(entry: OpenRollout): Promise<void> {
  if (isAlive(await executionStatus(entry.executionArn), entry)) return;
  const lease = await readLease(entry.clusterArn);
  if (lease?.rolloutId === entry.rolloutId) {
    await releaseLease(entry.clusterArn, entry.rolloutId, lease.fence);
  }
  await forgetOpen(entry.rolloutId);
  log.warn('never opened', { ...entry });
}

/**
 * Renews the lease, unless the dispatcher, which sees to it before each of its waits, has just been there. Everything
 * that acts for the rollout reads the lease again anyway.
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
    return false;
  }
}

/** It cannot act without the lease, and must not be forgotten either: it gets the lease again as soon as it is free. */
async function sweepWithoutLease(rollout: Rollout): Promise<void> {
  const { rolloutId, clusterArn } = rollout;
  const lease = await readLease(clusterArn);
  const holder = lease?.rolloutId;
  const free = lease === undefined || holder === rolloutId;
  const fence = free ? await retakeLease(rollout) : undefined;
  log.error('open rollout without its lease', { rolloutId, holder, fence });
  if (fence === undefined) return;
  // It may have been closed since it was read: then the lease was free because it had been given back.
  const latest = await readRollout(rolloutId);
  if (latest.ending !== undefined) return releaseLease(clusterArn, rolloutId, fence);
  if (fence <= rollout.fence) return;
  // Somebody else has had a turn: what still works for it is stopped by the fence, the sweep ends the rest.
  await adoptFence(rolloutId, fence);
  await abortBySweep(rollout, 'another rollout has held its lease');
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

/** A dispatcher that has places looks by itself, and events come when all hosts of a command are done. */
function mayBeLate({ sentAt }: Downloading): boolean {
  return now() - sentAt >= FRESH_MILLISECONDS;
}

function isDue(wait: Wait): boolean {
  return now() - wait.beganAt >= FRESH_MILLISECONDS;
}

/**
 * When the sweep begins to look at what an open instance waits for: until then an event comes first. However long a drain
 * was expected to take, nobody but the sweep sees that its time is over.
 */
function lookFrom(
  { stepAt = 0, step, expectedDrainSeconds = 0 }: IndexedInstance,
  { drain }: Policy,
): number {
  const firstSeconds = step === 'Draining' ? expectedDrainSeconds : 0;
  const seconds = Math.min(firstSeconds, drain.timeoutSeconds);
  return stepAt + Math.max(FRESH_MILLISECONDS, seconds * 1000);
}

async function sweepInstances(rollout: Rollout, open: readonly IndexedInstance[]): Promise<void> {
  const due = open.filter((record) => now() >= lookFrom(record, rollout.policy));
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

/** What the last of its waves was judged to lead to, unless that was the next one: then it was on its way. */
async function judgedLast({ rolloutId }: Rollout): Promise<string | undefined> {
  const { verdict, reason } = (await readWaves(rolloutId)).at(-1) ?? {};
  return verdict === undefined || verdict === 'next' ? undefined : reason;
}

/**
 * The rollout's own execution ended without closing it: aborted, timed out, or it crashed. Only the first was somebody's
 * wish, and so no failure.
 */
async function closeDead(rollout: Rollout, execution: SeenExecution): Promise<void> {
  const { status } = execution;
  const reason = [await judgedLast(rollout), whyDead(execution)].filter(Boolean).join('; ');
  // A wave's own execution may have outlived its parent: it must not start anything more.
  await abortBySweep(rollout, 'the execution is dead');
  const verdict = status === 'ABORTED' ? 'halt' : 'error';
  const closing = await closeRollout(rollout, { verdict, reason }, 0);
  log.warn('dead rollout', { rolloutId: rollout.rolloutId, status, closing });
}

async function abortBySweep(rollout: Rollout, why: string): Promise<void> {
  if (rollout.control?.abort) return;
  await changeControl(rollout, { abort: { by: `the sweep: ${why}`, at: now() } });
}
