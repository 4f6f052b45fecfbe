import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BundleOptions, WorkflowBundleOption } from '@temporalio/worker';

/** The bundle that `npm run build` makes. */
const BUNDLE_PATH = fileURLToPath(new URL('../workflows/bundle.cjs', import.meta.url));

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE_DIRECTORY = join(ROOT, 'node_modules', '.cache', 'relay');
/** All that a bundle is made of: workflow code imports from these alone, and packages of the locked versions. */
const SOURCE_DIRECTORIES = ['workflows', 'contract'];
const LOCKFILE = 'package-lock.json';

/** What the workflow code is bundled from. */
export const WORKFLOW_SOURCES = {
  workflowsPath: source('index'),
  preloadModules: [source('preload')],
} satisfies BundleOptions;

/**
 * The workflow code: the bundle built ahead where there is one (production), else one bundled from source, which is kept
 * beside the packages for the starts to come and made anew when a source or a locked version has changed.
 */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  if (existsSync(BUNDLE_PATH)) return { codePath: BUNDLE_PATH };
  const codePath = join(CACHE_DIRECTORY, `workflows-${await hashOfSources()}.cjs`);
  if (existsSync(codePath)) return { codePath };
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode(WORKFLOW_SOURCES);
  try {
    await mkdir(CACHE_DIRECTORY, { recursive: true });
    const unfinished = `${codePath}.${process.pid}`;
    await writeFile(unfinished, code);
    await rename(unfinished, codePath);
  } catch {
    // A directory that cannot be written to costs the next start a bundling, nothing else.
  }
  return { code };
}

async function hashOfSources(): Promise<string> {
  const entries = await Promise.all(
    SOURCE_DIRECTORIES.map((directory) => readdir(join(ROOT, directory), { recursive: true, withFileTypes: true })),
  );
  const files = entries
    .flat()
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const hash = createHash('sha256').update(ROOT);
  for (const file of [...files, join(ROOT, LOCKFILE)].sort()) {
    hash.update(`\0${file}\0`).update(await readFile(file).catch(() => ''));
  }
  return hash.digest('hex').slice(0, 32);
}

function source(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../workflows/${name}.${extension}`, import.meta.url));
}
