// The first hundred seeds of the fuzzer in every test run; `npm run fuzz` runs as many as one likes.

import { describe, expect, it } from 'vitest';
import { drawCase } from './draw-case.ts';
import { runCase } from './run-case.ts';
import { storyOf } from './story.ts';

const SEEDS = Array.from({ length: 100 }, (_, index) => index + 1);

describe('fuzz', () => {
  it.each(SEEDS)(
    'seed %i: every invariant holds after every event, and all comes to rest',
    async (seed) => {
      const run = await runCase(drawCase(seed));
      expect(run.findings, storyOf(run, `--from ${seed} --seeds 1 --verbose`)).toEqual([]);
    },
  );

  it('the same seed gives the same events', async () => {
    const [one, other] = [await runCase(drawCase(15)), await runCase(drawCase(15))];
    expect(other.hash).toBe(one.hash);
  });
});
