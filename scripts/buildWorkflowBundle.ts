import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

/** Part of `npm run build`: bundles the workflow code ahead, so that a worker starts without bundling. */
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
});
const file = fileURLToPath(new URL('../dist/workflows/bundle.cjs', import.meta.url));
await writeFile(file, code);
console.log(`Wrote ${file}`);
