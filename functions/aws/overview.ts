// Reads everything about a rollout but its container instances, in one query.

import type { Downloading } from './downloads.ts';
import type { OthersRecord } from './fleet-look.ts';
import type { PlanRecord, WaveRecord } from './plan-record.ts';
import { checkSchema, type Rollout } from './rollout-record.ts';
import { type Item, query } from './table.ts';
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
  const items = await query({ pk: `ROLLOUT#${rolloutId}`, keys: { from: FIRST, to: LAST } });
  const under = <T>(prefix: string): T[] =>
    items.filter((item) => String(item.sk).startsWith(prefix)) as unknown as T[];
  const waits = under<Item>('WAIT#');
  return {
    rollout: under<Rollout>('META')[0],
    plan: under<PlanRecord>('PLAN')[0],
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
