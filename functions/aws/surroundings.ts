// Reads what a dispatch is judged by, but for its candidates: plan, open instances, gates, calendars, others.

import { closedGates } from '../core/bake.ts';
import type { DispatchWorld, Open } from '../core/dispatch.ts';
import type { FleetRoom } from '../core/room.ts';
import type { Tightened } from '../core/tighten.ts';
import { readAlarms } from './alarms.ts';
import { now } from './clock.ts';
import type { IndexedInstance, Taken } from './dispatch-index.ts';
import { readCalendars } from './documents.ts';
import type { SeenContainerInstance } from './ecs-shapes.ts';
import { type FleetLook, lookAtFleet } from './fleet-look.ts';
import { readTightened } from './fleet-policy.ts';
import { readInstances } from './instance-store.ts';
import { type Overview, planned } from './overview.ts';
import { type PlanRecord, updateWave, type WaveRecord } from './plan-record.ts';
import type { Rollout } from './rollout-record.ts';
import { toFleetRoom } from './room-look.ts';

/** Everything but the candidates. */
export interface Surroundings {
  /** With the policy and the window's close that count now. */
  readonly rollout: Rollout;
  readonly tightened: Tightened;
  readonly world: Omit<DispatchWorld, 'candidates' | 'candidatesComplete'>;
  readonly plan: PlanRecord;
  readonly wave: WaveRecord | undefined;
  readonly look: FleetLook;
  readonly open: readonly IndexedInstance[];
  /** ARNs of those that this rollout has taken or left drained. */
  readonly ours: ReadonlySet<string>;
}

export function toOut(record: IndexedInstance): Omit<Open, 'undoing'> {
  const { ec2InstanceId, availabilityZone, image, services = [] } = record;
  return { ec2InstanceId, availabilityZone, image, services };
}

/** Looked up only while canaries that had no turn leave the question open. */
async function readUnproven({ rolloutId, unprovenImages = [] }: Rollout): Promise<Set<string>> {
  if (unprovenImages.length === 0) return new Set();
  const updated = (await readInstances(rolloutId)).filter((one) => one.outcome === 'Updated');
  const proven = new Set(updated.map((one) => one.image));
  return new Set(unprovenImages.filter((image) => !proven.has(image)));
}

/**
 * @param overview Read before this: what ends after it counts as news to whoever waits next.
 * @param taken Read after it.
 * @param anyWaiting False: nobody is left to start, so it does not matter who else is out.
 */
export async function readSurroundings(
  held: { readonly rolloutId: string; readonly fence: number },
  overview: Overview,
  wave: number,
  taken: Taken,
  anyWaiting: boolean,
): Promise<Surroundings> {
  const { rolloutId, fence } = held;
  const { plan, rollout: found } = planned(rolloutId, overview);
  const tightened = await readTightened(found, plan.size);
  const { policy, windowCloseAt } = tightened;
  const rollout = { ...found, fence, policy, windowCloseAt };
  const waveRecord = overview.waves.find((one) => one.wave === wave);
  const { open, stuck, failed } = taken;
  const ours = new Set([...open, ...stuck].map((one) => one.containerInstanceArn));
  const goingBack = rollout.waves?.find((one) => one.wave === wave)?.kind === 'rollback';
  const awaySince = waveRecord?.awaySince ?? {};
  const fleetSize = plan.size.containerInstances;
  const given = {
    all: plan.containerInstanceArns,
    ours,
    known: overview.others,
    awaySince,
    fleetSize,
  };
  const nothing: FleetLook = { outByOthers: [], awaySince, seen: new Map() };
  const [look, calendars, alarms, unproven] = await Promise.all([
    anyWaiting ? lookAtFleet(rollout, given) : nothing,
    readCalendars(policy.window.calendars),
    readAlarms(policy.gates.alarms),
    goingBack ? new Set<string>() : readUnproven(rollout),
  ]);
  if (look.awaySince !== awaySince) {
    await updateWave(rolloutId, wave, { awaySince: look.awaySince });
  }
  const closed = closedGates({ services: [], alarms });
  const world = {
    now: now(),
    policy,
    size: plan.size,
    open: open.map((one) => ({ ...toOut(one), undoing: one.step === 'Undoing' })),
    stuck: stuck.map(toOut),
    idleSinceAt: waveRecord?.idleSinceAt,
    otherOut: [...stuck.map(toOut), ...look.outByOthers],
    failures: failed.length + stuck.length,
    control: rollout.control ?? {},
    unproven,
    goingBack,
    window: { closeAt: windowCloseAt, ...calendars },
    gateClosed: closed.length > 0 ? closed.join('; ') : undefined,
  };
  return { rollout, tightened, world, plan, wave: waveRecord, look, open, ours };
}

/** @param complete True when `seen` is all of the fleet. */
export function roomOf(
  { open, ours, plan, look }: Surroundings,
  seen: Iterable<SeenContainerInstance>,
  complete: boolean,
): FleetRoom {
  const { services } = plan;
  const outByOthers = look.outByOthers.length;
  return toFleetRoom({ seen, complete, open, ours, services, outByOthers });
}
