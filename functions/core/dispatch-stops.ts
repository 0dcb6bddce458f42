// Decides whether a wave may start anything at all just now, and whether it should still be waited for.

import { budgetRefusal } from './budget.ts';
import type { DispatchWorld } from './dispatch.ts';
import { isoInstant } from './instant.ts';
import { windowRefusal } from './window.ts';

/** A wave that can start nothing for so long is given up; pauses and calendars may last as long as they like. */
const IDLE_PATIENCE_MILLISECONDS = 7_200_000;

/** Why the wave should not be waited for any longer, if so. */
export function hopeless(world: DispatchWorld, waitsFor: string): string | undefined {
  const stuck = world.stuck ?? [];
  const blocked =
    world.candidatesComplete &&
    stuck.length > 0 &&
    world.candidates.every((one) => budgetRefusal(one, stuck, world.size, world.policy.budget));
  if (blocked) {
    const ids = stuck.map((one) => one.ec2InstanceId).join(', ');
    const keep = stuck.length > 1 ? 'keep their places' : 'keeps its place';
    return `${ids}, left drained, ${keep} in the budgets: ${waitsFor}`;
  }
  const idle = world.now - (world.idleSinceAt ?? world.now);
  return idle > IDLE_PATIENCE_MILLISECONDS
    ? `nothing could be started for two hours: ${waitsFor}`
    : undefined;
}

/** A reason to start nothing; `forGood` ends the wave once nothing is open. */
interface Stop {
  readonly reason: string;
  readonly forGood: boolean;
  /** True when it may last as long as it likes. */
  readonly patient?: boolean;
}

/** What ends the wave even when all of it is over: its bake would be wasted. */
export function lastWord({
  control,
  failures,
  policy,
  goingBack,
}: DispatchWorld): Stop | undefined {
  // Abort beats everything: it is a person's last word.
  if (control.abort) {
    return {
      reason: `aborted by ${control.abort.by} at ${isoInstant(control.abort.at)}`,
      forGood: true,
    };
  }
  // The failures are why it goes back.
  if (!goingBack && failures > policy.failureBudget) {
    return {
      reason: `${failures} failed, failureBudget is ${policy.failureBudget}`,
      forGood: true,
    };
  }
  return undefined;
}

/** An undo may take half an hour; meanwhile nobody else goes to a version that may just have failed. */
function undoRefusal({ open, failures, policy }: DispatchWorld): Stop | undefined {
  const undoing = open.filter((one) => one.undoing).map((one) => one.ec2InstanceId);
  if (undoing.length === 0 || failures + undoing.length <= policy.failureBudget) return undefined;
  const before = failures > 0 ? `${failures} failed, and ` : '';
  const are = undoing.length > 1 ? 'are' : 'is';
  return {
    reason: `${before}${undoing.join(', ')} ${are} being undone: should that end as a failure, failureBudget ${policy.failureBudget} is exceeded`,
    forGood: false,
    patient: true,
  };
}

/** What holds up starts, and so nothing when none is left to start. */
export function holdUp(world: DispatchWorld): Stop | undefined {
  const { pause } = world.control;
  const paused = pause && {
    reason: `paused by ${pause.by} at ${isoInstant(pause.at)}`,
    forGood: false,
    patient: true,
  };
  // The way back is an undo: neither the window's close nor the gates that closed on the version may hold it up.
  if (world.goingBack) return paused;
  const window = windowRefusal(world.window, world.policy, world.now);
  if (window) return { ...window, patient: !window.forGood };
  if (paused) return paused;
  if (world.gateClosed !== undefined) return { reason: world.gateClosed, forGood: false };
  return undoRefusal(world);
}
