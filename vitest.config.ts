import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
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
