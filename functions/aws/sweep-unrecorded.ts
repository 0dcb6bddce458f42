// Decides which marks are nobody's business any more, and has what carries them brought home.

import { now } from './clock.ts';
import { instanceKey } from './instance-store.ts';
import { readLease } from './lease.ts';
import { log } from './log.ts';
import { findRollout, listAgain, type OpenRollout } from './rollout-record.ts';
import { sweepPinned } from './sweep-pinned.ts';
import { getItem } from './table.ts';
import { bringHome, findMarked, type Marked } from './unrecorded.ts';

/** Marks are looked for every so many minutes, by the clock: cheap, and nothing has to be remembered. */
const EVERY_MINUTES = 10;
/** Settings left on hosts that serve can wait while a rollout is at work, which would pay for the looks. */
const BESIDE_A_ROLLOUT_MINUTES = 60;
const MINUTE_MILLISECONDS = 60_000;

function isDue(everyMinutes = EVERY_MINUTES): boolean {
  return Math.floor(now() / MINUTE_MILLISECONDS) % everyMinutes === 0;
}

/** A consistent read of what says that somebody looks after it, or that a person was told. */
async function isRecorded(
  { rolloutId, clusterArn, seen }: Marked,
  listed: ReadonlySet<string>,
): Promise<boolean> {
  const rollout = await findRollout(rolloutId);
  if (rollout === undefined) {
    const lease = await readLease(clusterArn);
    return lease?.rolloutId === rolloutId && lease.deadlineAt >= now();
  }
  if (rollout.ending !== undefined) {
    return (await getItem(instanceKey(rolloutId, seen.ec2InstanceId))) !== undefined;
  }
  if (!listed.has(rolloutId)) await listAgain(rollout);
  return true;
}

async function bringAllHome(all: readonly Marked[]): Promise<number> {
  let trouble = 0;
  for (const marked of all) {
    try {
      await bringHome(marked, isDue());
    } catch (error) {
      trouble++;
      const { rolloutId, seen } = marked;
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      log.error('cannot bring home', { rolloutId, ec2InstanceId: seen.ec2InstanceId, reason });
    }
  }
  return trouble;
}

/**
 * Beside the record, every ten minutes.
 *
 * @returns For how many it failed.
 */
export async function sweepUnrecorded(open: readonly OpenRollout[]): Promise<number> {
  if (!isDue()) return 0;
  const listed = new Set(open.map(({ rolloutId }) => rolloutId));
  const unrecorded: Marked[] = [];
  for (const marked of await findMarked()) {
    if (!(await isRecorded(marked, listed))) unrecorded.push(marked);
  }
  const trouble = await bringAllHome(unrecorded);
  const looks = open.length === 0 || isDue(BESIDE_A_ROLLOUT_MINUTES);
  return looks ? trouble + (await sweepPinned(open)) : trouble;
}

/** Instead of the record: at every sweep, because nothing else can be done. */
export async function sweepWithoutTable(): Promise<number> {
  const trouble = await bringAllHome(await findMarked());
  return isDue() ? trouble + (await sweepPinned(undefined)) : trouble;
}
