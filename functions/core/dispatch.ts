// Decides, each time something changed, which container instances of a wave start now and which wait, and why.

import { budgetRefusal, type FleetSize, type OutOfService } from './budget.ts';
import { holdUp, hopeless, lastWord } from './dispatch-stops.ts';
import type { InstanceVerdict } from './model.ts';
import type { Placement } from './placement.ts';
import type { Policy } from './policy.ts';
import { type FleetRoom, judgeRoom, type Moving } from './room.ts';
import type { WindowState } from './window.ts';

/** A container instance of the wave that has not been started, freshly looked at. */
export interface Candidate extends OutOfService {
  /** Variant and architecture. */
  readonly image?: string | undefined;
  /** What rules it out for good (standalone tasks, an endless drain), if anything. */
  readonly ruledOut?: InstanceVerdict | undefined;
  /** What makes it wait (a service on it is deploying), if anything. */
  readonly waitFor?: string | undefined;
  /** Tasks that its drain would move. */
  readonly moving?: readonly Moving[] | undefined;
}

/** Of an open one, what it counts against besides the budgets. */
export interface Open extends OutOfService {
  readonly image?: string | undefined;
  /** Its update is being undone: whether it has failed is known when that is over. */
  readonly undoing?: boolean | undefined;
}

/** Who asked for something, and when (epoch milliseconds). */
export interface Asked {
  readonly by: string;
  readonly at: number;
}

/** What people asked for. */
export interface Control {
  readonly abort?: Asked | undefined;
  readonly pause?: Asked | undefined;
  /** Of the plan, and kept: they may come before anybody waits for them. */
  readonly approve?: Asked | undefined;
  readonly refuse?: Asked | undefined;
}

export interface DispatchWorld {
  readonly now: number;
  readonly policy: Policy;
  readonly size: FleetSize;
  /** Started by this rollout and not over. */
  readonly open: readonly Open[];
  /** Left drained by this rollout, and out of service by others' doing. */
  readonly otherOut: readonly OutOfService[];
  /** Those of `otherOut` that this rollout left drained: they keep their place until a person comes. */
  readonly stuck?: readonly OutOfService[] | undefined;
  /** Since when nothing has been open and nothing could be started (epoch milliseconds). */
  readonly idleSinceAt?: number | undefined;
  /** In the order of work. */
  readonly candidates: readonly Candidate[];
  /** True when `candidates` is all that waits; false when more could be read. */
  readonly candidatesComplete: boolean;
  readonly failures: number;
  /** Images whose canaries never had a turn, and that nobody has been updated to since. */
  readonly unproven?: ReadonlySet<string> | undefined;
  /** True on the way back, which failures, gates and the window's close must not stop. */
  readonly goingBack?: boolean | undefined;
  readonly control: Control;
  readonly window: WindowState;
  /** Where the tasks of what is drained can go; absent: not judged. */
  readonly room?: FleetRoom | undefined;
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
  /** Seconds after which the world is to be judged again although nothing of ours has ended. */
  readonly lookAgainSeconds: number;
  /** Those that found no room on what was looked at, which was not all there is. */
  readonly lookFurther?: readonly string[] | undefined;
  /** Why it cannot be told whether the tasks of one that starts find room. */
  readonly unsure?: Readonly<Record<string, string>> | undefined;
}

/** Room may come back with a deployment or a flapping agent; after so long without it the tasks have nowhere to go. */
const ROOM_PATIENCE_MILLISECONDS = 600_000;

/** Nothing of ours will end, or what others hold up may pass: a disconnected agent is mostly back within a minute. */
const LOOK_AGAIN_SOON_SECONDS = 60;
/**
 * Where our own instances' ends are what is waited for, or something that may last for days: this look is for what
 * nobody thought of.
 */
const LOOK_AGAIN_SECONDS = 600;

/** The way back takes what room there is: the version has to go. */
function placementOf(
  candidate: Candidate,
  started: readonly Candidate[],
  world: DispatchWorld,
): Placement {
  if (!world.room || world.goingBack) return { kind: 'fits' };
  return judgeRoom(candidate, started, world.room);
}

/** Nothing is out that could come back and make room, and nothing has been for a while. */
function noRoomIsComing({ open, room, idleSinceAt, now }: DispatchWorld): boolean {
  const idle = now - (idleSinceAt ?? now);
  return room?.complete === true && open.length === 0 && idle >= ROOM_PATIENCE_MILLISECONDS;
}

/** Canaries that could not be started have proven nothing: then the first of the next wave are the canaries. */
function canaryRefusal(
  { image }: Candidate,
  taken: readonly Open[],
  { unproven, policy }: DispatchWorld,
): string | undefined {
  if (image === undefined || !unproven?.has(image)) return undefined;
  const { canaryCount } = policy.waves;
  return taken.filter((one) => one.image === image).length < canaryCount
    ? undefined
    : `nobody has been updated on ${image} yet, so at most ${canaryCount} at a time`;
}

