// How long Wait and Map states last, on virtual time.

import { describe, expect, it } from 'vitest';
import { durationSeconds, makeStatesRegion, only, runMachine } from './region.ts';

describe('Wait', () => {
  it.each([
    ['Seconds', { Seconds: 2_592_000 }, 2_592_000],
    ['an expression', { Seconds: '{% $states.input.pause %}' }, 90],
    ['a Timestamp', { Timestamp: '2026-11-24T05:00:00+01:00' }, 7200],
    ['a Timestamp in the past', { Timestamp: '2020-01-01T00:00:00Z' }, 0],
  ])('lasts as %s says', async (_name, fields, seconds) => {
    const ended = await runMachine(makeStatesRegion(), only({ Type: 'Wait', ...fields }), {
      pause: 90,
    });

    expect(durationSeconds(ended)).toBeGreaterThanOrEqual(seconds);
    expect(durationSeconds(ended)).toBeLessThan(seconds + 0.1);
  });

  it('refuses an instant without an offset', async () => {
    const machine = only({ Type: 'Wait', Timestamp: '{% $states.input %}' });

    const ended = await runMachine(makeStatesRegion(), machine, '2026-11-24T05:00:00');

    expect(ended.cause).toContain(
      'The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string',
    );
  });

  it('stands on virtual time, as $now() and $millis() do', async () => {
    const machine = {
      StartAt: 'Rest',
      States: {
        Rest: { Type: 'Wait', Seconds: 3600, Next: 'Show' },
        Show: { Type: 'Pass', Output: "{% [$now('[H01]'), $fromMillis($millis())] %}", End: true },
      },
    };

    const { parsed } = await runMachine(makeStatesRegion(), machine);

    expect(parsed).toEqual(['03', expect.stringMatching(/^2026-11-24T03:00:00/)]);
  });
});

describe('Map', () => {
  const rest = { StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 60, End: true } } };

  it.each([
    [{ MaxConcurrency: 2 }, 10, 300],
    [{}, 80, 120],
    [{ MaxConcurrency: 100 }, 41, 120],
    [{ MaxConcurrency: '{% 5 %}' }, 5, 60],
  ])('with %j runs %i items of one minute in %i s', async (fields, items, seconds) => {
    const machine = only({
      Type: 'Map',
      Items: `{% [1..${items}] %}`,
      ItemProcessor: rest,
      ...fields,
    });

    const ended = await runMachine(makeStatesRegion(), machine);

    expect(Math.floor(durationSeconds(ended))).toBe(seconds);
  });
});
