// How the tests run: on Node, in parallel by file, never against a real clock.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    dir: 'test',
    include: ['**/*.test.ts'],
    // Whole rollouts in one test take seconds; nothing is judged by its wall time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
