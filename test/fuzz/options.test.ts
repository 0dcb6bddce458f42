// The command line of `npm run fuzz`: a typo must not look like a run that found nothing.

import { describe, expect, it } from 'vitest';
import { UsageError } from '../../cli/usage-error.ts';
import { STORIES } from './crash-points.ts';
import { readOptions } from './options.ts';
import { SEEDED_BUGS } from './seeded-bugs.ts';

describe('readOptions()', () => {
  it('has defaults that find something', () => {
    expect(readOptions([])).toMatchObject({
      seeds: 20,
      from: 1,
      pairs: undefined,
      stories: STORIES,
      points: undefined,
      bugs: undefined,
    });
  });

  it('reads counts, stories, points and bugs', () => {
    const [first] = SEEDED_BUGS;
    const given = ['--seeds', '3', '--from', '7', '--pairs', '2', '--bug', String(first?.name)];
    const at = ['--story', 'blocked', '--at', 'sweep:3:after:2,open-rollout:1:before:1'];
    expect(readOptions([...given, ...at])).toMatchObject({
      ...{ seeds: 3, from: 7, pairs: 2, stories: ['blocked'], bugs: [first] },
      points: [
        { functionName: 'bottlerocket-fleet-sweep', invocation: 3, side: 'after', call: 2 },
        { functionName: 'bottlerocket-fleet-open-rollout', invocation: 1, side: 'before', call: 1 },
      ],
    });
    expect(readOptions(['--bugs']).bugs).toBe(SEEDED_BUGS);
  });

  it.each([
    [['--seeds', 'x'], 'option --seeds: found "x", expected a whole number from 1'],
    [['--seeds', '0'], 'option --seeds: found "0", expected a whole number from 1'],
    [['--seeds', '1.5'], 'option --seeds: found "1.5", expected a whole number from 1'],
    [['--from', ''], 'option --from: found "", expected a whole number from 1'],
    [['--pairs', '1e3'], 'option --pairs: found "1e3", expected a whole number from 1'],
    [['--story', 'nope'], `option --story: found "nope", expected one of ${STORIES.join(', ')}`],
    [['--bug', 'nope'], 'option --bug: found "nope", expected one of '],
    [['--at', 'sweep:0:after:1'], 'option --at: found "sweep:0:after:1", expected a point such as'],
    [['--bogus'], "Unknown option '--bogus'; see npm run fuzz -- --help"],
    [['x'], "Unexpected argument 'x'"],
  ])('%j is refused in one line', (args, message) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(message);
  });
});
