// Decides, each time something changed, which container instances of a wave start now and which wait, and why.

import { budgetRefusal, type FleetSize, type OutOfService } from './budget.ts';
import { isoInstant } from './instant.ts';
import type { InstanceVerdict } from './model.ts';
import type { Policy } from './policy.ts';
import { type WindowState, windowRefusal } from './window.ts';

/** A container instance of the wave that has not been started, freshly looked at. */
export interface Candidate extends OutOfService {
  /** What rules it out for good (standalone tasks, an endless drain), if anything. */
  readonly ruledOut?: InstanceVerdict | undefined;
  /** What makes it wait (a service on it is deploying), if anything. */
  readonly waitFor?: string | undefined;
}

/** What people asked for. */
export interface Control {
  readonly abort?: { readonly by: string; readonly at: number } | undefined;
  readonly pause?: { readonly by: string; readonly at: number } | undefined;
}

export interface DispatchWorld {
  readonly now: number;
  readonly policy: Policy;
  readonly size: FleetSize;
  /** Started by this rollout and not over. */
  readonly open: readonly OutOfService[];
  /** Left drained by this rollout, and out of service by others' doing. */
  readonly otherOut: readonly OutOfService[];
  /** Those of `otherOut` that this rollout left drained: they keep their place until a person comes. */
  readonly stuck?: readonly OutOfService[] | undefined;
  /** Since when nothing has been open and nothing could be started (epoch milliseconds). */
  readonly idleSinceAt?: number | undefined;
  /** In the order of work: longest expected first. */
  readonly candidates: readonly Candidate[];
  /** True when `candidates` is all that waits; false when more could be read. */
  readonly candidatesComplete: boolean;
  readonly failures: number;
  /** True on the way back, which failures, gates and the window's close must not stop. */
  readonly goingBack?: boolean | undefined;
  readonly control: Control;
  readonly window: WindowState;
  /** Why a gate (alarm) is closed or unknown; absent when all are green. */
  readonly gateClosed?: string | undefined;
}

export interface Dispatch {
  readonly start: readonly string[];
  readonly drop: readonly { readonly ec2InstanceId: string; readonly verdict: InstanceVerdict }[];
  /** Why each candidate that was looked at waits. */
  readonly wait: readonly { readonly ec2InstanceId: string; readonly reason: string }[];
  /** `done`: the wave is over. `halt`: it is over before its end. `continue`: look again when something changes. */
  readonly verdict: 'continue' | 'done' | 'halt';
  readonly reason: string;
}

/** A wave that can start nothing for so long is given up; pauses and calendars may last as long as they like. */
const IDLE_PATIENCE_MILLISECONDS = 7_200_000;

/** Why the wave should not be waited for any longer, if so. */
function hopeless(world: DispatchWorld, waitsFor: string): string | undefined {
  const stuck = world.stuck ?? [];
  const blocked =
    world.candidatesComplete &&
    stuck.length > 0 &&
    world.candidates.every((one) => budgetRefusal(one, stuck, world.size, world.policy.budget));
  if (blocked) {
    const ids = stuck.map((one) => one.ec2InstanceId).join(', ');
    return `${ids}, left drained, keeps its place in the budgets: ${waitsFor}`;
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
function lastWord({ control, failures, policy, goingBack }: DispatchWorld): Stop | undefined {
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

/** What holds up starts, and so nothing when none is left to start. */
function holdUp(world: DispatchWorld): Stop | undefined {
  const { pause } = world.control;
  const paused = pause && {
    reason: `paused by ${pause.by} at ${isoInstant(pause.at)}`,
    forGood: false,
    patient: true,
  };
  // The way back is an undo: neither the window's close nor the gates that closed on the version may hold it up.
  if (world.goingBack) return paused;
  const window = windowRefusal(world.window, world.policy, world.now);
  if (window) return { ...window, patient: true };
  if (paused) return paused;
  if (world.gateClosed !== undefined) return { reason: world.gateClosed, forGood: false };
  return undefined;
}

/** The single place where container instances are chosen: every budget and gate is judged here, together. */
export function decideDispatch(world: DispatchWorld): Dispatch {
  // A closed gate, a pause or a closed window must not keep a finished wave from its bake, which judges the gates.
  const finished =
    world.candidatesComplete && world.candidates.length === 0 && world.open.length === 0;
  const stop = lastWord(world) ?? (finished ? undefined : holdUp(world));
  if (stop) {
    const given = stop.patient ? undefined : hopeless(world, stop.reason);
    const over = (stop.forGood || given !== undefined) && world.open.length === 0;
    return {
      start: [],
      drop: [],
      wait: world.candidates.map(({ ec2InstanceId }) => ({ ec2InstanceId, reason: stop.reason })),
      verdict: over ? 'halt' : 'continue',
      reason: given ?? stop.reason,
    };
  }
  const out: OutOfService[] = [...world.open, ...world.otherOut];
  const start: string[] = [];
  const drop: { ec2InstanceId: string; verdict: InstanceVerdict }[] = [];
  const wait: { ec2InstanceId: string; reason: string }[] = [];
  for (const candidate of world.candidates) {
    const { ec2InstanceId } = candidate;
    if (candidate.ruledOut) {
      drop.push({ ec2InstanceId, verdict: candidate.ruledOut });
      continue;
    }
    const refusal =
      budgetRefusal(candidate, out, world.size, world.policy.budget) ?? candidate.waitFor;
    if (refusal === undefined) {
      out.push(candidate);
      start.push(ec2InstanceId);
    } else {
      wait.push({ ec2InstanceId, reason: refusal });
    }
  }
  const idle = world.open.length === 0 && start.length === 0 && drop.length === 0;
  const given = idle && wait[0] ? hopeless(world, wait[0].reason) : undefined;
  if (given !== undefined) return { start, drop, wait, verdict: 'halt', reason: given };
  const nothingLeft = world.candidatesComplete && wait.length === 0 && start.length === 0;
  const over = nothingLeft && world.open.length === 0;
  return {
    start,
    drop,
    wait,
    verdict: over ? 'done' : 'continue',
    reason: over
      ? 'every container instance of the wave is over'
      : `${start.length} started, ${wait.length} waiting, ${world.open.length} open`,
  };
}

/** How many more a budget for the whole cluster allows: no more candidates than that need be looked at. */
export function freeSlots(
  clusterMax: number,
  open: readonly OutOfService[],
  otherOut: readonly OutOfService[],
): number {
  return Math.max(0, clusterMax - open.length - otherOut.length);
}
