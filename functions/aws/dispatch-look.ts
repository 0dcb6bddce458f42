// Looks at the candidates that are likely to start, and has the dispatch decided on what was seen.

import {
  type Candidate,
  type Dispatch,
  type DispatchWorld,
  decideDispatch,
} from '../core/dispatch.ts';
import { longestDrainFirst } from '../core/estimate.ts';
import { hasPlaces, holdUnseen, isLastRound, likelyToStart } from '../core/likely.ts';
import { limitOf } from '../core/policy.ts';
import type { FleetRoom } from '../core/room.ts';
import { now } from './clock.ts';
import {
  type IndexedInstance,
  readTakenAndWaiting,
  readWaiting,
  WAITING_READ_MAX,
} from './dispatch-index.ts';
import { isDownloading } from './downloads.ts';
import { type FleetLook, type FreshCandidate, freshCandidates } from './fleet-look.ts';
import type { ProgressData } from './looks/progress.ts';
import type { Overview } from './overview.ts';
import { updateWave, type WaveRecord } from './plan-record.ts';
import type { Rollout } from './rollout-record.ts';
import { lookEverywhere } from './room-look.ts';
import { readSurroundings, roomOf, type Surroundings, toOut } from './surroundings.ts';

/** Candidates read at first; more of the wave only where that leaves places empty. */
const CANDIDATES_MAX = 50;
/** Full looks for room are this far apart while something is open. */
const LOOK_EVERYWHERE_SECONDS = 60;
/** Rounds of looks in one dispatch; each looks at as many candidates as there are places left. */
const LOOKS_MAX = 5;

export interface Decision {
  readonly dispatch: Dispatch;
  readonly fresh: ReadonlyMap<string, FreshCandidate>;
  readonly rollout: Rollout;
  readonly open: number;
  /** Candidates whose hosts still download. */
  readonly downloading: number;
  readonly record: WaveRecord | undefined;
  readonly gateClosed: string | undefined;
  /** What is stricter than when the rollout opened. */
  readonly tightenedBy: readonly string[];
  /** Out of service before anything is started, by our doing or others', and how many may be. */
  readonly budget: { readonly used: number; readonly max: number };
}

/** What was looked at so far in this dispatch. */
interface Seen {
  readonly fresh: Map<string, FreshCandidate>;
  look: FleetLook;
}

function clusterMax({ policy, size }: Pick<DispatchWorld, 'policy' | 'size'>): number {
  return limitOf(policy.budget.outOfServiceMax, size.containerInstances);
}

/** How many were open when the dispatcher last began to wait. */
function openBefore({ waits }: Overview): number {
  const wait = waits.find(({ kind }) => kind === 'progress');
  return wait ? (wait.data as unknown as ProgressData).open : 0;
}

/** Reads on only where places are left: those at the front may all wait for the same service. */
export async function decide(
  held: { readonly rolloutId: string; readonly fence: number },
  overview: Overview,
  wave: number,
): Promise<Decision> {
  const { taken, waiting: few } = await readTakenAndWaiting(
    held.rolloutId,
    wave,
    CANDIDATES_MAX,
    openBefore(overview),
  );
  const around = await readSurroundings(held, overview, wave, taken, few.length > 0);
  const seen: Seen = { fresh: new Map(), look: around.look };
  const isAll = few.length < CANDIDATES_MAX;
  const decision = await decideAmong(around, wave, few, isAll, seen);
  const { verdict, start } = decision.dispatch;
  if (
    isAll ||
    verdict !== 'continue' ||
    !hasPlaces(around.world, start.length, clusterMax(around.world))
  ) {
    return decision;
  }
  const more = await readWaiting(held.rolloutId, wave, WAITING_READ_MAX);
  return decideAmong(around, wave, more, more.length < WAITING_READ_MAX, seen);
}

