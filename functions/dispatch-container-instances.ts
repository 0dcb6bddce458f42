// Starts the container instances of a wave that may go now: the single writer that spends the budgets.

import { now } from './aws/clock.ts';
import { config } from './aws/config.ts';
import { readWaiting } from './aws/dispatch-index.ts';
import { startExecution } from './aws/executions.ts';
import { type FreshCandidate, freshCandidates } from './aws/fleet-look.ts';
import { type Limits, waveInput } from './aws/inputs.ts';
import { noteDisconnected, updateInstance } from './aws/instance-store.ts';
import { lambda } from './aws/lambda.ts';
import { renewLease } from './aws/lease.ts';
import { type Overview, readOverview } from './aws/overview.ts';
import { inParallel } from './aws/parallel.ts';
import { beginWave, noteIdle, updateWave, type WaveRecord } from './aws/plan-record.ts';
import type { Rollout } from './aws/rollout-record.ts';
import { lookEverywhere } from './aws/room-look.ts';
import { readSurroundings, roomOf, type Surroundings, toOut } from './aws/surroundings.ts';
import { type Candidate, type Dispatch, decideDispatch } from './core/dispatch.ts';
import { gatherSeconds } from './core/gather.ts';
import type { Policy } from './core/policy.ts';
import { updateExecutionName } from './core/rollout-id.ts';
import type { FleetRoom } from './core/room.ts';

/** Candidates read at once: enough that one service's budget does not hide the others. */
const CANDIDATES_MAX = 50;
/** Executions started at once. */
const STARTS_MAX = 10;

function limitsOf(policy: Policy): Limits {
  return {
    drainTimeoutSeconds: policy.drain.timeoutSeconds,
    rebootTimeoutSeconds: policy.reboot.timeoutSeconds,
    verifyTimeoutSeconds: policy.verify.timeoutSeconds,
    agentStableSeconds: policy.verify.agentStableSeconds,
    daemonTimeoutSeconds: policy.verify.daemonTimeoutSeconds,
    standaloneTasks: policy.drain.standaloneTasks,
    posture: policy.posture,
  };
}

/** Full looks for room are this far apart while something is open. */
const LOOK_EVERYWHERE_SECONDS = 60;
/** Candidates that are looked at although nothing says that their tasks find room. */
const ROOMLESS_MAX = 10;

interface Held {
  readonly rolloutId: string;
  readonly fence: number;
}

interface Decision {
  readonly dispatch: Dispatch;
  readonly fresh: ReadonlyMap<string, FreshCandidate>;
  readonly rollout: Rollout;
  readonly open: number;
  readonly wave: WaveRecord | undefined;
}

/** Judges by the record who is likely to start, then by a fresh look at just those, then all the room there is. */
async function decide(held: Held, overview: Overview, wave: number): Promise<Decision> {
  const waiting = await readWaiting(held.rolloutId, wave, CANDIDATES_MAX);
  const around = await readSurroundings(held, overview, wave, waiting.length > 0);
  const { plan, look, rollout } = around;
  const candidatesComplete = waiting.length < CANDIDATES_MAX;
  const world = { ...around.world, candidatesComplete };
  const recorded = waiting.map((one): Candidate => ({ ...toOut(one), moving: one.moving }));
  const room = plan.containerInstanceArns && roomOf(around, look.seen.values(), false);
  const expected = decideDispatch({ ...world, candidates: recorded, room });
  const roomless = expected.start.length === 0 && world.open.length === 0;
  const likely = new Set(roomless ? expected.lookFurther?.slice(0, ROOMLESS_MAX) : expected.start);
  const looked = await freshCandidates(
    rollout,
    waiting.filter((one) => likely.has(one.ec2InstanceId)),
    look,
    plan,
  );
  const fresh = new Map(looked.candidates.map((one) => [one.candidate.ec2InstanceId, one]));
  const reasons = new Map(expected.wait.map((one) => [one.ec2InstanceId, one.reason]));
  const candidates = recorded.map((one): Candidate => {
    // Only what was looked at may start; the others are there so that their reason is known.
    const waitFor = reasons.get(one.ec2InstanceId) ?? 'its turn has not come';
    return fresh.get(one.ec2InstanceId)?.candidate ?? { ...one, waitFor };
  });
  const judge = (found: FleetRoom) => decideDispatch({ ...world, candidates, room: found });
  const first = judge(roomOf(around, looked.seen.values(), false));
  const everywhere = first.lookFurther && (await lookForRoom(around, wave));
  const dispatch = everywhere ? judge(everywhere) : first;
  return { dispatch, fresh, rollout, open: world.open.length, wave: around.wave };
}

