// What becomes of an invocation whose agent went away under it: a reboot leaves four endings, and
// none can be relied on.
//
// amazon-ssm-agent: agent/framework/processor/processor.go (`processInProgressDocuments`) and
// agent/framework/processor/executer/outofproc/master.go. Reported from the field in
// bottlerocket-ecs-updater#53 and #60.

import type { Faults } from '../faults/faults.ts';
import type { RandomStream } from '../kernel/random.ts';

/**
 * - `delivered-late`: the script had ended; its result arrives after the boot.
 * - `failed`: the agent does not find its worker, waits, and reports a failure.
 * - `stuck`: another process has the worker's number by now, so the agent waits for it; the total
 *   timeout decides.
 * - `rerun`: the worker had not begun to report; the agent runs the script again from the start.
 */
export type RebootOutcome = 'delivered-late' | 'failed' | 'stuck' | 'rerun';

/** No rates are published: these odds are estimates, kept in one place. */
const ODDS = {
  running: { failed: 0.55, stuck: 0.3, rerun: 0.15 },
  ended: { failed: 0.2, stuck: 0.15, rerun: 0.05 },
} as const;

/** The agent's own text, with its stray blanks. */
export const WORKER_LOST =
  'document process failed unexpectedly: ipc messaging received timeout signal , ' +
  'check [ssm-document-worker]/[ssm-session-worker] log for crash reason';

/** A worker that is gone is given up after a minute (`defaultZombieProcessTimeout`). */
export const WORKER_LOST_SECONDS = 60;

/** Faults `ssm-reruns-reboot` and `ssm-reboot-reported-failed`. */
export function forcedOutcome(faults: Faults, ec2InstanceId: string): RebootOutcome | undefined {
  if (faults.strikes('ssm-reruns-reboot', ec2InstanceId)) return 'rerun';
  if (faults.strikes('ssm-reboot-reported-failed', ec2InstanceId)) return 'failed';
  return undefined;
}

export function drawOutcome(ended: boolean, random: RandomStream): RebootOutcome {
  const odds = ended ? ODDS.ended : ODDS.running;
  const drawn = random.next();
  if (drawn < odds.failed) return 'failed';
  if (drawn < odds.failed + odds.stuck) return 'stuck';
  if (drawn < odds.failed + odds.stuck + odds.rerun) return 'rerun';
  return 'delivered-late';
}
