// When schedule expressions fire, above all where the clocks change.

import { describe, expect, it } from 'vitest';
import { parseScheduleExpression } from '../../../simulator/scheduler/schedule-expression.ts';

/** The next firings after an instant, as ISO text in UTC. */
function firings(expression: string, timeZone: string, after: string, count = 3): string[] {
  const parsed = parseScheduleExpression(expression, timeZone);
  if (!parsed) throw new Error(`refused: ${expression}`);
  const instants: string[] = [];
  let last = Date.parse(after);
  const anchor = last;
  while (instants.length < count) {
    const next = parsed.next(last, anchor);
    if (next === undefined) break;
    instants.push(new Date(next).toISOString().replace(':00.000Z', 'Z'));
    last = next;
  }
  return instants;
}

describe('parseScheduleExpression() cron', () => {
  it.each([
    ['cron(0/15 8 * * ? *)', ['2026-11-24T08:00Z', '2026-11-24T08:15Z', '2026-11-24T08:30Z']],
    ['cron(5/20 * * * ? *)', ['2026-11-24T00:05Z', '2026-11-24T00:25Z', '2026-11-24T00:45Z']],
    ['cron(0 22 ? * MON-FRI *)', ['2026-11-24T22:00Z', '2026-11-25T22:00Z', '2026-11-26T22:00Z']],
    ['cron(0 22 ? * 1,7 *)', ['2026-11-28T22:00Z', '2026-11-29T22:00Z', '2026-12-05T22:00Z']],
    ['cron(0 2 ? * 3#2 *)', ['2026-12-08T02:00Z', '2027-01-12T02:00Z', '2027-02-09T02:00Z']],
    ['cron(0 2 ? * 6L *)', ['2026-11-27T02:00Z', '2026-12-25T02:00Z', '2027-01-29T02:00Z']],
    ['cron(0 2 ? * L *)', ['2026-11-28T02:00Z', '2026-12-05T02:00Z', '2026-12-12T02:00Z']],
    ['cron(0 2 L * ? *)', ['2026-11-30T02:00Z', '2026-12-31T02:00Z', '2027-01-31T02:00Z']],
    ['cron(0 2 LW * ? *)', ['2026-11-30T02:00Z', '2026-12-31T02:00Z', '2027-01-29T02:00Z']],
    ['cron(0 2 1 JAN/6 ? 2027)', ['2027-01-01T02:00Z', '2027-07-01T02:00Z']],
    ['cron(0 2 29 2 ? *)', ['2028-02-29T02:00Z', '2032-02-29T02:00Z', '2036-02-29T02:00Z']],
  ])('%s', (expression, expected) => {
    expect(firings(expression, 'UTC', '2026-11-24T00:00:00Z')).toEqual(expected);
  });

  it('skips a local time that the clock jumps over', () => {
    // Berlin goes from 02:00 to 03:00 on 2027-03-28.
    expect(firings('cron(30 2 * * ? *)', 'Europe/Berlin', '2027-03-26T12:00:00Z')).toEqual([
      '2027-03-27T01:30Z',
      '2027-03-29T00:30Z',
      '2027-03-30T00:30Z',
    ]);
  });

  it('fires once at a local time that the clock shows twice', () => {
    // Berlin goes from 03:00 back to 02:00 on 2026-10-25.
    expect(firings('cron(30 2 * * ? *)', 'Europe/Berlin', '2026-10-24T12:00:00Z')).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
      '2026-10-27T01:30Z',
    ]);
    expect(firings('cron(0/30 * * * ? *)', 'Europe/Berlin', '2026-10-25T00:10:00Z', 4)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T02:00Z',
      '2026-10-25T02:30Z',
      '2026-10-25T03:00Z',
    ]);
  });

  it('knows zones that change by half an hour and on the other side of the world', () => {
    // Lord Howe goes from 02:00 to 02:30 on 2026-10-04.
    expect(firings('cron(15 2 * * ? *)', 'Australia/Lord_Howe', '2026-10-02T20:00:00Z', 2)).toEqual(
      ['2026-10-04T15:15Z', '2026-10-05T15:15Z'],
    );
  });
});

describe('parseScheduleExpression() rate and at', () => {
  it('a rate fires at its anchor and then every period; a day is 24 hours', () => {
    const rate = parseScheduleExpression('rate(1 day)', 'Europe/Berlin')!;
    const anchor = Date.parse('2027-03-27T12:00:00Z');
    expect(rate.next(anchor - 1, anchor)).toBe(anchor);
    expect(rate.next(anchor, anchor)).toBe(Date.parse('2027-03-28T12:00:00Z'));
  });

  it('at fires once, at a local time', () => {
    expect(firings('at(2026-11-24T03:00:00)', 'Europe/Berlin', '2026-11-24T00:00:00Z')).toEqual([
      '2026-11-24T02:00Z',
    ]);
    expect(firings('at(2026-11-24T03:00:00)', 'UTC', '2026-11-24T04:00:00Z')).toEqual([]);
    // A local time that does not exist never comes.
    expect(firings('at(2027-03-28T02:30:00)', 'Europe/Berlin', '2026-11-24T00:00:00Z')).toEqual([]);
  });
});

describe('parseScheduleExpression() refuses', () => {
  it.each([
    'rate(5 minute)',
    'rate(1 hours)',
    'rate(0 minutes)',
    'rate(10 seconds)',
    'cron(0 2 * * *)',
    'cron(0 2 * * * *)',
    'cron(0 2 ? * ? *)',
    'cron(? 2 * * ? *)',
    'cron(60 2 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 2 ? * FUNDAY *)',
    'at(2026-11-24 03:00:00)',
    'at(2026-02-29T03:00:00)',
    'daily',
  ])('%s', (expression) => {
    expect(parseScheduleExpression(expression, 'UTC')).toBeUndefined();
  });
});
