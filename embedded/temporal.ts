import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';

import { Connection } from '@temporalio/client';

import { type ChildServer, type ServerExit, waitUntilReady } from './childServer.ts';
import { startDevServer } from './devServer.ts';
import { findServer, type FoundServer } from './find.ts';
import type { Getting } from './getting.ts';
import { startModulesServer, startWebUi } from './modulesServer.ts';
import { ensureNamespace, type UsedColumns } from '../temporal/namespace.ts';
import { takeDirectory } from './ownership.ts';
import { endLeftover, removePid, writePid } from './pidFiles.ts';
import { answers, LOOPBACK } from '../ops/freePorts.ts';
import { assertPortFree, PORT_VARIABLES } from './networkPorts.ts';
import { signal } from './processes.ts';
import { assertSameStore, readStore } from './store.ts';
import { dropUnusedIndexes } from './visibilityTable.ts';

/** Where and how to run the embedded Temporal server. */
export interface EmbeddedTemporalOptions {
  /** A PostgreSQL server the databases `temporal` and `temporal_visibility` are kept on (unused by the dev server). */
  postgresUrl: string;
  /** Of the frontend, which clients and workers connect to. */
  port: number;
  uiPort: number;
  /** Its directory: configuration and logs, and the dev server's database. */
  dataDir: string;
  namespace: string;
  /** Takes lines about what is going on. */
  log: (line: string) => void;
  /** Fixed when the databases are made; afterwards their number counts. Default 1, which is right for one machine. */
  historyShards?: number;
  /** How long closed workflows are kept. Default 7. */
  retentionDays?: number;
  /** Search attributes of the type Keyword. Default {@link SEARCH_ATTRIBUTES}. */
  keywords?: readonly string[];
  /** The server to start; by default what {@link findServer} finds, or gets. */
  server?: FoundServer;
  /** Told what is done to get a server that is not there, and how far that is. */
  onProgress?: (progress: string) => void;
  /** Gives up getting a server. */
  signal?: AbortSignal;
}

/** A running embedded Temporal server. */
export interface EmbeddedTemporal {
  /** `127.0.0.1:port` */
  address: string;
  /** Of the Web UI, or null where it could not be started. */
  uiUrl: string | null;
  /** The server's process, then the Web UI's where it has one. */
  pids: number[];
  /** Resolves when the server (not the Web UI) has ended, for whatever reason. */
  exited: Promise<ServerExit>;
  /** The last lines that the server wrote since this start. */
  lastLines(): Promise<string>;
  /** Stops server and Web UI, and gives the directory back; the same options start them again. */
  stop(): Promise<void>;
  /** kill -9, as a crash would. Call `stop` afterwards to give the directory back. */
  kill(): void;
}

/** What deliveries can be searched by. */
const SEARCH_ATTRIBUTES = ['ClientId', 'WebhookId', 'EventType'] as const;

const START_TIMEOUT_MS = 60_000;
const CALL_TIMEOUT_MS = 5000;
const STOP_TIMEOUT_MS = 15_000;
const PORT_TRIES = 3;

/**
 * Starts a Temporal server for this process alone, on 127.0.0.1, with namespace, search attributes and Web UI ready to
 * use. State from an earlier run is found again, also after a crash; servers an earlier run left behind are stopped first.
 * @throws {PortBusyError} when a port is taken, {@link InUseError} when another Relay runs on the directory.
 */
