// Decides whether a wave has been watched long enough with every gate green.

import { isoInstant } from './instant.ts';

/** Targets of one target group at one look. */
export interface TargetGroupHealth {
  readonly targetGroupArn: string;
  readonly healthy: number;
  readonly unhealthy: number;
  /** Why it could not be read; absent when it could. */
  readonly unknown?: string | undefined;
}

/** What the gates say at one look. */
export interface GateFacts {
  /** REPLICA services with how many tasks they run, how many they desire, and how many they ran when planned. */
  readonly services: readonly {
    readonly serviceName: string;
    readonly running: number;
    readonly desired: number;
    readonly runningAtPlan: number;
  }[];
  /** Target groups of the services, now and when the rollout was planned. */
  readonly targetGroups?: readonly {
    readonly now: TargetGroupHealth;
    readonly atPlan: TargetGroupHealth | undefined;
  }[];
  /** Alarm states, verbatim; a configured alarm that does not exist is absent from CloudWatch's answer. */
  readonly alarms: readonly { readonly name: string; readonly state: string }[];
}

/**
 * Why the gates are not green; empty when they are. A service that was short before the rollout is not held against
 * it, as long as it has not become worse.
 */
export function closedGates(facts: GateFacts): string[] {
  const services = facts.services
    .filter(({ running, desired, runningAtPlan }) => running < Math.min(desired, runningAtPlan))
    .map(
      ({ serviceName, running, desired }) =>
        `service ${serviceName} runs ${running} of ${desired} desired tasks`,
    );
  const alarms = facts.alarms
    .filter(({ state }) => state !== 'OK')
    .map(({ name, state }) =>
      state === 'ALARM'
        ? `alarm ${name} is in ALARM`
        : `alarm ${name} is ${state}, which counts as closed`,
    );
  const targetGroups = (facts.targetGroups ?? []).flatMap(({ now, atPlan }) =>
    closedTargetGroup(now, atPlan),
  );
  return [...alarms, ...services, ...targetGroups];
}

/** More unhealthy targets than before the rollout close the gate, and so does a group that lost its last healthy one. */
function closedTargetGroup(
  now: TargetGroupHealth,
  atPlan: TargetGroupHealth | undefined,
): string[] {
  const name = now.targetGroupArn.split('/').at(-2) ?? now.targetGroupArn;
  if (now.unknown !== undefined) {
    return [`target group ${name} cannot be read (${now.unknown}), which counts as closed`];
  }
  if (now.unhealthy > (atPlan?.unhealthy ?? 0)) {
    return [
      `target group ${name} has ${now.unhealthy} unhealthy targets, ${atPlan?.unhealthy ?? 0} before`,
    ];
  }
  return now.healthy === 0 && (atPlan?.healthy ?? 0) > 0
    ? [`target group ${name} has no healthy target left`]
    : [];
}

export interface BakeState {
  readonly startedAt: number;
  /** When a gate was last seen closed; absent: never. */
  readonly lastClosedAt?: number | undefined;
}

export type BakeVerdict =
  | { readonly kind: 'baked'; readonly reason: string }
  | {
      readonly kind: 'baking';
      readonly reason: string;
      readonly lookAgainSeconds: number;
      readonly lastClosedAt?: number | undefined;
    }
  | { readonly kind: 'failed'; readonly reason: string };

/** Seconds between two looks at least: one sweep period. */
const LOOK_SECONDS = 60;
/** And at most, however long the bake: two days are then 288 looks, about 2,600 of 25,000 history events. */
const LOOK_SECONDS_MAX = 600;
/** A closed gate may hold a wave this long beyond its bake time before the rollout halts. */
const CLOSED_PATIENCE_SECONDS = 1800;

/** Green gates are looked at at the start, in the middle and at the end of a short bake. */
function lookSeconds(bakeTimeSeconds: number): number {
  return Math.min(LOOK_SECONDS_MAX, Math.max(LOOK_SECONDS, Math.ceil(bakeTimeSeconds / 2)));
}

/** Every closed gate restarts the bake; gates that stay closed for too long end it. */
export function judgeBake(
  state: BakeState,
  closed: readonly string[],
  bakeTimeSeconds: number,
  now: number,
): BakeVerdict {
  const lastClosedAt = closed.length > 0 ? now : state.lastClosedAt;
  const greenSince = Math.max(state.startedAt, lastClosedAt ?? 0);
  if (closed.length > 0) {
    const elapsedSeconds = (now - state.startedAt) / 1000;
    if (elapsedSeconds > bakeTimeSeconds + CLOSED_PATIENCE_SECONDS) {
      return {
        kind: 'failed',
        reason: `gates still closed after ${Math.round(elapsedSeconds / 60)} minutes: ${closed.join('; ')}`,
      };
    }
    return {
      kind: 'baking',
      reason: closed.join('; '),
      lookAgainSeconds: lookSeconds(bakeTimeSeconds),
      lastClosedAt,
    };
  }
  const bakedAt = greenSince + bakeTimeSeconds * 1000;
  if (now >= bakedAt) {
    return { kind: 'baked', reason: `all gates green for ${bakeTimeSeconds} seconds` };
  }
  return {
    kind: 'baking',
    reason: `bakes until ${isoInstant(bakedAt)}`,
    // Not past the end: the bake ends on the second.
    lookAgainSeconds: Math.min(lookSeconds(bakeTimeSeconds), Math.ceil((bakedAt - now) / 1000)),
    lastClosedAt,
  };
}
