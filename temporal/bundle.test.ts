import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { workflowBundle } from './bundle.ts';

test('workflow code that was bundled from source is kept for the next start', async () => {
  await workflowBundle();
  const kept = await workflowBundle();
  expect(kept).toEqual({ codePath: expect.stringMatching(/workflows-[0-9a-f]{32}\.cjs$/) as string });
  expect('codePath' in kept && existsSync(kept.codePath)).toBe(true);
}, 60_000);
