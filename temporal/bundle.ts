import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

/** The bundle that `npm run build` makes. */
export const BUNDLE_PATH = fileURLToPath(new URL('../workflows/bundle.cjs', import.meta.url));

/** The workflow code: the bundle built ahead where there is one (production), else bundled from source at start. */
export function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (existsSync(BUNDLE_PATH)) return { workflowBundle: { codePath: BUNDLE_PATH } };
  return {
    workflowsPath: fileURLToPath(
      new URL(`../workflows/index${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
    ),
  };
}
