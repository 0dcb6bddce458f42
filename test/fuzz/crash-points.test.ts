// A sample of the crash points in every test run; `npm run fuzz -- --crash-points` goes through all of them.

import { describe, expect, it } from 'vitest';
import { crashPointsOf, crashText, parseCrashPoint, runCrash } from './crash-points.ts';
import { storyOf } from './story.ts';

/** Far enough apart that every phase of a rollout has one. */
const EVERY = 41;
const all = await crashPointsOf('updated');
const sample = all.filter((_, index) => index % EVERY === 20).map(crashText);

it('there are points in every function that a rollout calls', () => {
  expect(all.length).toBeGreaterThan(200);
  expect(new Set(all.map(({ functionName }) => functionName)).size).toBeGreaterThan(15);
});

describe.each([false, true])('after that all is dead but the sweep: %s', (alone) => {
  it.each(sample)('a function is killed at %s: all comes to rest', async (point) => {
    const run = await runCrash({ story: 'updated', points: [parseCrashPoint(point)], alone });
    const replay = `--story updated --at ${point}${alone ? ' --alone' : ''} --verbose`;
    expect(run.findings, storyOf(run, replay)).toEqual([]);
    expect(run.killed).toBe(1);
  });
});

it('a point is read as it is printed, and nothing else is', () => {
  for (const point of all) expect(parseCrashPoint(crashText(point))).toEqual(point);
  expect(() => parseCrashPoint('sweep:one')).toThrow('expected a point such as sweep:3:after:2');
});