async function decideAmong(
  around: Surroundings,
  wave: number,
  waiting: readonly IndexedInstance[],
  candidatesComplete: boolean,
  seen: Seen,
): Promise<Decision> {
  const world = { ...around.world, candidatesComplete };
  const candidates = await lookAtLikely(around, waiting, world, seen);
  const judge = (room: FleetRoom) => decideDispatch({ ...world, candidates, room });
  const first = judge(roomOf(around, seen.look.seen.values(), false));
  const everywhere = first.lookFurther && (await lookForRoom(around, wave));
  const dispatch = everywhere ? judge(everywhere) : first;
  const { rollout, wave: record } = around;
  const { gateClosed, open, otherOut } = world;
  const budget = { used: open.length + otherOut.length, max: clusterMax(world) };
  const downloading = waiting.filter(isDownloading).length;
  const counts = { open: open.length, downloading };
  const more = { tightenedBy: around.tightened.changes, budget };
  return { dispatch, fresh: seen.fresh, rollout, ...counts, record, gateClosed, ...more };
}

/**
 * Judges by the record who is likely to start, then looks at just those; where the look takes a place away again
 * (their tasks have moved since the plan), the next in order are looked at.
 *
 * @returns All that wait; those that were not looked at with what they wait for.
 */
async function lookAtLikely(
  around: Surroundings,
  waiting: readonly IndexedInstance[],
  world: Omit<DispatchWorld, 'candidates' | 'room'>,
  seen: Seen,
): Promise<Candidate[]> {
  const { plan } = around;
  const isFresh = (id: string) => seen.fresh.has(id);
  const isLast = isLastRound(world, waiting.length, clusterMax(world));
  if (isLast) await lookAtLastRound(around, waiting, seen);
  for (let looks = 0; ; looks++) {
    const planned = waiting.map(
      (one): Candidate =>
        seen.fresh.get(one.ec2InstanceId)?.candidate ?? {
          ...toOut(one),
          moving: one.moving,
          waitFor: isDownloading(one) ? 'its host still downloads the update' : undefined,
        },
    );
    const candidates = isLast ? longestDrainFirst(planned, plan.services) : planned;
    const room = plan.containerInstanceArns && roomOf(around, seen.look.seen.values(), false);
    const known = { ...world, candidates, room };
    const likely = new Set(looks < LOOKS_MAX ? likelyToStart(known, isFresh) : []);
    if (likely.size === 0) return holdUnseen(known, isFresh);
    const next = waiting.filter((one) => likely.has(one.ec2InstanceId));
    await lookAt(around, next, seen);
  }
}

async function lookAt(
  { plan, rollout, tightened }: Surroundings,
  some: readonly IndexedInstance[],
  seen: Seen,
): Promise<void> {
  const looked = await freshCandidates(rollout, tightened, some, seen.look, plan);
  seen.look = { ...seen.look, seen: looked.seen };
  for (const one of looked.candidates) seen.fresh.set(one.candidate.ec2InstanceId, one);
}

/**
 * Those of the last round whose tasks have changed since they were last looked at. In a large fleet nobody has looked at
 * how many tasks they have by now: there one look must do.
 */
async function lookAtLastRound(
  around: Surroundings,
  waiting: readonly IndexedInstance[],
  seen: Seen,
): Promise<void> {
  const { rollout, wave } = around;
  const before = wave?.lastRound ?? {};
  const tasksOf = ({ containerInstanceArn }: IndexedInstance) =>
    seen.look.seen.get(containerInstanceArn)?.tasksWanted;
  const changed = waiting.filter((one) => {
    const known = before[one.ec2InstanceId];
    return !isDownloading(one) && (known === undefined || (tasksOf(one) ?? known) !== known);
  });
  if (!wave || waiting.length < 2 || changed.length === 0) return;
  await lookAt(around, changed, seen);
  const looked = Object.fromEntries(changed.map((one) => [one.ec2InstanceId, tasksOf(one) ?? 0]));
  await updateWave(rollout.rolloutId, wave.wave, { lastRound: { ...before, ...looked } });
}

/** All the room there is; undefined when that was looked at a moment ago. */
async function lookForRoom(around: Surroundings, wave: number): Promise<FleetRoom | undefined> {
  const { rolloutId, clusterArn } = around.rollout;
  const since = now() - (around.wave?.lookedEverywhereAt ?? 0);
  if (around.open.length > 0 && since < LOOK_EVERYWHERE_SECONDS * 1000) return undefined;
  await updateWave(rolloutId, wave, { lookedEverywhereAt: now() });
  return roomOf(around, await lookEverywhere(clusterArn), true);
}
