import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WEB = fileURLToPath(new URL('../../web', import.meta.url));
const SOURCES = ['src', '../client', '../contract', '../docs/verify'].map((path) => join(WEB, path));

const NO_VITE =
  'The dashboard has to be built, and what builds it is not installed (npm ci --omit=dev): run npm ci, or start what npm run build has made elsewhere.';

/**
 * Whether the dashboard has not been built, or its sources are newer than what was built. Never where there are no sources,
 * as in the image.
 */
export async function isDashboardStale(): Promise<boolean> {
  if (!existsSync(join(WEB, 'src'))) return false;
  const built = await stat(join(WEB, 'dist/index.html')).catch(() => null);
  if (!built) return true;
  const files = await Promise.all(
    SOURCES.map(async (source) => (await readdir(source, { recursive: true })).map((name) => join(source, name))),
  );
  const times = await Promise.all(files.flat().map(async (file) => (await stat(file)).mtimeMs));
  return Math.max(...times) > built.mtimeMs;
}

/** Builds the dashboard into web/dist, from where the API serves it. */
export async function buildDashboard(): Promise<void> {
  const { build } = await import('vite').catch((error: unknown) => {
    throw new Error(NO_VITE, { cause: error });
  });
  await build({ configFile: join(WEB, 'vite.config.ts'), logLevel: 'error' });
}
