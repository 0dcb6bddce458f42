// Mutation testing of the pure core: every small change to a decision has to fail one of the core's own tests.

export default {
  mutate: ['functions/core/*.ts'],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { dir: 'test/functions/core' },
  // One at a time: it takes more than an hour, and a person works beside it.
  concurrency: 1,
  ignorePatterns: ['.*', 'cli', 'docs', 'infra', 'state-machines'],
  // TypeScript 7 has no compiler interface for it to read the file with; nothing in it has to change.
  tsconfigFile: 'none',
  coverageAnalysis: 'perTest',
  incremental: true,
  incrementalFile: '.build/mutation/incremental.json',
  tempDirName: '.build/mutation/sandbox',
  reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
  clearTextReporter: { reportTests: false, logTests: false, allowColor: false },
  jsonReporter: { fileName: '.build/mutation/report.json' },
  htmlReporter: { fileName: '.build/mutation/report.html' },
  thresholds: { high: 95, low: 90, break: 85 },
};
