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
    passWithNoTests: false,
    allowOnly: false,
    env: { NODE_ENV: 'test' },
  },
});
