import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: [
            '{cli,scripts,bench,process,api,temporal,workflows,activities,store,embedded,receiver,ops,contract,client,web/src}/**/*.test.ts',
          ],
          exclude: ['embedded/embedded.test.ts'],
          // Files of one worker share its modules: loading them anew for each takes longer than the tests.
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          sequence: { groupOrder: 1 },
          include: ['tests/{integration,replay,e2e}/**/*.test.ts'],
          globalSetup: ['tests/support/globalSetup.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        // These stop and kill servers, so each file has its own.
        test: {
          name: 'faults',
          sequence: { groupOrder: 2 },
          include: ['tests/faults/**/*.test.ts', 'embedded/embedded.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 480_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
