import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { WORKFLOW_SOURCES } from '../temporal/bundle.ts';

/** Part of `npm run build`: bundles the workflow code ahead, so that a worker starts without bundling. */
const { code } = await bundleWorkflowCode(WORKFLOW_SOURCES);
const file = fileURLToPath(new URL('../dist/workflows/bundle.cjs', import.meta.url));
await writeFile(file, code);
console.log(`Wrote ${file}`);
