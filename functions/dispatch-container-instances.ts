// Starts the container instances of a wave that may go now: the single writer that spends the budgets.

import { now } from './aws/clock.ts';
import { decide } from './aws/dispatch-look.ts';
import { lookAtDownloads } from './aws/downloads.ts';
import type { FreshCandidate } from './aws/fleet-look.ts';
import { noteGates, noteTightened } from './aws/gate-record.ts';
import { waveInput } from './aws/inputs.ts';
import { noteDisconnected, noteFresh, updateInstance } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { keepLease } from './aws/lease.ts';
import { measureBudget } from './aws/metrics.ts';
import { readHeldOverview } from './aws/overview.ts';
import { inParallel } from './aws/parallel.ts';
import { noteIdle } from './aws/plan-record.ts';
import type { Rollout } from './aws/rollout-record.ts';
import { startUpdate } from './aws/start-update.ts';
import { hasBegun, lookAgainSeconds, waitsToBegin } from './aws/wave-begin.ts';
import { startWave } from './aws/wave-start.ts';
import type { Dispatch } from './core/dispatch.ts';
import { gatherSeconds } from './core/gather.ts';
import { dispatchState, noWayBack } from './core/outcome.ts';

/** Executions started at once. */
const STARTS_MAX = 10;

/** Intent first: an instance is open in the record before its execution exists. */
async function startInstance(
  rollout: Rollout,
  fresh: FreshCandidate,
  reason: string,
): Promise<void> {
  const { attempt, remember } = fresh;
  const record = await updateInstance(
    rollout,
    fresh.candidate.ec2InstanceId,
    { step: 'Started', attempt, reason, startedAt: now(), ...remember },
    { state: 'OPEN' },
  );
  await startUpdate(rollout, record);
}

/** One that is not started after all. */
async function dropInstance(
  rollout: Rollout,
  wave: number,
  { ec2InstanceId, verdict }: Dispatch['drop'][number],
  image = '',
): Promise<void> {
  const isBack = rollout.waves?.find((one) => one.wave === wave)?.kind === 'rollback';
  const ended = isBack ? noWayBack(verdict, rollout.targets?.[image]) : verdict;
  const { outcome, code, reason } = ended;
  const over = { outcome, code, reason, step: 'Over' as const, finishedAt: now() };
  await updateInstance(rollout, ec2InstanceId, over, { state: dispatchState(outcome) });
}

/**
 * What was dropped may have made room in the wave, so judge once more at once. Where places are left for hosts that
 * still download, nobody tells when one of them is ready: the state machine looks again by itself.
 *
 * @param isShort Places are left, and hosts download.
 */
function verdictOf({ verdict, drop }: Dispatch, isShort: boolean): string {
  if (verdict !== 'continue') return verdict;
  if (drop.length > 0) return 'again';
  return isShort ? 'download' : verdict;
}

export const handler = lambda(waveInput, async ({ rolloutId, clusterArn, fence, wave }) => {
  const held = { rolloutId, clusterArn, fence };
  // Before everything else: what comes while this looks and starts must count as news.
  const { lease, overview } = await readHeldOverview(held, wave);
  await keepLease(held, lease);
  if (hasBegun(overview, wave)) await lookAtDownloads(overview.downloading, { wave });
  const later = await waitsToBegin(rolloutId, overview, wave);
  if (later) return { verdict: 'download', open: 0, waiting: [], ...later };
  const decision = await decide(held, overview, wave);
  const { dispatch, fresh, rollout, open, record, gateClosed, tightenedBy, budget, downloading } =
    decision;
  for (const one of dispatch.drop) {
    await dropInstance(rollout, wave, one, fresh.get(one.ec2InstanceId)?.candidate.image);
  }
  const begun = new Set([...dispatch.start, ...dispatch.drop.map((one) => one.ec2InstanceId)]);
  for (const one of fresh.values()) {
    const { ec2InstanceId, waitFor } = one.candidate;
    if (begun.has(ec2InstanceId)) continue;
    // Noted once, so that a later look knows for how long.
    if (waitFor !== undefined) await noteDisconnected(rollout, ec2InstanceId);
    // What moved there since: the next dispatch need not look to know that it has to wait.
    if (one.changed) await noteFresh(rollout, one);
  }
  await noteGates(rolloutId, wave, record, gateClosed);
  await noteTightened(rolloutId, wave, record, tightenedBy);
  if (dispatch.start.length > 0) await startWave(rollout, wave, record);
  const openNow = open + dispatch.start.length;
  measureBudget(clusterArn, budget.used + dispatch.start.length, budget.max, { rolloutId, wave });
  await noteIdle(rolloutId, wave, record?.idleSinceAt, openNow === 0);
  await inParallel(dispatch.start, STARTS_MAX, (id) => {
    const one = fresh.get(id);
    if (!one) throw new Error(`Cannot start ${id}: it was not looked at`);
    const unsure = dispatch.unsure?.[id];
    const reason = unsure === undefined ? 'started' : `started; room not known: ${unsure}`;
    return startInstance(rollout, one, reason);
  });
  const isShort = downloading > 0 && budget.used + dispatch.start.length < budget.max;
  return {
    verdict: verdictOf(dispatch, isShort),
    reason: dispatch.reason,
    open: openNow,
    news: overview.news,
    gatherSeconds: gatherSeconds(openNow),
    lookAgainSeconds: isShort ? lookAgainSeconds(overview) : dispatch.lookAgainSeconds,
    controlVersion: rollout.controlVersion ?? 0,
    waiting: dispatch.wait.slice(0, 10),
  };
});