export async function startEmbeddedTemporal(options: EmbeddedTemporalOptions): Promise<EmbeddedTemporal> {
  const { port, uiPort, log } = options;
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const release = await takeDirectory(dataDir);
  const running = new Map<'temporal' | 'ui', ChildServer>();
  const stop = async (): Promise<void> => {
    await Promise.all([...running.values()].map((server) => server.stop('SIGTERM', STOP_TIMEOUT_MS)));
    await Promise.all([...running.keys()].map((name) => removePid(dataDir, name)));
    await release();
  };
  const add = async (name: 'temporal' | 'ui', server: ChildServer): Promise<ChildServer> => {
    running.set(name, server);
    await writePid(dataDir, name, server.pid);
    return server;
  };

  try {
    await Promise.all(['temporal', 'ui'].map((name) => endLeftover(dataDir, name, log)));
    await assertPortFree(port, 'Temporal', PORT_VARIABLES.temporal);
    await assertPortFree(uiPort, "Temporal's Web UI", PORT_VARIABLES.temporalUi);
    const found = options.server ?? (await findServerFor(dataDir, options));
    await assertSameStore(dataDir, found.kind);
    options.signal?.throwIfAborted();

    let uiUrl: string | null = `http://${LOOPBACK}:${uiPort}`;
    if (found.kind === 'modules') {
      const { programs } = found;
      const { historyShards = 1 } = options;
      const ui = await add('ui', await startWebUi(programs.ui, { ...options, dataDir }));
      await startWithFreePorts(async () => {
        const server = await startModulesServer({ ...options, dataDir, programs, historyShards });
        return waitUntilAnswers(await add('temporal', server), port);
      });
      await dropUnusedIndexes(options.postgresUrl, await prepare(options));
      await waitUntilReady(ui, "Temporal's Web UI", START_TIMEOUT_MS, () => answers(uiPort)).catch((error: unknown) => {
        log(`Temporal works, but without its Web UI. ${String(error)}`);
        uiUrl = null;
      });
    } else {
      log(
        'This Temporal is the dev server on SQLite: fit for trying things out, a fraction as fast as one built with Go',
      );
      await waitUntilAnswers(
        await add('temporal', await startDevServer({ ...options, dataDir, cli: found.cli })),
        port,
      );
      await prepare(options);
    }

    return {
      address: `${LOOPBACK}:${port}`,
      uiUrl,
      pids: (['temporal', 'ui'] as const).flatMap((name) => running.get(name)?.pid ?? []),
      exited: running.get('temporal')!.exited,
      lastLines: () => running.get('temporal')!.lastLines(),
      stop,
      kill: () => running.forEach((server) => server.exit() ?? signal(server.pid, 'SIGKILL')),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The kind of server that has kept the workflows so far, if it can still be had; else any, for the store to decide. */
async function findServerFor(dataDir: string, getting: Getting): Promise<FoundServer> {
  // The other kind is what is looked for first anyway.
  if ((await readStore(dataDir)) !== 'devServer') return findServer(getting);
  return findServer(getting, { only: 'devServer' }).catch(() => findServer(getting));
}

/**
 * Starts the server again with other inner ports where another process took one of those we had found free, which is
 * seen only when the server ends over it.
 */
async function startWithFreePorts(start: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await start();
      return;
    } catch (error) {
      if (tries === PORT_TRIES || !String(error).includes('address already in use')) throw error;
    }
  }
}

function waitUntilAnswers(server: ChildServer, port: number): Promise<void> {
  return waitUntilReady(server, 'The Temporal server', START_TIMEOUT_MS, () => answersCalls(port));
}

/** Whether calls are answered: the port is open a while before, on a busy machine by more than the client waits. */
async function answersCalls(port: number): Promise<boolean> {
  if (!(await answers(port))) return false;
  const connection = Connection.lazy({ address: `${LOOPBACK}:${port}`, connectTimeout: CALL_TIMEOUT_MS });
  try {
    await connection.ensureConnected();
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

/** Sets up namespace and search attributes. Returns the attributes' columns. */
async function prepare(options: EmbeddedTemporalOptions): Promise<UsedColumns> {
  const connection = await Connection.connect({
    address: `${LOOPBACK}:${options.port}`,
    connectTimeout: START_TIMEOUT_MS,
  });
  try {
    return await ensureNamespace(connection, {
      namespace: options.namespace,
      retentionDays: options.retentionDays ?? 7,
      keywords: options.keywords ?? SEARCH_ATTRIBUTES,
    });
  } finally {
    await connection.close();
  }
}
