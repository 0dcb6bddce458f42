// `fleet pause`, `resume`, `abort`, `approve`, `refuse` and `release`: what a person asks of control-rollout.

import { asking } from './aws/asking.ts';
import { askControl } from './aws/control.ts';
import { RegionError } from './aws/region-error.ts';
import { findRolloutId, readView } from './aws/rollouts.ts';
import { whoAsks } from './begin-rollout.ts';
import { EXIT_OK } from './exit-codes.ts';
import type { ControlAction, ReleaseOptions, Which } from './region-options.ts';
import { whyNotWaiting } from './rollout-view.ts';
import type { Surroundings } from './terminal.ts';
import { printable } from './text-width.ts';
import { UsageError } from './usage-error.ts';

/** What follows from each. */
const CONSEQUENCES: Readonly<Record<ControlAction, string>> = {
  pause: 'no container instance is started until fleet resume; what has begun goes on',
  resume: 'container instances are started again',
  abort: 'no container instance is started any more; what has begun is finished or undone first',
  approve: 'once it is planned, it goes on with the download',
  refuse: 'it ends once it is planned, and nothing was touched',
};

/** An approval that nobody asks for would do nothing; one that comes early is kept. */
async function requireAsked(action: ControlAction, rolloutId: string): Promise<void> {
  const why = whyNotWaiting(await readView(rolloutId));
  if (why === undefined) return;
  throw new UsageError(`cannot ${action} rollout ${rolloutId}: nobody asks for approval; ${why}`);
}

/** An id that was mistyped is bad input as everywhere else; looked up afterwards, because no abort may wait for it. */
async function mistyped(rolloutId: string, error: unknown): Promise<unknown> {
  if (!(error instanceof RegionError)) return error;
  try {
    await readView(rolloutId);
    return error;
  } catch (also) {
    return also instanceof UsageError ? also : error;
  }
}

export async function control(
  action: ControlAction,
  { which, by }: { readonly which: Which; readonly by: string | undefined },
  { stdout }: Surroundings,
): Promise<number> {
  const rolloutId = await findRolloutId(which, 'open');
  if (action === 'approve' || action === 'refuse') await requireAsked(action, rolloutId);
  const who = whoAsks(by);
  const what = `${action} rollout ${rolloutId}`;
  try {
    await asking(what, () => askControl({ action, rolloutId, by: who }));
  } catch (error) {
    throw await mistyped(rolloutId, error);
  }
  stdout.write(`${rolloutId}: ${action}, asked by ${printable(who)}; ${CONSEQUENCES[action]}\n`);
  return EXIT_OK;
}

export async function release(
  { variant, arch, version, by }: ReleaseOptions,
  { stdout }: Surroundings,
): Promise<number> {
  const request = { action: 'release-quarantine', variant, arch, version, by: whoAsks(by) };
  const what = `release ${variant}/${arch} ${version}`;
  const reason = await asking(what, () => askControl(request));
  stdout.write(`${printable(reason)}\n`);
  return EXIT_OK;
}
