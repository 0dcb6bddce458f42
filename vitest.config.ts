// How the tests run: on Node, in parallel by file, never against a real clock.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    dir: 'test',
    include: ['**/*.test.ts'],
    // Vitest leaves one core alone; on a machine with two that doubles the time.
    maxWorkers: '100%',
    // Whole rollouts in one test take seconds; nothing is judged by its wall time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
