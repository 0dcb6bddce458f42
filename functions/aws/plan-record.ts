// The part of the record that planning fixes for a whole rollout: sizes, services, daemons, and waves' own items.

import { gunzipSync, gzipSync } from 'node:zlib';
import type { BakeState, TargetGroupHealth } from '../core/bake.ts';
import type { FleetSize } from '../core/budget.ts';
import type { ImageDrift } from '../core/drift.ts';
import type { Service } from '../core/model.ts';
import type { AwaySince } from '../core/others.ts';
import { now } from './clock.ts';
import { getItem, type Item, putItem, query, updateItem } from './table.ts';

/** `ROLLOUT#id / PLAN`. */
export interface PlanRecord {
  readonly size: FleetSize;
  readonly services: readonly Service[];
  /** Target groups of the services as they were when the rollout was planned. */
  readonly targetHealth?: readonly TargetGroupHealth[] | undefined;
  /** Every container instance, where one DescribeContainerInstances call can look at all of them. */
  readonly containerInstanceArns?: readonly string[] | undefined;
  /** Where they are more: the number of `FLEET#n` items that hold their ids. */
  readonly fleetParts?: number | undefined;
  /** What the cluster ran before the rollout. */
  readonly drift?: readonly ImageDrift[] | undefined;
}

/** DynamoDB holds items of 400 KB; some 650 services are as much, and compressed a tenth of it. */
const PLAIN_CHARACTERS_MAX = 200_000;

/** A plan as it is stored: of a cluster with hundreds of services all of it in one compressed attribute. */
function toItem(plan: PlanRecord): Item {
  const text = JSON.stringify(plan);
  return text.length > PLAIN_CHARACTERS_MAX ? { gzip: gzipSync(text) } : { ...plan };
}

/** What `PLAN` holds. */
export function planOf({ gzip, ...plain }: Item): PlanRecord {
  const plan: unknown =
    gzip === undefined ? plain : JSON.parse(gunzipSync(gzip as Uint8Array).toString());
  return plan as PlanRecord;
}

export async function writePlan(rolloutId: string, plan: PlanRecord): Promise<void> {
  await putItem({ pk: `ROLLOUT#${rolloutId}`, sk: 'PLAN', ...toItem(plan) });
}

/** Undefined until the rollout is planned. */
export async function findPlan(rolloutId: string): Promise<PlanRecord | undefined> {
  const item = await getItem({ pk: `ROLLOUT#${rolloutId}`, sk: 'PLAN' });
  return item && planOf(item);
}

export async function readPlan(rolloutId: string): Promise<PlanRecord> {
  const plan = await findPlan(rolloutId);
  if (!plan) throw new Error(`Cannot find the plan of rollout ${rolloutId}`);
  return plan;
}

/** `ROLLOUT#id / WAVE#n`. Instants are epoch milliseconds. */
export interface WaveRecord {
  readonly wave: number;
  readonly startedAt?: number | undefined;
  /** Since when nothing has been open and nothing could be started. */
  readonly idleSinceAt?: number | undefined;
  /** When all of the fleet was last looked at for room. */
  readonly lookedEverywhereAt?: number | undefined;
  /** How many tasks those of its last round had when their tasks were last looked at, by EC2 instance id. */
  readonly lastRound?: Readonly<Record<string, number>> | undefined;
  /** Since when agents of others' container instances have been found away, by ARN. */
  readonly awaySince?: AwaySince | undefined;
  readonly bake?: BakeState | undefined;
  /** Why its gates were closed at the last look; absent: all were green. */
  readonly gateClosed?: string | undefined;
  /** What its policy was tightened by at the last look; absent: nothing was. */
  readonly tightened?: string | undefined;
  readonly verdict?: string | undefined;
  readonly reason?: string | undefined;
  readonly endedAt?: number | undefined;
}

export function waveKey(rolloutId: string, wave: number) {
  return { pk: `ROLLOUT#${rolloutId}`, sk: `WAVE#${String(wave).padStart(4, '0')}` };
}

export async function readWave(rolloutId: string, wave: number): Promise<WaveRecord | undefined> {
  return (await getItem(waveKey(rolloutId, wave))) as unknown as WaveRecord | undefined;
}

export async function updateWave(
  rolloutId: string,
  wave: number,
  set: Partial<WaveRecord>,
  remove: readonly (keyof WaveRecord)[] = [],
): Promise<void> {
  await updateItem(waveKey(rolloutId, wave), { set: { wave, ...set } as Item, remove });
}

/** All waves that have begun, in order. */
export async function readWaves(rolloutId: string): Promise<WaveRecord[]> {
  const items = await query({ pk: `ROLLOUT#${rolloutId}`, keys: { prefix: 'WAVE#' } });
  return items as unknown as WaveRecord[];
}

/** Notes that a wave has begun; the first call's instant stays. */
export async function beginWave(rolloutId: string, wave: number): Promise<void> {
  await updateItem(waveKey(rolloutId, wave), {
    set: { wave, startedAt: now() },
    condition: 'attribute_not_exists(#startedAt)',
  });
}

/** Keeps when the wave became idle; writes only when that changes. */
export async function noteIdle(
  rolloutId: string,
  wave: number,
  since: number | undefined,
  idle: boolean,
): Promise<void> {
  if (idle === (since !== undefined)) return;
  await updateItem(
    waveKey(rolloutId, wave),
    idle ? { set: { wave, idleSinceAt: now() } } : { remove: ['idleSinceAt'] },
  );
}
