// Cases in which certain seeded bugs are sure to show: what few seeds bring about is proved by hand.

import type { FaultSpec } from '../../simulator/faults/faults.ts';
import { type Policy, smallFleet, withRelease } from '../support/rollout.ts';
import type { Case, Deed } from './draw-case.ts';

interface Story {
  readonly policy: Policy;
  readonly faults?: readonly FaultSpec[];
  readonly deeds?: readonly Deed[];
  readonly release?: 'falls-back';
  /** Seconds after the start from which the calendar `freeze` is closed, for an hour. */
  readonly freezeAtSeconds?: number;
}

const STORIES: Readonly<Record<string, Story>> = {
  'window-checked-once': { policy: { window: { calendars: ['freeze'] } }, freezeAtSeconds: 60 },
  'zone-budget-forgotten': {
    policy: {
      budget: { outOfServiceMax: 3, perAvailabilityZoneMax: 1, perServiceMaxPercent: 100 },
    },
  },
  'deaf-to-abort': { policy: {}, deeds: [{ atSeconds: 150, action: 'abort' }] },
  'failures-uncounted': { policy: {}, release: 'falls-back' },
  'rollback-outside-the-budget': {
    policy: {
      waves: { canaryCount: 0, sizes: ['100%'], bakeTimeSeconds: 60 },
      rollback: { onHalt: 'rollout' },
      gates: { alarms: ['web-5xx'] },
    },
    // Late enough that all were updated; longer than a closed gate is waited for.
    faults: [
      {
        name: 'alarm-fires',
        subject: 'web-5xx',
        fromSeconds: 700,
        timesMax: 1,
        parameters: { seconds: 0 },
      },
    ],
  },
  // One that comes back on its old version looks updated to whoever asks for a new boot alone.
  'any-version-will-do': { policy: {}, release: 'falls-back' },
  'lock-never-released': { policy: {} },
  'unknown-alarm-is-green': {
    policy: { gates: { alarms: ['web-5xx'] } },
    faults: [
      {
        name: 'alarm-fires',
        subject: 'web-5xx',
        fromSeconds: 60,
        timesMax: 1,
        parameters: { state: 'INSUFFICIENT_DATA', seconds: 1800 },
      },
    ],
  },
};

/** Names of the seeded bugs that have such a case. */
export const CERTAIN = Object.keys(STORIES);

/** @throws {Error} When there is none for that bug. */
export function certainCase(bugName: string): Case {
  const story = STORIES[bugName];
  if (!story) throw new Error(`Cannot show ${bugName}: it has no case of its own`);
  const { policy, faults = [], deeds = [], release, freezeAtSeconds } = story;
  const fleet = smallFleet({ containerInstances: 4 });
  const released = release ? withRelease(fleet, release) : fleet;
  const at = (seconds: number) =>
    new Date(Date.parse(fleet.startAt) + seconds * 1000).toISOString();
  const closed =
    freezeAtSeconds === undefined
      ? []
      : [{ from: at(freezeAtSeconds), until: at(freezeAtSeconds + 3600) }];
  const calendars = [...fleet.calendars, { name: 'freeze', closed }];
  const drawn = { seed: 1, policy, faults, deeds, faultsEndSeconds: 5400 };
  return { ...drawn, fleet: { ...released, calendars } };
}
