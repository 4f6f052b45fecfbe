import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import pg from 'pg';

import { type ChildServer, type ServerExit, startChildServer, waitUntilReady } from './childServer.ts';
import { takeDirectory } from './ownership.ts';
import { LOOPBACK } from '../ops/freePorts.ts';
import { assertPortFree, PORT_VARIABLES } from './networkPorts.ts';
import { type PostgresBinaries, preparePostgresBinaries } from './postgresBinaries.ts';
import {
  changePassword,
  CLUSTER_USER,
  endOrphan,
  ensureCluster,
  hasCluster,
  keepPassword,
  makePassword,
  readPassword,
  readPostmaster,
} from './postgresCluster.ts';
import { reachableDirectory } from './reachable.ts';
import { type SystemUser, unprivilegedUser } from './systemUser.ts';
import { serverEnvironment } from './serverEnvironment.ts';

/** Where and how to run the embedded PostgreSQL. */
export interface EmbeddedPostgresOptions {
  /** Its directory: data, password and log. */
  dataDir: string;
  port: number;
  /** Takes lines about what is going on. */
  log: (line: string) => void;
  /** The database `url` names; made if missing. Default "relay". */
  database?: string;
  /** Settings of postgresql.conf that go before the defaults here. */
  settings?: Record<string, string | number | boolean>;
}

/** How PostgreSQL stops: "fast" ends sessions and writes everything out, "immediate" leaves recovery to the next start, "kill" is kill -9. */
type PostgresStop = 'fast' | 'immediate' | 'kill';

/** A running embedded PostgreSQL. */
export interface EmbeddedPostgres {
  /** `postgres://user:password@127.0.0.1:port/database` */
  url: string;
  /** The same through its Unix socket, which spares both sides work; as `url` where the path of one would be too long. */
  socketUrl: string;
  port: number;
  /** Of the server's first process. */
  pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  exited: Promise<ServerExit>;
  /** The last lines that it wrote since this start. */
  lastLines(): Promise<string>;
  /** Stops it and gives the directory back; the same options start it again. Default "fast". */
  stop(mode?: PostgresStop): Promise<void>;
}

const STOP_SIGNALS: Record<PostgresStop, NodeJS.Signals> = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' };

/** The system takes 107 bytes for the path of a socket (104 on macOS); `/.s.PGSQL.65535` is 15 of them. */
const MAX_SOCKET_DIRECTORY = 88;

/** Recovery after a crash reads back at most `max_wal_size` of changes; a slow disk gets this long for it. */
const START_TIMEOUT_MS = 180_000;

/**
 * Starts a PostgreSQL for this process alone, on 127.0.0.1, with a password of its own. Data from an earlier run is found
 * again, also after a crash; a server that an earlier run left behind is stopped first.
 * @throws {PortBusyError} when the port is taken, {@link InUseError} when another Relay runs on the directory.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { port, log } = options;
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const release = await takeDirectory(dataDir);
  try {
    const user = await unprivilegedUser(log);
    const binaries = await preparePostgresBinaries(user, log);
    const kept = await readPassword(dataDir);
    const password = kept ?? makePassword();
    const home = await reachableDirectory(join(dataDir, 'cluster'), user, log);
    const isOld = await hasCluster(home);
    const data = await ensureCluster(home, password, binaries, user);
    await endOrphan(data, log);
    if (kept === null) {
      // The data may be elsewhere and outlive the directory that the password was kept in.
      if (isOld) await changePassword(data, password, binaries, user);
      await keepPassword(dataDir, password);
    }
    await assertPortFree(port, 'PostgreSQL', PORT_VARIABLES.postgres);

    const socketDirectory = Buffer.byteLength(home) <= MAX_SOCKET_DIRECTORY ? home : null;
    const server = await launch({ ...options, dataDir }, { binaries, data, socketDirectory, user });
    const base = `postgres://${CLUSTER_USER}:${password}@${LOOPBACK}:${port}`;
    const database = options.database ?? 'relay';
    try {
      await ensureDatabase(`${base}/postgres`, database);
    } catch (error) {
      await server.stop('SIGINT', 10_000);
      throw error;
    }
    const url = `${base}/${database}`;
    return {
      url,
      socketUrl: socketDirectory ? `${url}?host=${encodeURIComponent(socketDirectory)}` : url,
      port,
      pid: server.pid,
      exited: server.exited,
      lastLines: () => server.lastLines(),
      async stop(mode = 'fast') {
        await server.stop(STOP_SIGNALS[mode], 30_000);
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Makes the database `name` unless it is there. `url` names another database of the same server. */
export async function ensureDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

interface Cluster {
  binaries: PostgresBinaries;
  data: string;
  /** Null: it listens on no socket. */
  socketDirectory: string | null;
  user: SystemUser | null;
}

async function launch(
  options: EmbeddedPostgresOptions,
  { binaries, data, socketDirectory, user }: Cluster,
): Promise<ChildServer> {
  const settings = {
    max_connections: 200,
    shared_buffers: '256MB',
    jit: false,
    log_checkpoints: false,
    ...options.settings,
    listen_addresses: LOOPBACK,
    port: options.port,
    unix_socket_directories: socketDirectory ?? '',
  };
  const startedAt = Date.now();
  let announced = false;
  for (;;) {
    const server = await startChildServer({
      command: binaries.postgres,
      args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      env: serverEnvironment({ LC_ALL: 'C' }),
      cwd: '/',
      logFile: join(options.dataDir, 'postgres.log'),
      stopSignal: 'SIGINT',
      ...user,
    });
    try {
      await waitUntilReady(server, 'PostgreSQL', START_TIMEOUT_MS, async () => {
        const postmaster = await readPostmaster(data);
        if (!announced && Date.now() - startedAt > 3_000) {
          announced = true;
          options.log('PostgreSQL is reading back what a crash left unfinished …');
        }
        return postmaster?.pid === server.pid && postmaster.status === 'ready';
      });
      return server;
    } catch (error) {
      await server.stop('SIGINT', 10_000);
      // The backends of a server that was killed a moment ago have not all noticed yet.
      const held = /pre-existing shared memory block/.test(await server.lastLines());
      if (!held || Date.now() - startedAt > 15_000) throw error;
    }
  }
}
