// Finds a rollout by its id or its cluster, and reads all that the region knows of it.

import { findCluster } from '../../functions/aws/ecs.ts';
import { readLease } from '../../functions/aws/lease.ts';
import { findRollout, RECORD_SCHEMA } from '../../functions/aws/rollout-record.ts';
import { query } from '../../functions/aws/table.ts';
import { rolloutIdOf } from '../../functions/core/rollout-id.ts';
import { recordOf } from '../record.ts';
import type { Which } from '../region-options.ts';
import type { RolloutView } from '../rollout-view.ts';
import { runningWave } from '../rollout-view.ts';
import { UsageError } from '../usage-error.ts';
import { asking, regionName } from './asking.ts';
import {
  describeExecution,
  executionArnOf,
  findRollOutClusterArn,
  listRollouts,
  rollOutClusterArn,
  type SeenExecution,
  standingOf,
} from './executions.ts';
import { RegionError } from './region-error.ts';

/** An execution that has no record (yet), if it was asked for this cluster. */
async function executionFor(
  executionArn: string,
  clusterArn: string,
): Promise<SeenExecution | undefined> {
  const execution = await describeExecution(executionArn);
  try {
    const { cluster } = JSON.parse(execution?.input ?? '{}') as { cluster?: unknown };
    const isIt = cluster === clusterArn || clusterArn.endsWith(`:cluster/${String(cluster)}`);
    return isIt ? execution : undefined;
  } catch {
    return undefined;
  }
}

/** The rollout of a cluster that was started last; one that was refused counts only where there is no other. */
async function lastRolloutOf(clusterArn: string): Promise<string | undefined> {
  let refused: string | undefined;
  for (const { name, executionArn } of await listRollouts(rollOutClusterArn(clusterArn))) {
    const rolloutId = rolloutIdOf(name);
    const rollout = await findRollout(rolloutId);
    if (rollout?.clusterArn === clusterArn) return rolloutId;
    const execution = rollout ? undefined : await executionFor(executionArn, clusterArn);
    if (execution?.status === 'RUNNING') return rolloutId;
    if (execution) refused ??= rolloutId;
  }
  return refused;
}

/**
 * @param what `open`: one that can still be asked for something; `last`: or the last one that ended.
 * @throws {UsageError} When there is none.
 */
export async function findRolloutId(which: Which, what: 'open' | 'last'): Promise<string> {
  if ('rolloutId' in which) return which.rolloutId;
  const { cluster } = which;
  return asking(`look for a rollout of cluster ${cluster}`, async () => {
    const { clusterArn, clusterName } = await findCluster(cluster);
    const lease = await readLease(clusterArn);
    const rolloutId =
      lease?.rolloutId ?? (what === 'last' ? await lastRolloutOf(clusterArn) : undefined);
    if (rolloutId !== undefined) return rolloutId;
    const kind = what === 'open' ? 'open rollout' : 'rollout';
    throw new UsageError(`cluster ${clusterName} in ${regionName()} has no ${kind}`);
  });
}

/** Without a record only its name says which execution it is. */
async function executionOf(
  rolloutId: string,
  executionArn: string | undefined,
): Promise<SeenExecution | undefined> {
  if (executionArn !== undefined) return describeExecution(executionArn);
  const beside = await findRollOutClusterArn();
  return describeExecution(executionArnOf(beside, 'roll-out-cluster', rolloutId));
}

async function view(rolloutId: string): Promise<RolloutView> {
  const record = recordOf(await query({ pk: `ROLLOUT#${rolloutId}`, keys: 'all' }));
  const { rollout } = record;
  if (rollout !== undefined && rollout.schema !== RECORD_SCHEMA) {
    throw new RegionError(
      `the record of rollout ${rolloutId} has schema ${rollout.schema}, this version of fleet reads ${RECORD_SCHEMA}: use the version that is deployed`,
    );
  }
  const execution = await executionOf(rolloutId, rollout?.executionArn);
  const isRunning = execution?.status === 'RUNNING';
  const arn = execution?.executionArn;
  const standing = isRunning && arn !== undefined ? await standingOf(arn) : undefined;
  const wave = standing?.state === 'RunWave' ? runningWave(record) : undefined;
  const ofWave =
    standing?.startedArn === undefined ? undefined : await standingOf(standing.startedArn);
  return { rolloutId, record, execution, standing, wave, ofWave };
}

/** Of one that was just started: Step Functions may need a moment to know it (DescribeExecution is eventually consistent). */
export async function readStarted(rolloutId: string): Promise<RolloutView> {
  return asking(`read rollout ${rolloutId}`, () => view(rolloutId));
}

/** @throws {UsageError} When there is no such rollout. */
export async function readView(rolloutId: string): Promise<RolloutView> {
  const found = await readStarted(rolloutId);
  if (found.record.rollout === undefined && found.execution === undefined) {
    throw new UsageError(`there is no rollout ${rolloutId} in ${regionName()}`);
  }
  return found;
}
