// Starts the container instances of a wave that may go now: the single writer that spends the budgets.

import { readAlarms } from './aws/alarms.ts';
import { now } from './aws/clock.ts';
import { config } from './aws/config.ts';
import { readCalendars } from './aws/documents.ts';
import { startExecution } from './aws/executions.ts';
import {
  type FleetLook,
  type FreshCandidate,
  freshCandidates,
  lookAtFleet,
} from './aws/fleet-look.ts';
import { type Limits, waveInput } from './aws/inputs.ts';
import { lambda } from './aws/lambda.ts';
import { renewLease } from './aws/lease.ts';
import { inParallel } from './aws/parallel.ts';
import { beginWave, noteIdle, type PlanRecord, readPlan, readWave } from './aws/plan-record.ts';
import {
  type InstanceRecord,
  noteDisconnected,
  type Rollout,
  readByDispatch,
  readRollout,
  updateInstance,
  waitingPrefix,
} from './aws/record.ts';
import { closedGates } from './core/bake.ts';
import type { OutOfService } from './core/budget.ts';
import { type Dispatch, type DispatchWorld, decideDispatch } from './core/dispatch.ts';
import type { Policy } from './core/policy.ts';
import { updateExecutionName } from './core/rollout-id.ts';

/** Candidates read at once: enough that one service's budget does not hide the others. */
const CANDIDATES_MAX = 50;
/** Executions started at once. */
const STARTS_MAX = 10;

function toOut(record: InstanceRecord): OutOfService {
  const { ec2InstanceId, availabilityZone, services } = record;
  return { ec2InstanceId, availabilityZone, services: services ?? [] };
}

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

/** Everything but the candidates. */
interface Surroundings {
  readonly world: Omit<DispatchWorld, 'candidates' | 'candidatesComplete'>;
  readonly plan: PlanRecord;
  readonly look: FleetLook;
}

async function readSurroundings(rollout: Rollout, wave: number): Promise<Surroundings> {
  const { rolloutId, clusterArn, policy } = rollout;
  const [plan, waveRecord, open, stuck, failed] = await Promise.all([
    readPlan(rolloutId),
    readWave(rolloutId, wave),
    readByDispatch(rolloutId, 'OPEN#'),
    readByDispatch(rolloutId, 'STUCK#'),
    readByDispatch(rolloutId, 'FAILED#'),
  ]);
  const ours = new Set([...open, ...stuck].map((one) => one.containerInstanceArn));
  const [look, calendars, alarms] = await Promise.all([
    lookAtFleet(clusterArn, plan.containerInstanceArns, ours),
    readCalendars(policy.window.calendars),
    readAlarms(policy.gates.alarms),
  ]);
  const closed = closedGates({ services: [], alarms });
  const world = {
    now: now(),
    policy,
    size: plan.size,
    open: open.map(toOut),
    stuck: stuck.map(toOut),
    idleSinceAt: waveRecord?.idleSinceAt,
    otherOut: [...stuck.map(toOut), ...look.outByOthers],
    failures: failed.length + stuck.length,
    control: rollout.control ?? {},
    goingBack: rollout.waves?.find((one) => one.wave === wave)?.kind === 'rollback',
    window: { closeAt: rollout.windowCloseAt, ...calendars },
    gateClosed: closed.length > 0 ? closed.join('; ') : undefined,
  };
  return { world, plan, look };
}

interface Decision {
  readonly dispatch: Dispatch;
  readonly fresh: ReadonlyMap<string, FreshCandidate>;
  readonly open: number;
  readonly idleSinceAt: number | undefined;
}

/** Judges twice: by the record, to learn who is likely to start, then by a fresh look at just those. */
async function decide(rollout: Rollout, wave: number): Promise<Decision> {
  const { rolloutId, clusterArn, policy } = rollout;
  const { world, plan, look } = await readSurroundings(rollout, wave);
  const waiting = await readByDispatch(rolloutId, waitingPrefix(wave), CANDIDATES_MAX);
  const candidatesComplete = waiting.length < CANDIDATES_MAX;
  const recorded = waiting.map(toOut);
  const likely = new Set(
    decideDispatch({ ...world, candidates: recorded, candidatesComplete }).start,
  );
  const looked = await freshCandidates(
    clusterArn,
    waiting.filter((one) => likely.has(one.ec2InstanceId)),
    look,
    plan.services,
    policy,
  );
  const fresh = new Map(looked.map((one) => [one.candidate.ec2InstanceId, one]));
  const candidates = recorded
    .map((one) => fresh.get(one.ec2InstanceId)?.candidate ?? one)
    // Only what was looked at may start; the others are there so that their reason is known.
    .map((one) =>
      fresh.has(one.ec2InstanceId) ? one : { ...one, waitFor: 'its turn has not come' },
    );
  const dispatch = decideDispatch({ ...world, candidates, candidatesComplete });
  return { dispatch, fresh, open: world.open.length, idleSinceAt: world.idleSinceAt };
}

/** Intent first: an instance is open in the record before its execution exists. Starting by name is idempotent. */
async function start(rollout: Rollout, fresh: FreshCandidate): Promise<void> {
  const { ec2InstanceId } = fresh.candidate;
  const { attempt } = fresh;
  const record = await updateInstance(
    rollout,
    ec2InstanceId,
    { step: 'Started', attempt, reason: 'started', startedAt: now(), ...fresh.remember },
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
  const rollout = { ...(await readRollout(rolloutId)), fence };
  const { dispatch, fresh, open, idleSinceAt } = await decide(rollout, wave);
  for (const { ec2InstanceId, verdict } of dispatch.drop) {
    const { outcome, code, reason } = verdict;
    const over = { outcome, code, reason, step: 'Over' as const, finishedAt: now() };
    await updateInstance(rollout, ec2InstanceId, over, { state: 'NONE' });
  }
  for (const { candidate } of fresh.values()) {
    // Noted once, so that a later look knows for how long.
    if (candidate.waitFor !== undefined) await noteDisconnected(rollout, candidate.ec2InstanceId);
  }
  if (dispatch.start.length > 0) await beginWave(rolloutId, wave);
  await noteIdle(rolloutId, wave, idleSinceAt, open + dispatch.start.length === 0);
  await inParallel(dispatch.start, STARTS_MAX, (id) => {
    const one = fresh.get(id);
    if (!one) throw new Error(`Cannot start ${id}: it was not looked at`);
    return start(rollout, one);
  });
  return {
    // What was dropped may have made room in the wave, so judge once more at once.
    verdict:
      dispatch.verdict === 'continue' && dispatch.drop.length > 0 ? 'again' : dispatch.verdict,
    reason: dispatch.reason,
    open: open + dispatch.start.length,
    patient: dispatch.patient ?? false,
    controlVersion: rollout.controlVersion ?? 0,
    waiting: dispatch.wait.slice(0, 10),
  };
});
