// Windows against a slow oracle: minute by minute, from the start of an update to its worst end.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type WindowState,
  windowCloseAt,
  windowRefusal,
  windowTooShort,
  worstCaseSeconds,
} from '../../../functions/core/window.ts';
import { MINUTE, NOW, PROPERTY, policyOf, SECOND } from './samples.ts';

/** A day, of which each minute is within the window or not, and the calendars open or not. */
interface Day {
  readonly closeMinute: number | undefined;
  /** Minutes at which the calendars change; open before the first when `openAtFirst`. */
  readonly changes: readonly number[];
  readonly openAtFirst: boolean;
}

const HORIZON = 1440;

const days: fc.Arbitrary<Day> = fc.record({
  closeMinute: fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined }),
  changes: fc
    .uniqueArray(fc.integer({ min: 0, max: 600 }), { maxLength: 5 })
    .map((all) => all.toSorted((a, b) => a - b)),
  openAtFirst: fc.boolean(),
});

/** Whole minutes, so that the worst case is a whole number of minutes too. */
const policies = fc
  .record({
    drain: fc.integer({ min: 1, max: 60 }),
    reboot: fc.integer({ min: 2, max: 30 }),
    verify: fc.integer({ min: 1, max: 20 }),
    allowAdminContainer: fc.boolean(),
  })
  .map(({ drain, reboot, verify, allowAdminContainer }) =>
    policyOf({
      drain: { timeoutSeconds: drain * 60 },
      reboot: { timeoutSeconds: reboot * 60 },
      verify: { timeoutSeconds: verify * 60 },
      rollback: { allowAdminContainer },
    }),
  );

function calendarsOpenAt({ changes, openAtFirst }: Day, minute: number): boolean {
  let open = openAtFirst;
  for (const change of changes) if (change <= minute) open = !open;
  return open;
}

function withinWindow({ closeMinute }: Day, minute: number): boolean {
  return closeMinute === undefined || minute < closeMinute;
}

/** Every minute of an update that begins now and takes as long as it can. */
function everyMinute(from: number, minutes: number, holds: (minute: number) => boolean): boolean {
  for (let minute = from; minute < from + minutes; minute++) if (!holds(minute)) return false;
  return true;
}

/** What Systems Manager says at a minute: the state, and the next change, as far as there is one. */
function stateAt(day: Day, minute: number): WindowState {
  const next = day.changes.find((change) => change > minute);
  return {
    closeAt: day.closeMinute === undefined ? undefined : NOW + day.closeMinute * MINUTE,
    calendarsOpen: calendarsOpenAt(day, minute),
    calendarsNextTransitionAt: next === undefined ? undefined : NOW + next * MINUTE,
  };
}

describe('windowRefusal() against every minute of the day', () => {
  it('windowRefusal() allows a start exactly when each minute of its worst case is allowed', () => {
    let allowed = 0;
    let refused = 0;
    fc.assert(
      fc.property(days, policies, fc.integer({ min: 0, max: 500 }), (day, policy, minute) => {
        const worst = worstCaseSeconds(policy) / 60;
        const fits = everyMinute(
          minute,
          worst,
          (one) => withinWindow(day, one) && calendarsOpenAt(day, one),
        );
        const refusal = windowRefusal(stateAt(day, minute), policy, NOW + minute * MINUTE);
        if (fits) allowed++;
        else refused++;
        expect(refusal === undefined).toBe(fits);
      }),
      { ...PROPERTY, numRuns: 4000 },
    );
    // Both answers were really asked for.
    expect(Math.min(allowed, refused)).toBeGreaterThan(300);
  });

  it('windowRefusal() refuses for good exactly when no later minute of the window would do', () => {
    fc.assert(
      fc.property(days, policies, fc.integer({ min: 0, max: 500 }), (day, policy, minute) => {
        const refusal = windowRefusal(stateAt(day, minute), policy, NOW + minute * MINUTE);
        fc.pre(refusal !== undefined);
        const worst = worstCaseSeconds(policy) / 60;
        let later = false;
        for (let begin = minute; begin < HORIZON && !later; begin++) {
          later = everyMinute(begin, worst, (one) => withinWindow(day, one));
        }
        expect(refusal?.forGood).toBe(!later);
      }),
      PROPERTY,
    );
  });

  it('windowRefusal() names the minute from which waiting helps, where it waits for a calendar', () => {
    fc.assert(
      fc.property(days, policies, fc.integer({ min: 0, max: 500 }), (day, policy, minute) => {
        const refusal = windowRefusal(stateAt(day, minute), policy, NOW + minute * MINUTE);
        fc.pre(refusal !== undefined && !refusal.forGood);
        const named = /at (\S+Z) |until (\S+Z)$/.exec(refusal?.reason ?? '');
        const at = named && (Date.parse(named[1] ?? named[2] ?? '') - NOW) / MINUTE;
        const open = calendarsOpenAt(day, minute);
        let change = minute;
        while (change < HORIZON && calendarsOpenAt(day, change) === open) change++;
        expect(at).toBe(change === HORIZON ? null : change);
      }),
      PROPERTY,
    );
  });
});

/** Opening, planning and the first download come before the first start. */
const LEAD_UP = 2 * MINUTE;

describe('windowTooShort() against the first start there can be', () => {
  it('windowTooShort() refuses exactly the windows in which even that would be too late', () => {
    const timed = fc.tuple(
      fc.integer({ min: 60, max: 14_400 }),
      fc.integer({ min: 95, max: 400 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(timed, ([drainSeconds, durationMinutes, allowAdminContainer]) => {
        const policy = {
          ...policyOf({
            drain: { timeoutSeconds: drainSeconds },
            rollback: { allowAdminContainer },
          }),
          window: { durationMinutes, calendars: [] },
        };
        const closeAt = windowCloseAt(policy, NOW);
        const open = { calendarsOpen: true, closeAt };
        const tooShort = windowTooShort(policy) !== undefined;
        expect(windowRefusal(open, policy, NOW + LEAD_UP) !== undefined).toBe(tooShort);
        // To the second: the last start that is allowed, and the first that is not.
        const lastAt = NOW + durationMinutes * MINUTE - worstCaseSeconds(policy) * SECOND;
        expect(windowRefusal(open, policy, lastAt)).toBeUndefined();
        expect(windowRefusal(open, policy, lastAt + SECOND)?.forGood).toBe(true);
      }),
      PROPERTY,
    );
  });
});
