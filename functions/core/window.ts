// Decides whether a container instance may still be started before its window closes.

import { isoInstant } from './instant.ts';
import type { Policy } from './policy.ts';
import { undoSecondsMax } from './undo-patience.ts';

/** A maintenance window as an absolute instant, and what the calendars said. */
export interface WindowState {
  /** Epoch milliseconds; absent: no limit. */
  readonly closeAt?: number | undefined;
  /** True when every calendar is open, or none is configured. */
  readonly calendarsOpen: boolean;
  /** Epoch milliseconds of the calendars' next change; absent: none is known. */
  readonly calendarsNextTransitionAt?: number | undefined;
  /** Why the calendars could not be asked; a gate that is unknown is closed. */
  readonly calendarsUnknown?: string | undefined;
}

/** What the time budget of one container instance depends on. */
export type WorstCase = Pick<Policy, 'drain' | 'reboot' | 'verify' | 'rollback'>;

/** Seconds ECS and the workflow may add to each step's own limit. */
const MARGIN_SECONDS = 120;

/**
 * Seconds the update of one container instance may take at worst, its undo included. Usual updates take a tenth of it;
 * lower timeouts let instances start closer to the close.
 */
export function worstCaseSeconds(policy: WorstCase): number {
  return (
    policy.drain.timeoutSeconds +
    policy.reboot.timeoutSeconds +
    policy.verify.timeoutSeconds +
    undoSecondsMax(policy.rollback) +
    MARGIN_SECONDS
  );
}

/** Seconds from the opening of a rollout to its first start: hosts are asked, the plan is made, the update downloaded. */
const LEAD_UP_SECONDS = 120;

/** Why a window is no use, if so: one in which nothing could ever start would look like a fleet that needs nothing. */
export function windowTooShort(policy: WorstCase & Pick<Policy, 'window'>): string | undefined {
  const minutes = policy.window.durationMinutes;
  const worst = worstCaseSeconds(policy);
  const needed = Math.ceil((worst + LEAD_UP_SECONDS) / 60);
  if (minutes === undefined || minutes >= needed) return undefined;
  return (
    `window.durationMinutes: found ${minutes}, expected at least ${needed}: one container instance may take ` +
    `${Math.ceil(worst / 60)} minutes with its undo, after ${LEAD_UP_SECONDS / 60} for the plan and its download, ` +
    'so nothing would ever be started; give it a longer window, or lower drain.timeoutSeconds, ' +
    'reboot.timeoutSeconds or verify.timeoutSeconds'
  );
}

/** Why nothing may be started at `now`; `forGood` when waiting cannot help in this window. */
export function windowRefusal(
  window: WindowState,
  policy: WorstCase,
  now: number,
): { readonly reason: string; readonly forGood: boolean } | undefined {
  const worst = worstCaseSeconds(policy);
  const endAt = now + worst * 1000;
  if (window.closeAt !== undefined && endAt > window.closeAt) {
    return {
      reason: `the window closes at ${isoInstant(window.closeAt)} and one instance may take ${Math.ceil(worst / 60)} minutes with its undo`,
      forGood: true,
    };
  }
  if (window.calendarsUnknown !== undefined) {
    return {
      reason: `the change calendars cannot be read: ${window.calendarsUnknown}`,
      forGood: false,
    };
  }
  if (!window.calendarsOpen) {
    const until = window.calendarsNextTransitionAt;
    return {
      reason: `a change calendar is closed${until === undefined ? '' : ` until ${isoInstant(until)}`}`,
      forGood: false,
    };
  }
  const closesAt = window.calendarsNextTransitionAt;
  if (closesAt !== undefined && endAt > closesAt) {
    return {
      reason: `a change calendar closes at ${isoInstant(closesAt)} and one instance may take ${Math.ceil(worst / 60)} minutes with its undo`,
      forGood: false,
    };
  }
  return undefined;
}

/** Clocks differ, and a schedule may be some minutes early. */
const AHEAD_MILLISECONDS_MAX = 300_000;

/**
 * Why `scheduledAt` cannot be when the window began, if so: a window counted from a later day would never close.
 *
 * @param scheduledAt ISO 8601.
 */
export function scheduledTooLate(scheduledAt: string, now: number): string | undefined {
  const at = Date.parse(scheduledAt);
  if (at - now <= AHEAD_MILLISECONDS_MAX) return undefined;
  return (
    `scheduledAt: found ${isoInstant(at)}, but it is ${isoInstant(now)} now; it says when the window began ` +
    'and starts nothing later: leave it out, and for a later start use a schedule'
  );
}

/** When the window of a rollout closes, in epoch milliseconds; absent: never. */
export function windowCloseAt(
  policy: Pick<Policy, 'window'>,
  scheduledAt: number,
): number | undefined {
  const minutes = policy.window.durationMinutes;
  return minutes === undefined ? undefined : scheduledAt + minutes * 60_000;
}
