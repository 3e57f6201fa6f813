import { defineConfig } from 'vitest/config';

/** Journeys on the real binary: slow next to unit tests, so every wait in them is bounded. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['journeys/**/*.e2e.ts'],
    environment: 'node',
    pool: 'forks',
    // Each file has a server and a browser of its own; more at a time only make them slower.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});
