// Has hosts that were prepared and never drained put their settings back, where nothing is recorded of their rollout.

import { decidePinned, lockOf, type PinStep } from '../core/pinned.ts';
import { SETTLED_MILLISECONDS } from '../core/unrecorded.ts';
import { now } from './clock.ts';
import { config } from './config.ts';
import { isTerminated } from './ec2.ts';
import { describeContainerInstances, listContainerInstances } from './ecs.ts';
import { publish } from './events.ts';
import { describeExecution } from './executions.ts';
import { readInstancesOf } from './instance-store.ts';
import { readLease } from './lease.ts';
import { log } from './log.ts';
import {
  downloadsByRollout,
  type HostPin,
  pinComment,
  readPins,
  withLaterAnswers,
} from './pins.ts';
import { findRollout, listAgain, type OpenRollout } from './rollout-record.ts';
import { sendDocumentToAll } from './send-to-all.ts';
import { readFleetClusters, type SentCommand } from './traces.ts';
import { clusterArnOf } from './unrecorded.ts';

/** Rollouts that owe nothing: closed for good. Kept only to read less; nothing depends on it. */
const closed = new Set<string>();

type Wanted = (ec2InstanceId: string) => boolean;

/** Which hosts of a rollout nothing is recorded of; undefined: none, or somebody still looks after it. */
async function unrecordedHosts(
  rolloutId: string,
  commands: readonly SentCommand[],
  open: readonly OpenRollout[] | undefined,
): Promise<Wanted | undefined> {
  if (!open) return () => true;
  // One whose record is gone is taken off the list by the sweep itself, once its execution has ended.
  if (open.some((one) => one.rolloutId === rolloutId)) return undefined;
  const rollout = await findRollout(rolloutId);
  if (!rollout) return () => true;
  if (rollout.ending === undefined) {
    await listAgain(rollout);
    return undefined;
  }
  // A rollout that lost items on the way ends so, and no other had anything left to put back.
  if (rollout.ending === 'FailedDirty') {
    const ids = [...new Set(commands.flatMap(({ ec2InstanceIds }) => ec2InstanceIds))];
    const recorded = await readInstancesOf(rolloutId, ids);
    if (recorded.size < ids.length) return (id) => !recorded.has(id);
  }
  closed.add(rolloutId);
  return undefined;
}

/** Its execution may still get its record back; and one that ended well has put everything back itself. */
async function isQuiet(rolloutId: string): Promise<boolean> {
  const executions = config('ROLL_OUT_CLUSTER_ARN').replace(':stateMachine:', ':execution:');
  const { status, endedAt = 0 } = await describeExecution(`${executions}:${rolloutId}`);
  if (status === 'SUCCEEDED') closed.add(rolloutId);
  return !['RUNNING', 'SUCCEEDED'].includes(status) && now() > endedAt + SETTLED_MILLISECONDS;
}

async function pinsOf(
  rolloutId: string,
  commands: readonly SentCommand[],
  open: readonly OpenRollout[] | undefined,
): Promise<HostPin[]> {
  const wanted = await unrecordedHosts(rolloutId, commands, open);
  if (!wanted || !(await isQuiet(rolloutId))) return [];
  return readPins(rolloutId, commands, wanted, now());
}

interface Whereabouts {
  readonly clusterArn: string;
  readonly agentConnected: boolean;
}

/** Hosts in the clusters of fleets, but for those that a rollout works on, or that a mark says more of. */
async function freeHosts(
  open: readonly OpenRollout[] | undefined,
): Promise<Map<string, Whereabouts>> {
  const busy = new Set(open?.map(({ clusterArn }) => clusterArn));
  const free = new Map<string, Whereabouts>();
  for (const clusterName of await readFleetClusters()) {
    const arns = await listContainerInstances(clusterName).catch(() => []);
    const clusterArn = arns[0] && clusterArnOf(arns[0]);
    if (clusterArn === undefined || busy.has(clusterArn)) continue;
    const lease = open && (await readLease(clusterArn));
    if (lease && lease.deadlineAt >= now()) continue;
    for (const seen of await describeContainerInstances(clusterName, arns)) {
      const { ec2InstanceId, agentConnected, drainedBy } = seen;
      if (drainedBy === undefined) free.set(ec2InstanceId, { clusterArn, agentConnected });
    }
  }
  return free;
}

