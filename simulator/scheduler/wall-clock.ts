// Turns local wall-clock times of a time zone into instants, by the tz database of this Node.

const DAY = 86_400_000;

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = FORMATS.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    FORMATS.set(timeZone, format);
  }
  return format;
}

export function isTimeZone(timeZone: string): boolean {
  try {
    return formatOf(timeZone) !== undefined;
  } catch {
    return false;
  }
}

/**
 * What a clock on the wall shows, written as the epoch milliseconds at which a clock in UTC shows
 * the same.
 *
 * @param instant Epoch milliseconds.
 */
export function toWallClock(instant: number, timeZone: string): number {
  if (timeZone === 'UTC') return instant;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(instant))
    parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (instant % 1000);
}

/**
 * The instant at which the wall clock first shows `wall`.
 *
 * @param wall As `toWallClock` answers.
 * @returns Undefined for a time that the clock jumps over; the first of two for one that it shows
 * twice.
 */
export function firstInstantOf(wall: number, timeZone: string): number | undefined {
  if (timeZone === 'UTC') return wall;
  // No offset changes twice within a day, so the offsets a day before and a day after are the only
  // candidates.
  const offsets = [wall - DAY, wall + DAY].map((near) => toWallClock(near, timeZone) - near);
  const instants = [...new Set(offsets)].map((offset) => wall - offset).sort((a, b) => a - b);
  return instants.find((instant) => toWallClock(instant, timeZone) === wall);
}
