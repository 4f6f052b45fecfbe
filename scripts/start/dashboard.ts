import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WEB = fileURLToPath(new URL('../../web', import.meta.url));

/** Whether the dashboard has not been built, or its sources are newer than what was built. */
export async function isDashboardStale(): Promise<boolean> {
  const built = await stat(join(WEB, 'dist/index.html')).catch(() => null);
  if (!built) return true;
  const names = await readdir(join(WEB, 'src'), { recursive: true });
  const times = await Promise.all(names.map(async (name) => (await stat(join(WEB, 'src', name))).mtimeMs));
  return Math.max(...times) > built.mtimeMs;
}

/** Builds the dashboard into web/dist, from where the API serves it. */
export async function buildDashboard(): Promise<void> {
  const { build } = await import('vite');
  await build({ configFile: join(WEB, 'vite.config.ts'), logLevel: 'error' });
}