type PutBack = Extract<PinStep, { kind: 'put-back' }>;
type Owing = HostPin & { readonly step: PutBack; readonly where: Whereabouts };

/** The newest lock of a host first: an older rollout's is what that one found. */
function owingOf(pins: readonly HostPin[], free: ReadonlyMap<string, Whereabouts>): Owing[] {
  const decided = new Set<string>();
  const owing: Owing[] = [];
  for (const pin of pins.toSorted((one, other) => other.sentAt - one.sentAt)) {
    const where = free.get(pin.ec2InstanceId);
    if (!where || decided.has(pin.ec2InstanceId)) continue;
    const step = decidePinned(pin, pin.answers, now());
    if (step.kind !== 'nothing') decided.add(pin.ec2InstanceId);
    if (step.kind === 'put-back') owing.push({ ...pin, step, where });
  }
  return owing;
}

async function tellStranded(one: Owing, why: string): Promise<void> {
  const { rolloutId, ec2InstanceId, where } = one;
  if (!where.agentConnected && (await isTerminated(ec2InstanceId))) return;
  const { clusterArn } = where;
  const reason = `nothing is recorded of rollout ${rolloutId}, which locked it to ${lockOf(one)}; ${why}: look at settings.updates on the host`;
  // Alarms count these lines.
  log.error('stranded', { rolloutId, clusterArn, ec2InstanceId, reason });
  const detail = { rolloutId, clusterArn, ec2InstanceId, reason };
  await publish({ event: 'Container Instance Stranded', detail });
}

/** One command for up to fifty hosts that want the same. */
async function putBack(owing: readonly Owing[]): Promise<void> {
  const groups = Map.groupBy(owing, ({ rolloutId, step, target }) => {
    const { restore, expectVersion } = step;
    return JSON.stringify([rolloutId, target, restore, expectVersion]);
  });
  for (const [first, ...rest] of groups.values()) {
    if (!first) continue;
    const { rolloutId, step } = first;
    const { restore, expectVersion } = step;
    const ids = [first, ...rest].map(({ ec2InstanceId }) => ec2InstanceId);
    const kept = restore === 'keep';
    const parameters = {
      RestoreVersionLock: kept ? 'keep' : restore.versionLock,
      RestoreIgnoreWaves: kept ? 'keep' : String(restore.ignoreWaves),
      OnlyFromVersionLock: lockOf(first),
      ExpectVersion: expectVersion,
    };
    const sent = await sendDocumentToAll('status', ids, parameters, pinComment(rolloutId));
    const refused = [...sent.unknown, ...sent.denied.map(({ ec2InstanceId }) => ec2InstanceId)];
    log.warn('unrecorded settings', { rolloutId, ec2InstanceIds: ids, refused, parameters });
  }
}

/**
 * One look. Nothing is remembered between two looks but what Systems Manager remembers.
 *
 * @param open Rollouts that are not closed; undefined: there is no table.
 * @returns For how many rollouts it failed.
 */
export async function sweepPinned(open: readonly OpenRollout[] | undefined): Promise<number> {
  const pins: HostPin[] = [];
  let trouble = 0;
  for (const [rolloutId, commands] of await downloadsByRollout(now())) {
    if (closed.has(rolloutId)) continue;
    try {
      pins.push(...(await pinsOf(rolloutId, commands, open)));
    } catch (error) {
      trouble++;
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      log.error('cannot put settings back', { rolloutId, reason });
    }
  }
  if (pins.length === 0) return trouble;
  const free = await freeHosts(open);
  const owing = owingOf(
    await withLaterAnswers(pins.filter((pin) => free.has(pin.ec2InstanceId))),
    free,
  );
  for (const one of owing) if (one.step.stranded) await tellStranded(one, one.step.stranded);
  await putBack(owing);
  return trouble;
}
