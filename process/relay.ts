import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { TransportError } from '@temporalio/worker';
import { createAddressGuard } from '../activities/http/guardAddress.ts';
import { createSender } from '../activities/http/sender.ts';
import { USER_AGENT } from '../activities/http/userAgent.ts';
import { connectTemporal } from '../temporal/connection.ts';
import { createInspector } from '../temporal/inspector.ts';
import { temporalMetrics } from './runtime.ts';
import { claimTaskQueue, defaultTaskQueue, TaskQueueInUse } from '../temporal/taskQueue.ts';
import { buildApi, buildOperatorApp } from './buildApi.ts';
import { buildWorker, type RelayWorker } from './buildWorker.ts';
import type { Config } from '../ops/config.ts';
import { connectDatabase } from '../store/connect.ts';
import { readInstallationId } from '../store/installation.ts';
import { listen as listenToDatabase } from '../store/listen.ts';
import { untilDatabaseReachable } from '../store/untilDatabaseReachable.ts';
import type { Logger } from '../ops/logger.ts';
import { createKeyAuthenticator } from '../api/access/keyAuthenticator.ts';
import { EventTypeDirectory } from '../api/eventTypes/eventTypeDirectory.ts';
import { createMetrics } from './metrics/createMetrics.ts';
import { createApiServer } from '../api/server.ts';
import { agreeOnSealingKey } from '../store/secrets/sealingKey.ts';
import { createSecretBox } from '../ops/secretBox.ts';
import { WebhookDirectory } from '../store/webhookDirectory.ts';
import { loadTracing } from '../ops/tracing/loadTracing.ts';
import { untilReachable } from '../ops/untilReachable.ts';

/** The built dashboard, as seen from the sources and from the build. */
const WEB_ROOTS = ['../web/dist', '../../web/dist'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

export interface Relay {
  /** The process's own address, with the port that was really taken; null for a worker without `WORKER_PORT`. */
  url: string | null;
  /** Rejects when a part fails for good; the process is then to be ended and started again. */
  failed: Promise<never>;
  /** How many attempts are under way; a stop waits for them, up to SHUTDOWN_GRACE_MS. */
  attemptsUnderWay: () => number;
  /** Answers what is under way, lets attempts end, and closes everything in order. Nothing accepted is lost. */
  stop: () => Promise<void>;
}

/** How long a request that is under way may hold up the end of the process; a caller that stalls would do so for minutes. */
const REQUEST_GRACE_MS = 10_000;

/**
 * Composes a process of Relay: database, webhooks in memory, and, as its role says, the API, the worker with its
 * dispatcher, or both.
 * @throws when PostgreSQL or Temporal cannot be reached within a minute, WrongSecretsKey, and TaskQueueInUse.
 */
export async function startRelay(config: Config, logger: Logger, env: NodeJS.ProcessEnv): Promise<Relay> {
  const withApi = config.RELAY_ROLE !== 'worker';
  const withWorker = config.RELAY_ROLE !== 'api';
  let isStopping = false;
  const closing: (() => unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.reverse()) await close();
  };
  try {
    const tracing = await loadTracing(env, logger);
    closing.push(() => tracing.stop());
    const db = connectDatabase({ url: config.DATABASE_URL, poolMax: config.DATABASE_POOL_MAX });
    closing.push(() => db.destroy());
    await untilDatabaseReachable(() => db.raw('SELECT 1'), logger);
    const secretBox = createSecretBox(
      config.SECRETS_KEY,
      config.SECRETS_KEY_PREVIOUS ? Buffer.from(config.SECRETS_KEY_PREVIOUS, 'base64') : null,
    );
    await agreeOnSealingKey(db, secretBox);
    const listener = await listenToDatabase({ url: config.DATABASE_LISTEN_URL ?? config.DATABASE_URL, logger });
    closing.push(() => listener.close());
    const directory = new WebhookDirectory(db, secretBox, logger);
    await directory.start(listener);
    const eventTypes = new EventTypeDirectory(db, logger);
    if (withApi) await eventTypes.start(listener);
    const temporal = await untilReachable(
      { name: 'Temporal', connect: () => connectTemporal(env), isPassing: (error) => error instanceof TransportError },
      logger,
    );
    closing.push(() => temporal.connection.close());
    const client = new Client(temporal);
    const installationId = await readInstallationId(db);
    const taskQueue = config.TEMPORAL_TASK_QUEUE ?? defaultTaskQueue(installationId);
    await untilReachable(
      {
        name: 'Temporal',
        connect: () => claimTaskQueue(client, { taskQueue, installationId }),
        isPassing: (error) => !(error instanceof TaskQueueInUse),
      },
      logger,
    );
    const inspector = createInspector(client, { webUiUrl: config.TEMPORAL_UI_URL, taskQueue });
    const metrics = createMetrics({ db, webhooks: directory, pingTemporal: () => inspector.ping(), temporalMetrics });
    const guard = createAddressGuard(config.ALLOWED_TARGET_CIDRS);
    const sender = createSender({
      guard,
      userAgent: USER_AGENT,
      proxyUrl: config.EGRESS_PROXY_URL,
      nameServers: config.NAME_SERVERS,
    });
    closing.push(() => sender.close());

    let worker: RelayWorker | null = null;
    if (withWorker) {
      worker = await buildWorker({
        db,
        listener,
        webhooks: directory,
        sender,
        temporal,
        taskQueue,
        logger,
        metrics,
        tracing,
        manualRetryWindowMs: config.MANUAL_RETRY_WINDOW_MS,
        retentionDays: config.RETENTION_DAYS,
        autoDisableAfter: config.AUTO_DISABLE_AFTER,
        shutdownGraceMs: config.SHUTDOWN_GRACE_MS,
      });
      closing.push(worker.stop);
    }

    let url: string | null = null;
    const port = withApi ? config.PORT : config.WORKER_PORT;
    if (port !== undefined) {
      const authenticator = createKeyAuthenticator(db, config.ADMIN_API_KEY, logger);
      const common = { config, db, logger, directory, inspector, authenticator, metrics, tracing };
      const parts = { ...common, isStopping: () => isStopping };
      const api = withApi
        ? await buildApi({
            ...parts,
            listener,
            eventTypes,
            secretBox,
            guard,
            sender,
            dispatcher: worker?.dispatcher ?? null,
            wakeBatches: () => worker?.batches.wake(),
            webRoot: WEB_ROOTS.find((root) => existsSync(root)),
          })
        : { app: buildOperatorApp(parts), stop: () => undefined };
      const server = createApiServer(api.app);
      url = await listen(server, config.HOST, port);
      closing.push(() => closeServer(server, Math.min(REQUEST_GRACE_MS, config.SHUTDOWN_GRACE_MS)));
      // Before the server, which waits for its connections to end.
      closing.push(api.stop);
    }
    const stop = async (): Promise<void> => {
      isStopping = true;
      if (withApi) await sleep(config.SHUTDOWN_DELAY_MS);
      await closeAll();
    };
    const failed = worker?.failed ?? new Promise<never>(() => undefined);
    return { url, failed, attemptsUnderWay: sender.underWay, stop };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function listen(server: Server, host: string, portWanted: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(portWanted, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return `http://localhost:${port}`;
}

/** Lets requests that are under way end, if they do within `graceMs`; idle kept-alive connections are closed at once. */
function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const breakOff = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(breakOff);
      resolve();
    });
    server.closeIdleConnections();
  });
}
