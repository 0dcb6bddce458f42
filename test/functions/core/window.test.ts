// Windows and calendars: the edges, to the second, and what the refusal says.

import { describe, expect, it } from 'vitest';
import {
  scheduledTooLate,
  windowCloseAt,
  windowRefusal,
  windowTooShort,
  worstCaseSeconds,
} from '../../../functions/core/window.ts';
import { MINUTE, NOW, policyOf, SECOND } from './samples.ts';

const policy = policyOf({
  drain: { timeoutSeconds: 600 },
  reboot: { timeoutSeconds: 300 },
  verify: { timeoutSeconds: 200 },
});
/** Drain, reboot, verify, the longest undo, and two minutes. */
const WORST = (600 + 300 + 200 + 4500 + 120) * SECOND;
const open = { calendarsOpen: true };

describe('worstCaseSeconds()', () => {
  it('worstCaseSeconds() counts every step at its limit, and the longest undo', () => {
    expect(worstCaseSeconds(policy)).toBe(WORST / SECOND);
    expect(worstCaseSeconds(policyOf())).toBe(900 + 600 + 300 + 4500 + 120);
    const twoWays = policyOf({ rollback: { allowAdminContainer: true } });
    expect(worstCaseSeconds(twoWays)).toBe(900 + 600 + 300 + 4500 + 600 + 120);
  });
});

describe('windowTooShort()', () => {
  const lasting = (durationMinutes?: number) =>
    windowTooShort({ ...policyOf(), window: { calendars: [], durationMinutes } });

  it('windowTooShort() accepts what has room for one worst case after the plan, and no window at all', () => {
    expect([lasting(), lasting(109), lasting(600)]).toEqual([undefined, undefined, undefined]);
  });

  it('windowTooShort() names the key, what was found, what it takes and what to do', () => {
    expect(lasting(108)).toBe(
      'window.durationMinutes: found 108, expected at least 109: one container instance may take 107 minutes with its undo, after 2 for the plan and its download, so nothing would ever be started; give it a longer window, or lower drain.timeoutSeconds, reboot.timeoutSeconds or verify.timeoutSeconds',
    );
  });
});

describe('windowRefusal() of the window', () => {
  it('windowRefusal() allows a start without any limit', () => {
    expect(windowRefusal(open, policy, NOW)).toBeUndefined();
  });

  it('windowRefusal() allows a start that ends with the window, and not one second later', () => {
    expect(windowRefusal({ ...open, closeAt: NOW + WORST }, policy, NOW)).toBeUndefined();
    expect(windowRefusal({ ...open, closeAt: NOW + WORST - 1 }, policy, NOW)).toEqual({
      reason:
        'the window closes at 2026-11-24T03:35:19Z and one instance may take 96 minutes with its undo',
      forGood: true,
    });
  });

  it('windowRefusal() refuses for good once the window has closed', () => {
    expect(windowRefusal({ ...open, closeAt: NOW }, policy, NOW)?.forGood).toBe(true);
    expect(windowRefusal({ ...open, closeAt: 0 }, policy, NOW)?.reason).toContain('1970-01-01');
  });
});

describe('windowRefusal() of the calendars', () => {
  it('windowRefusal() waits for a closed calendar, until it says it opens', () => {
    const closed = { calendarsOpen: false };
    expect(windowRefusal(closed, policy, NOW)).toEqual({
      reason: 'a change calendar is closed',
      forGood: false,
    });
    const opensAt = NOW + 90 * MINUTE;
    expect(windowRefusal({ ...closed, calendarsNextTransitionAt: opensAt }, policy, NOW)).toEqual({
      reason: 'a change calendar is closed until 2026-11-24T03:30:00Z',
      forGood: false,
    });
  });

  it('windowRefusal() takes an unknown calendar for a closed one', () => {
    const unknown = { calendarsOpen: true, calendarsUnknown: 'AccessDenied' };
    expect(windowRefusal(unknown, policy, NOW)).toEqual({
      reason: 'the change calendars cannot be read: AccessDenied',
      forGood: false,
    });
    expect(windowRefusal({ ...unknown, calendarsOpen: false }, policy, NOW)?.reason).toContain(
      'cannot be read',
    );
  });

  it('windowRefusal() allows a start that ends when a calendar closes, and not one second later', () => {
    const closes = (at: number) => ({ ...open, calendarsNextTransitionAt: at });
    expect(windowRefusal(closes(NOW + WORST), policy, NOW)).toBeUndefined();
    expect(windowRefusal(closes(NOW + WORST - 1), policy, NOW)).toEqual({
      reason:
        'a change calendar closes at 2026-11-24T03:35:19Z and one instance may take 96 minutes with its undo',
      forGood: false,
    });
  });

  it('windowRefusal() says the worst case in whole minutes, rounded up', () => {
    const closed = { calendarsOpen: true, closeAt: NOW };
    const closing = { calendarsOpen: true, calendarsNextTransitionAt: NOW };
    for (const window of [closed, closing]) {
      expect(windowRefusal(window, policyOf(), NOW)?.reason).toContain('may take 107 minutes');
      const longer = policyOf({ drain: { timeoutSeconds: 901 } });
      expect(windowRefusal(window, longer, NOW)?.reason).toContain('may take 108 minutes');
    }
  });

  it('windowRefusal() speaks of the window before the calendars: only that is for good', () => {
    const both = { closeAt: NOW, calendarsOpen: false, calendarsUnknown: 'why' };
    expect(windowRefusal(both, policy, NOW)).toMatchObject({ forGood: true });
  });
});

describe('scheduledTooLate()', () => {
  const refusal = (ahead: number) => scheduledTooLate(new Date(NOW + ahead).toISOString(), NOW);

  it('scheduledTooLate() bears clocks that differ, and any past', () => {
    expect([refusal(-1e9), refusal(0), refusal(5 * MINUTE)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('scheduledTooLate() names both instants, of any offset', () => {
    expect(refusal(5 * MINUTE + 1)).toContain('scheduledAt: found 2026-11-24T02:05:00Z, ');
    expect(scheduledTooLate('2030-01-01T01:00:00+01:00', NOW)).toBe(
      'scheduledAt: found 2030-01-01T00:00:00Z, but it is 2026-11-24T02:00:00Z now; it says when the window began and starts nothing later: leave it out, and for a later start use a schedule',
    );
  });
});

describe('windowCloseAt()', () => {
  it('windowCloseAt() counts from the scheduled start, and is absent without a duration', () => {
    const timed = policyOf({ window: { durationMinutes: 190 } });
    expect(windowCloseAt(timed, NOW)).toBe(NOW + 190 * MINUTE);
    expect(windowCloseAt(policyOf(), NOW)).toBeUndefined();
  });
});
