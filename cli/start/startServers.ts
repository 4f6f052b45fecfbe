import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import {
  assertPortFree,
  type EmbeddedPostgres,
  PORT_VARIABLES,
  startEmbeddedPostgres,
  supervise,
  type Supervisor,
  takeDirectory,
} from '../../embedded/index.ts';
import { type Config, readConfig } from '../../ops/config.ts';
import { DEVELOPMENT_API_KEY } from '../../ops/developmentKey.ts';
import { connectDatabase } from '../../store/connect.ts';
import { migrate } from '../../store/migrate.ts';
import { isSealed } from '../../store/secrets/sealingKey.ts';
import { dataDirectory, makeDataDirectory } from './dataDirectory.ts';
import type { Failures } from './failures.ts';
import { noteInstance } from './instance.ts';
import { bringUpTemporal, type OwnTemporal } from './ownTemporal.ts';
import type { Progress } from './progress.ts';
import { resealOwn, secretsKey } from './secretsKey.ts';

const NEEDS_TEMPORAL =
  'DATABASE_URL is set and TEMPORAL_ADDRESS is not. The Temporal that `npm start` brings keeps its state in the PostgreSQL that it ' +
  'brings, and does not put its databases on a server of yours. Set TEMPORAL_ADDRESS to a Temporal server, or leave DATABASE_URL unset.';

/** What a process of Relay stands on. */
export interface Servers {
  /** The environment for such a process. */
  env: NodeJS.ProcessEnv;
  config: Config;
  /** Null when the key is the operator's own and need not be printed. */
  developmentKey: string | null;
  dataDir: string;
  /** Null for one that the environment names, as with `temporal`. */
  postgres: Supervisor<EmbeddedPostgres> | null;
  temporal: OwnTemporal | null;
  /** Where the database's files truly are; null when they are not ours. */
  databaseDirectory: string | null;
  /**
   * Notes what runs now, for `relay status` and the command line. Answers with the address of Temporal's Web UI, null where there is
   * none (yet).
   */
  note: (url: string, isWhole: boolean) => Promise<string | null>;
}

/**
 * Brings up what the environment does not name: Temporal unless `TEMPORAL_ADDRESS`, PostgreSQL unless `DATABASE_URL`, too;
 * then the schema. Temporal comes up beside that.
 * @param stops gets what stops each part that was started, in this order.
 */
export async function startServers(
  given: NodeJS.ProcessEnv,
  progress: Progress,
  stops: (() => Promise<unknown>)[],
  failures: Failures,
): Promise<Servers> {
  const dataDir = dataDirectory(given);
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
    failures.watch(postgres.failed);
    env['DATABASE_URL'] = postgres.first.socketUrl;
    done();
  }
  let temporal: OwnTemporal | null = null;
  if (ownTemporal) {
    const done = progress.step('Temporal');
    temporal = bringUpTemporal({
      postgresUrl: env['DATABASE_URL'] ?? '',
      port: ports.temporal,
      uiPort: ports.temporalUi,
      dataDir: join(dataDir, 'temporal'),
      namespace: env['TEMPORAL_NAMESPACE'] ?? 'default',
      log,
      database: async () => postgres?.up(),
    });
    stops.push(temporal.stop);
    failures.watch(temporal.failed);
    failures.watchWork(temporal.up.then(done));
    env['TEMPORAL_ADDRESS'] = temporal.address;
    env['TEMPORAL_UI_URL'] = temporal.uiUrl;
  }

  if (!production) env['ALLOWED_TARGET_CIDRS'] ??= '127.0.0.0/8,::1/128';

  const migrated = progress.step('Database schema');
  const db = connectDatabase({ url: env['DATABASE_URL'] ?? '', poolMax: 2 });
  try {
    await migrate(db);
    if (!production) env['SECRETS_KEY'] ??= await secretsKey(dataDir, () => isSealed(db));
    if (postgres) await resealOwn(db, readConfig(env));
  } finally {
    await db.destroy();
  }
  const config = readConfig(env);
  migrated();

  const databaseDirectory = postgres && (await realpath(join(dataDir, 'postgres', 'cluster')));
  const startedAt = new Date().toISOString();
  const note = async (url: string, isWhole: boolean): Promise<string | null> => {
    const temporalUiUrl = !isWhole ? null : temporal ? (await temporal.up).uiUrl : (env['TEMPORAL_UI_URL'] ?? null);
    if (!ownPostgres && !ownTemporal) return temporalUiUrl;
    const removeNote = await noteInstance(dataDir, {
      pid: process.pid,
      startedAt,
      url,
      temporalUiUrl,
      databaseDirectory,
      temporalAddress: isWhole ? (env['TEMPORAL_ADDRESS'] ?? '') : null,
      databaseUrl: postgres && postgres.first.url,
    });
    stops.push(removeNote);
    return temporalUiUrl;
  };
  const developmentKey = config.ADMIN_API_KEY === DEVELOPMENT_API_KEY ? DEVELOPMENT_API_KEY : null;
  return { env, config, developmentKey, dataDir, postgres, temporal, databaseDirectory, note };
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
