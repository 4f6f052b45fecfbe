import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{contract,api,activities,temporal,scripts}/**/*.test.ts'],
        },
      },
    ],
  },
});