/** True when the candidate would have to wait even if nobody but us had taken anything out of service. */
function isHeldUpByUs(
  candidate: Candidate,
  started: readonly Candidate[],
  { open, stuck = [], size, policy }: DispatchWorld,
): boolean {
  return (
    budgetRefusal(candidate, [...open, ...stuck, ...started], size, policy.budget) !== undefined
  );
}

/** Ids of others' doing that are named; a list of all would hide the rest of the sentence. */
const NAMED_MAX = 3;

/** A budget that others used up is nothing this rollout can wait for the end of: whoever reads it must know where to look. */
function byOthers(refusal: string, { otherOut, stuck = [] }: DispatchWorld): string {
  const ours = new Set(stuck.map((one) => one.ec2InstanceId));
  const ids = otherOut.map((one) => one.ec2InstanceId).filter((id) => !ours.has(id));
  const more = ids.length > NAMED_MAX ? ` and ${ids.length - NAMED_MAX} more` : '';
  const named = ids.slice(0, NAMED_MAX).join(', ');
  return `${refusal}; not by this rollout: ${named}${more} (drained by others, or without ECS agent)`;
}

/** Goes through the candidates in their order; what one takes is gone for the next. */
function choose(
  world: DispatchWorld,
): Pick<Dispatch, 'start' | 'drop' | 'wait' | 'lookAgainSeconds' | 'lookFurther' | 'unsure'> {
  const started: Candidate[] = [];
  const drop: { ec2InstanceId: string; verdict: InstanceVerdict }[] = [];
  const wait: { ec2InstanceId: string; reason: string }[] = [];
  const lookFurther: string[] = [];
  const unsure: Record<string, string> = {};
  let heldUpByOthers = false;
  for (const candidate of world.candidates) {
    const { ec2InstanceId, ruledOut, waitFor } = candidate;
    if (ruledOut) {
      drop.push({ ec2InstanceId, verdict: ruledOut });
      continue;
    }
    const out = [...world.open, ...world.otherOut, ...started];
    const canary = canaryRefusal(candidate, [...world.open, ...started], world);
    const spent = budgetRefusal(candidate, out, world.size, world.policy.budget);
    const refusal = canary ?? spent ?? waitFor;
    if (refusal !== undefined) {
      const isOthersDoing = canary === undefined && !isHeldUpByUs(candidate, started, world);
      const reason = isOthersDoing && refusal === spent ? byOthers(refusal, world) : refusal;
      wait.push({ ec2InstanceId, reason });
      heldUpByOthers ||= isOthersDoing;
      continue;
    }
    const placement = placementOf(candidate, started, world);
    if (placement.kind !== 'does-not-fit') {
      started.push(candidate);
      if (placement.kind === 'cannot-tell') unsure[ec2InstanceId] = placement.reason;
    } else if (noRoomIsComing(world) && started.length === 0) {
      const { reason } = placement;
      drop.push({ ec2InstanceId, verdict: { outcome: 'Blocked', code: 'NoRoom', reason } });
    } else {
      wait.push({ ec2InstanceId, reason: placement.reason });
      if (!world.room?.complete) lookFurther.push(ec2InstanceId);
    }
  }
  const noneIsOut = world.open.length + started.length === 0;
  return {
    start: started.map((one) => one.ec2InstanceId),
    drop,
    wait,
    lookAgainSeconds: heldUpByOthers || noneIsOut ? LOOK_AGAIN_SOON_SECONDS : LOOK_AGAIN_SECONDS,
    ...(lookFurther.length > 0 ? { lookFurther } : {}),
    ...(Object.keys(unsure).length > 0 ? { unsure } : {}),
  };
}

/** The single place where container instances are chosen: every budget and gate is judged here, together. */
export function decideDispatch(world: DispatchWorld): Dispatch {
  // A closed gate, a pause or a closed window must not keep a finished wave from its bake, which judges the gates.
  const finished =
    world.candidatesComplete && world.candidates.length === 0 && world.open.length === 0;
  const stop = lastWord(world) ?? (finished ? undefined : holdUp(world));
  if (stop) {
    // What ends the wave for good is its whole reason, however long it waited before.
    const given = stop.patient || stop.forGood ? undefined : hopeless(world, stop.reason);
    const over = (stop.forGood || given !== undefined) && world.open.length === 0;
    return {
      start: [],
      drop: [],
      wait: world.candidates.map(({ ec2InstanceId }) => ({ ec2InstanceId, reason: stop.reason })),
      verdict: over ? 'halt' : 'continue',
      reason: given ?? stop.reason,
      lookAgainSeconds: stop.patient ? LOOK_AGAIN_SECONDS : LOOK_AGAIN_SOON_SECONDS,
    };
  }
  const { start, drop, wait, ...more } = choose(world);
  const idle = world.open.length === 0 && start.length === 0 && drop.length === 0;
  const given = idle && wait[0] ? hopeless(world, wait[0].reason) : undefined;
  if (given !== undefined) return { start, drop, wait, verdict: 'halt', reason: given, ...more };
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
    ...more,
  };
}
