import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../ops/config.ts';
import { DEVELOPMENT_API_KEY } from '../../ops/developmentKey.ts';
import { connectDatabase } from '../../store/connect.ts';
import { migrate } from '../../store/migrate.ts';
import { isSealed } from '../../store/secrets/sealingKey.ts';
import { loadErrorHook } from '../../ops/errorHook.ts';
import { createLogger } from '../../ops/logger.ts';
import { startRelay } from '../../process/relay.ts';
import {
  assertPortFree,
  type EmbeddedPostgres,
  PORT_VARIABLES,
  startEmbeddedPostgres,
  startEmbeddedTemporal,
  supervise,
  type Supervisor,
  takeDirectory,
} from '../../embedded/index.ts';
import { installTemporalRuntime } from '../../process/runtime.ts';
import { buildDashboard, isDashboardStale } from './dashboard.ts';
import { noteInstance } from './instance.ts';
import type { Progress, Running } from './progress.ts';
import { dataDirectory, makeDataDirectory } from './dataDirectory.ts';
import { secretsKey } from './secretsKey.ts';

export interface RunningEverything extends Running {
  /** Resolves with the reason when a part ends by itself. */
  failed: Promise<string>;
  attemptsUnderWay: () => number;
  /** For how long a stop lets them go on, in ms. */
  graceMs: number;
  /** Stops all parts, the last started first. */
  stop(): Promise<void>;
}

const NEEDS_TEMPORAL =
  'DATABASE_URL is set and TEMPORAL_ADDRESS is not. The Temporal that `npm start` brings keeps its state in the PostgreSQL that it ' +
  'brings, and does not put its databases on a server of yours. Set TEMPORAL_ADDRESS to a Temporal server, or leave DATABASE_URL unset.';

/**
 * Brings up what the environment does not name: Temporal unless `TEMPORAL_ADDRESS`, PostgreSQL unless `DATABASE_URL`, too;
 * then the schema, and API and worker in this process. What was started is stopped again when a later step fails.
 */
export async function startEverything(given: NodeJS.ProcessEnv, progress: Progress): Promise<RunningEverything> {
  const dataDir = dataDirectory(given);
  const stops: (() => Promise<unknown>)[] = [];
  const failures: Promise<string>[] = [];
  const stop = async (): Promise<void> => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  try {
    const env: NodeJS.ProcessEnv = { ...given };
    if (env['DATABASE_URL'] && !env['TEMPORAL_ADDRESS']) throw new Error(NEEDS_TEMPORAL);
    const production = env['NODE_ENV'] === 'production';
    const ports = {
      api: port(env, 'PORT', 5000),
      postgres: port(env, 'POSTGRES_PORT', 5433),
      temporal: port(env, 'TEMPORAL_PORT', 7233),
      temporalUi: port(env, 'TEMPORAL_UI_PORT', 8233),
    };
    // All of it, before anything is started: what the embedded servers will give is stood in for.
    readConfig({ ...env, DATABASE_URL: env['DATABASE_URL'] || 'postgres://embedded' });
    await assertPortFree(ports.api, 'the API', PORT_VARIABLES.api);
    await makeDataDirectory(dataDir);

    const { note: log } = progress;
    const [ownPostgres, ownTemporal] = [!env['DATABASE_URL'], !env['TEMPORAL_ADDRESS']];
    // Kept over restarts of what is in it, each of which takes its own part.
    if (ownPostgres || ownTemporal) stops.push(await takeDirectory(dataDir));

    let postgres: Supervisor<EmbeddedPostgres> | null = null;
    if (ownPostgres) {
      const done = progress.step('PostgreSQL');
      const options = { dataDir: join(dataDir, 'postgres'), port: ports.postgres, log };
      postgres = await supervise({ name: 'PostgreSQL', start: () => startEmbeddedPostgres(options), log });
      stops.push(postgres.stop);
      failures.push(postgres.failed);
      env['DATABASE_URL'] = postgres.first.socketUrl;
      done();
    }
    let temporalUiUrl = env['TEMPORAL_UI_URL'] ?? null;
    if (ownTemporal) {
      const done = progress.step('Temporal');
      const options = {
        postgresUrl: env['DATABASE_URL'] ?? '',
        port: ports.temporal,
        uiPort: ports.temporalUi,
        dataDir: join(dataDir, 'temporal'),
        namespace: env['TEMPORAL_NAMESPACE'] ?? 'default',
        log,
      };
      const temporal = await supervise({
        name: 'Temporal',
        start: async () => {
          await postgres?.up();
          return startEmbeddedTemporal(options);
        },
        log,
      });
      stops.push(temporal.stop);
      failures.push(temporal.failed);
      env['TEMPORAL_ADDRESS'] = temporal.first.address;
      temporalUiUrl = temporal.first.uiUrl;
      done();
    }

    if (temporalUiUrl) env['TEMPORAL_UI_URL'] = temporalUiUrl;
    if (!production) env['ALLOWED_TARGET_CIDRS'] ??= '127.0.0.0/8,::1/128';

    const migrated = progress.step('Database schema');
    const db = connectDatabase({ url: env['DATABASE_URL'] ?? '', poolMax: 2 });
    try {
      await migrate(db);
      if (!production) env['SECRETS_KEY'] ??= await secretsKey(dataDir, () => isSealed(db));
    } finally {
      await db.destroy();
    }
    const config = readConfig(env);
    migrated();

    if (await isDashboardStale()) {
      const built = progress.step('Dashboard');
      await buildDashboard();
      built();
    }

    const started = progress.step('API and worker');
    const logger = createLogger(config.LOG_LEVEL, await loadErrorHook(config.ERROR_HOOK));
    await installTemporalRuntime(logger);
    const relay = await startRelay(config, logger, env);
    stops.push(() => relay.stop());
    failures.push(relay.failed.catch((error: unknown) => `The worker has ended: ${String(error)}`));
    const url = relay.url ?? '';
    const databaseDirectory = postgres && (await realpath(join(dataDir, 'postgres', 'cluster')));
    if (ownPostgres || ownTemporal) {
      const removeNote = await noteInstance(dataDir, {
        startedAt: new Date().toISOString(),
        url,
        temporalUiUrl,
        databaseDirectory,
        temporalAddress: env['TEMPORAL_ADDRESS'] ?? '',
        databaseUrl: postgres && postgres.first.url,
      });
      stops.push(removeNote);
    }
    started();
    return {
      url,
      temporalUiUrl,
      developmentKey: config.ADMIN_API_KEY === DEVELOPMENT_API_KEY ? DEVELOPMENT_API_KEY : null,
      dataDir,
      databaseDirectory,
      failed: Promise.race(failures),
      attemptsUnderWay: relay.attemptsUnderWay,
      graceMs: config.SHUTDOWN_GRACE_MS,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @throws when it is not a port in plain digits. */
function port(env: NodeJS.ProcessEnv, name: string, standard: number): number {
  const text = env[name];
  if (!text) return standard;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 65_535) {
    throw new Error(`${name} must be a port number from 1 to 65535, not "${text}".`);
  }
  return number;
}