/** All the room there is; undefined when that was looked at a moment ago. */
async function lookForRoom(around: Surroundings, wave: number): Promise<FleetRoom | undefined> {
  const { rolloutId, clusterArn } = around.rollout;
  const since = now() - (around.wave?.lookedEverywhereAt ?? 0);
  if (around.open.length > 0 && since < LOOK_EVERYWHERE_SECONDS * 1000) return undefined;
  await updateWave(rolloutId, wave, { lookedEverywhereAt: now() });
  return roomOf(around, await lookEverywhere(clusterArn), true);
}

/** Intent first: an instance is open in the record before its execution exists. Starting by name is idempotent. */
async function start(rollout: Rollout, fresh: FreshCandidate, reason: string): Promise<void> {
  const { ec2InstanceId } = fresh.candidate;
  const { attempt } = fresh;
  const record = await updateInstance(
    rollout,
    ec2InstanceId,
    { step: 'Started', attempt, reason, startedAt: now(), ...fresh.remember },
    { state: 'OPEN' },
  );
  const { rolloutId, clusterArn, fence, policy } = rollout;
  await startExecution(
    config('UPDATE_CONTAINER_INSTANCE_ARN'),
    updateExecutionName(rolloutId, ec2InstanceId, attempt),
    {
      rolloutId,
      clusterArn,
      fence,
      ec2InstanceId,
      containerInstanceArn: record.containerInstanceArn,
      attempt,
      limits: limitsOf(policy),
    },
  );
}

export const handler = lambda(waveInput, async ({ rolloutId, clusterArn, fence, wave }) => {
  await renewLease(clusterArn, rolloutId, fence);
  // Before everything else: what comes while this looks and starts must count as news.
  const overview = await readOverview(rolloutId);
  const {
    dispatch,
    fresh,
    rollout,
    open,
    wave: before,
  } = await decide({ rolloutId, fence }, overview, wave);
  for (const { ec2InstanceId, verdict } of dispatch.drop) {
    const { outcome, code, reason } = verdict;
    const over = { outcome, code, reason, step: 'Over' as const, finishedAt: now() };
    await updateInstance(rollout, ec2InstanceId, over, { state: 'NONE' });
  }
  for (const { candidate } of fresh.values()) {
    // Noted once, so that a later look knows for how long.
    if (candidate.waitFor !== undefined) await noteDisconnected(rollout, candidate.ec2InstanceId);
  }
  if (dispatch.start.length > 0 && before?.startedAt === undefined)
    await beginWave(rolloutId, wave);
  const openNow = open + dispatch.start.length;
  await noteIdle(rolloutId, wave, before?.idleSinceAt, openNow === 0);
  await inParallel(dispatch.start, STARTS_MAX, (id) => {
    const one = fresh.get(id);
    if (!one) throw new Error(`Cannot start ${id}: it was not looked at`);
    const unsure = dispatch.unsure?.[id];
    const reason = unsure === undefined ? 'started' : `started; room not known: ${unsure}`;
    return start(rollout, one, reason);
  });
  return {
    // What was dropped may have made room in the wave, so judge once more at once.
    verdict:
      dispatch.verdict === 'continue' && dispatch.drop.length > 0 ? 'again' : dispatch.verdict,
    reason: dispatch.reason,
    open: openNow,
    news: overview.news,
    gatherSeconds: gatherSeconds(openNow),
    lookAgainSeconds: dispatch.lookAgainSeconds,
    controlVersion: rollout.controlVersion ?? 0,
    waiting: dispatch.wait.slice(0, 10),
  };
});
