import { defineConfig } from 'vitest/config';

// For CI: the counts as JSON beside what is printed.
const report = process.env.GATEHOUSE_TEST_REPORT;

export default defineConfig({
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    include: ['test/**/*.test.ts'],
    // A process a file: Colyseus's matchmaker is one a process.
    pool: 'forks',
    isolate: true,
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 8_000 } },
    passWithNoTests: false,
    allowOnly: false,
    // What the SDK prints of its reconnections is of interest only when a test has failed.
    silent: 'passed-only',
    env: { NODE_ENV: 'test' },
  },
});
