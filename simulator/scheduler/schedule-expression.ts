// Says when an `at`, `rate` or `cron` expression fires in a time zone, clock changes included.
//
// Sources: EventBridge Scheduler user guide "Schedule types" (a local time that the clock jumps
// over is skipped, one that it shows twice fires once; a day of a rate is 24 hours; a rate without
// a start date begins at once).

import { Cron } from 'croner';
import { firstInstantOf, toWallClock } from './wall-clock.ts';

/** When a schedule fires. */
export interface ScheduleExpression {
  readonly kind: 'at' | 'rate' | 'cron';
  /**
   * The first firing after an instant (epoch milliseconds), or undefined when there is none any
   * more.
   *
   * @param anchor Where a rate counts from; it fires at the anchor itself.
   */
  next(after: number, anchor: number): number | undefined;
}

const UNIT_MILLISECONDS: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** Highest value of each AWS cron field, for rewriting `start/step`. */
const FIELD_MAX = [59, 23, 31, 12, 7, 2199] as const;
const DAY_OF_MONTH = 2;
const DAY_OF_WEEK = 4;

/**
 * How many missing local times in a row are believed: one a day for a year is more than any zone
 * has.
 */
const SKIPS_MAX = 1000;

function parseRate(body: string): ScheduleExpression | undefined {
  const match = /^([1-9]\d*) (minute|hour|day)(s?)$/.exec(body);
  if (!match) return undefined;
  const [, count, unit = '', plural] = match;
  // "rate(1 hours)" and "rate(5 minute)" are refused.
  if ((count === '1') !== (plural === '')) return undefined;
  const period = Number(count) * UNIT_MILLISECONDS[unit]!;
  return {
    kind: 'rate',
    next: (after, anchor) =>
      after < anchor ? anchor : anchor + (Math.floor((after - anchor) / period) + 1) * period,
  };
}

function parseAt(body: string, timeZone: string): ScheduleExpression | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(body)) return undefined;
  const wall = Date.parse(`${body}Z`);
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 19) !== body) return undefined;
  const instant = firstInstantOf(wall, timeZone);
  return {
    kind: 'at',
    next: (after) => (instant !== undefined && instant > after ? instant : undefined),
  };
}

/**
 * Rewrites one AWS field for croner, which has no `start/step` and no bare `L` for the last day of
 * the week.
 */
function rewriteField(field: string, index: number): string {
  if (field === '?') return '*';
  const isLastWeekday = index === DAY_OF_WEEK && field.toUpperCase() === 'L';
  if (isLastWeekday) return '7';
  const max = FIELD_MAX[index]!;
  return field.replace(
    /(^|,)(\d+|[A-Za-z]{3})\/(\d+)/g,
    (_, before, start, step) => `${before}${start}-${max}/${step}`,
  );
}

function parseCron(body: string, timeZone: string): ScheduleExpression | undefined {
  const fields = body.trim().split(/ +/);
  if (fields.length !== 6) return undefined;
  const isOpen = (index: number) => fields[index] === '?';
  // Exactly one of day-of-month and day-of-week is `?`; `?` means nothing elsewhere.
  if (isOpen(DAY_OF_MONTH) === isOpen(DAY_OF_WEEK)) return undefined;
  if (
    fields.some(
      (field, index) =>
        field.includes('?') &&
        !(isOpen(index) && (index === DAY_OF_MONTH || index === DAY_OF_WEEK)),
    )
  )
    return undefined;
  const cron = readCron(`0 ${fields.map(rewriteField).join(' ')}`);
  return cron && { kind: 'cron', next: (after) => nextOfCron(cron, after, timeZone) };
}

function readCron(pattern: string): Cron | undefined {
  try {
    // `alternativeWeekdays` numbers days as AWS does: 1 is Sunday. The clock on the wall is handed
    // to croner as UTC, because croner itself moves a missing local time to the next one where
    // EventBridge skips it.
    return new Cron(pattern, { timezone: 'UTC', alternativeWeekdays: true, mode: '7-part' });
  } catch {
    return undefined;
  }
}

function nextOfCron(cron: Cron, after: number, timeZone: string): number | undefined {
  let wall = toWallClock(after, timeZone);
  for (let skips = 0; skips < SKIPS_MAX; skips++) {
    const candidate = cron.nextRun(new Date(wall))?.getTime();
    if (candidate === undefined) return undefined;
    const instant = firstInstantOf(candidate, timeZone);
    if (instant !== undefined && instant > after) return instant;
    wall = candidate;
  }
  return undefined;
}

/** @returns Undefined for an expression that EventBridge would refuse. */
export function parseScheduleExpression(
  expression: string,
  timeZone: string,
): ScheduleExpression | undefined {
  const match = /^(at|rate|cron)\((.*)\)$/.exec(expression);
  if (!match) return undefined;
  const [, kind, body = ''] = match;
  if (kind === 'rate') return parseRate(body);
  if (kind === 'at') return parseAt(body, timeZone);
  return parseCron(body, timeZone);
}
