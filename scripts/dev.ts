import { readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createServer, type ViteDevServer } from 'vite';
import { onParentGone } from '../cli/start/parent.ts';
import { createProgress } from '../cli/start/progress.ts';
import { watchFailures } from '../cli/start/failures.ts';
import { startServers } from '../cli/start/startServers.ts';
import { describeStartFailure, toLines } from '../process/startFailure.ts';
import { type Role, runRoles } from './dev/roles.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What a process of Relay is made of. */
const SOURCES = ['api', 'workflows', 'activities', 'temporal', 'store', 'process', 'ops', 'contract'];
/** Changes that come together, as when a branch is switched, are one. */
const TOGETHER_MS = 50;
const LOOK_MS = 25;
/** A worker that is replaced breaks off its attempts; they are made again. */
const GRACE = { SHUTDOWN_GRACE_MS: '500' };

/**
 * `npm run dev`: PostgreSQL and Temporal, which stay; API and worker, each in a process that is replaced when its code changes; and
 * Vite with the dashboard, which it keeps up to date in the browser.
 */
const progress = createProgress();
const stops: (() => Promise<unknown>)[] = [];
const failures = watchFailures();
let stopping: Promise<never> | undefined;
const stop = (exitCode: number): Promise<never> => (stopping ??= end(exitCode));

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
onParentGone(process.env, () => void stop(0));
try {
  await bringUp();
  const reason = await failures.first;
  progress.fail(reason);
} catch (error) {
  progress.fail(toLines(describeStartFailure(error)));
}
await stop(1);

async function bringUp(): Promise<void> {
  const servers = await startServers(process.env, progress, stops, failures);
  const { env, config, developmentKey, dataDir, postgres, temporal, databaseDirectory, note } = servers;
  const url = `http://localhost:${config.PORT}`;
  const own = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]));
  const api: Role = { name: 'api', env: { ...own, ...GRACE, RELAY_ROLE: 'api' }, probe: `${url}/healthz` };
  const worker: Role = { name: 'worker', env: { ...own, ...GRACE, RELAY_ROLE: 'worker' }, probe: null };

  const started = progress.step('API, worker and Vite');
  const roles = runRoles(progress.note);
  stops.push(roles.stop);
  // Vite's configuration reads it.
  process.env['RELAY_URL'] = url;
  const vite = await createServer({ configFile: fileURLToPath(new URL('../web/vite.config.ts', import.meta.url)) });
  stops.push(() => vite.close());
  await Promise.all([roles.restart(api), roles.restart(worker), vite.listen()]);
  started();

  let [apiChanged, workerChanged] = [false, false];
  let timer: NodeJS.Timeout | undefined;
  await watch(vite);
  vite.watcher.on('all', (_event, file) => {
    const [folder = ''] = relative(ROOT, file).split(sep);
    if (!SOURCES.includes(folder) || !/\.(ts|sql)$/.test(file) || file.endsWith('.test.ts')) return;
    apiChanged ||= folder !== 'workflows';
    workerChanged ||= folder !== 'api';
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (apiChanged) void roles.restart(api);
      if (workerChanged) void roles.restart(worker);
      [apiChanged, workerChanged] = [false, false];
    }, TOGETHER_MS);
  });

  if (temporal) await Promise.race([temporal.up, temporal.isBeingGot, failures.first]);
  const isWhole = !temporal || temporal.progress() === null;
  const temporalUiUrl = await note(url, isWhole);
  if (!isWhole) void temporal?.up.then(() => note(url, true));
  progress.ready({
    url,
    isWhole,
    temporalUiUrl,
    developmentKey,
    dataDir,
    databaseDirectory,
    databaseUrl: postgres && postgres.first.url,
  });
  console.log('The dashboard as it is being written, reloaded as it changes:');
  vite.printUrls();
}

/** Resolves when a change of any source is seen: directories are taken in one after the other. */
async function watch({ watcher }: ViteDevServer): Promise<void> {
  const sources = SOURCES.map((folder) => join(ROOT, folder));
  const files = await Promise.all(
    sources.map(async (source) => (await readdir(source, { recursive: true })).map((name) => join(source, name))),
  );
  const folders = [...sources, ...new Set(files.flat().map((file) => dirname(file)))];
  watcher.add(sources);
  while (!folders.every((folder) => folder in watcher.getWatched())) await sleep(LOOK_MS);
}

async function end(exitCode: number): Promise<never> {
  for (const stopOne of stops.splice(0).reverse()) await stopOne();
  process.exit(exitCode);
}
