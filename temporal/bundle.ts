import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BundleOptions, WorkerOptions } from '@temporalio/worker';

/** The bundle that `npm run build` makes. */
const BUNDLE_PATH = fileURLToPath(new URL('../workflows/bundle.cjs', import.meta.url));

/** What the workflow code is bundled from. */
export const WORKFLOW_SOURCES = {
  workflowsPath: source('index'),
  preloadModules: [source('preload')],
} satisfies BundleOptions;

/** The workflow code: the bundle built ahead where there is one (production), else bundled from source at start. */
export function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'bundlerOptions'> {
  if (existsSync(BUNDLE_PATH)) return { workflowBundle: { codePath: BUNDLE_PATH } };
  const { workflowsPath, ...bundlerOptions } = WORKFLOW_SOURCES;
  return { workflowsPath, bundlerOptions };
}

function source(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../workflows/${name}.${extension}`, import.meta.url));
}
