// Reads everything about a rollout but its container instances, in one call.

import type { Downloading } from './downloads.ts';
import type { OthersRecord } from './fleet-look.ts';
import { type Held, type Lease, leaseKey, requireHolder } from './lease.ts';
import { type PlanRecord, planOf, type WaveRecord, waveKey } from './plan-record.ts';
import { checkSchema, type Rollout } from './rollout-record.ts';
import { type Item, query } from './table.ts';
import { byKey, getItems } from './table-batches.ts';
import type { Wait } from './wait-store.ts';

/** Members are absent as long as nobody has written them. */
export interface Overview {
  readonly rollout?: Rollout | undefined;
  readonly plan?: PlanRecord | undefined;
  readonly others?: OthersRecord | undefined;
  readonly downloading?: Downloading | undefined;
  readonly waves: readonly WaveRecord[];
  readonly waits: readonly Wait[];
  /** Counts what a dispatcher should look at; what is counted here is in everything that is read after this. */
  readonly news: number;
}

/** META, OTHERS, PLAN, PREPARE, WAIT#… and WAVE#… are neighbours. */
const FIRST = 'META';
const LAST = 'WAVE#~';

export async function readOverview(rolloutId: string): Promise<Overview> {
  return toOverview(await query({ pk: `ROLLOUT#${rolloutId}`, keys: { from: FIRST, to: LAST } }));
}

/** What a dispatcher needs: of the waves its own, of the waits its own. */
const OF_DISPATCHER = ['META', 'OTHERS', 'PLAN', 'PREPARE', 'WAIT#progress'] as const;

/**
 * The lease, and what a dispatcher of this wave needs.
 *
 * @throws {LeaseLostError} When another rollout holds the lease.
 */
export async function readHeldOverview(
  held: Held,
  wave: number,
): Promise<{ readonly lease: Lease; readonly overview: Overview }> {
  const { clusterArn, rolloutId } = held;
  const pk = `ROLLOUT#${rolloutId}`;
  const own = [...OF_DISPATCHER.map((sk) => ({ pk, sk })), waveKey(rolloutId, wave)];
  const found = byKey(await getItems([leaseKey(clusterArn), ...own]));
  const lease = requireHolder(held, found(leaseKey(clusterArn)));
  return { lease, overview: toOverview(own.map(found).filter((item) => item !== undefined)) };
}

function toOverview(items: readonly Item[]): Overview {
  const under = <T>(prefix: string): T[] =>
    items.filter((item) => String(item.sk).startsWith(prefix)) as unknown as T[];
  const waits = under<Item>('WAIT#');
  const plan = under<Item>('PLAN')[0];
  return {
    rollout: under<Rollout>('META')[0],
    plan: plan && planOf(plan),
    others: under<OthersRecord>('OTHERS')[0],
    downloading: under<Downloading>('PREPARE')[0],
    waves: under('WAVE#'),
    // Without a token it only counts news.
    waits: waits.filter((item) => item.token !== undefined) as unknown as Wait[],
    news: Number(waits.find((item) => item.sk === 'WAIT#progress')?.news ?? 0),
  };
}

/** @throws {Error} When something of it is missing, or was written by another version of the updater. */
export function planned(
  rolloutId: string,
  { rollout, plan }: Overview,
): { readonly rollout: Rollout; readonly plan: PlanRecord } {
  const checked = checkSchema(rolloutId, rollout);
  if (!plan) throw new Error(`Cannot find the plan of rollout ${rolloutId}`);
  return { rollout: checked, plan };
}
