import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { AccessTokens } from '../activities/http/accessTokens.ts';
import { createAddressGuard } from '../activities/http/guardAddress.ts';
import { createSender } from '../activities/http/sender.ts';
import { USER_AGENT } from '../activities/http/userAgent.ts';
import { readTemporalPlace } from '../temporal/connection.ts';
import { createInspector } from '../temporal/inspector.ts';
import { openLink } from '../temporal/link.ts';
import { temporalMetrics } from './runtime.ts';
import { defaultTaskQueue } from '../temporal/taskQueue.ts';
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
import { SchemaThreads } from '../api/eventTypes/threads/SchemaThreads.ts';
import { createMetrics } from './metrics/createMetrics.ts';
import { createRecordEvent } from '../api/events/recordEvent.ts';
import { LoopTurns } from '../api/turns/LoopTurns.ts';
import { startTelling } from './startTelling.ts';
import { createApiServer } from '../api/server.ts';
import { agreeOnSealingKey } from '../store/secrets/sealingKey.ts';
import { createSecretBox } from '../ops/secretBox.ts';
import { WebhookDirectory } from '../store/webhookDirectory.ts';
import { loadTracing } from '../ops/tracing/loadTracing.ts';

/** The built dashboard, as seen from the sources and from the build. */
const WEB_ROOTS = ['../web/dist', '../../web/dist'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

export interface Relay {
  /** The process's own address, with the port that was really taken; null for a worker without `WORKER_PORT`. */
  url: string | null;
  /**
   * Resolves when Temporal is there and, with the role of a worker, workflows run. Until then events are accepted and first
   * attempts are made; everything else waits. Rejects when the process is stopped before, and when `failed` does.
   */
  whole: Promise<void>;
  isWhole: () => boolean;
  /** Rejects when a part fails for good; the process is then to be ended and started again. */
  failed: Promise<never>;
  /** How many attempts are under way; a stop waits for them, up to SHUTDOWN_GRACE_MS. */
  attemptsUnderWay: () => number;
  /** Answers what is under way, lets attempts end, and closes everything in order. Nothing accepted is lost. */
  stop: () => Promise<void>;
}

/** A Temporal that is being brought up beside the process. */
export interface TemporalToCome {
  /** Resolves when it can be connected to. */
  ready: Promise<unknown>;
  /** What is done to that end, for a person; null when there is nothing to tell. */
  progress: () => string | null;
}

const forever = new Promise<never>(() => undefined);

/** How long a request that is under way may hold up the end of the process; a caller that stalls would do so for minutes. */
const REQUEST_GRACE_MS = 10_000;

/**
 * Composes a process of Relay: database, webhooks in memory, and, as its role says, the API, the worker with its
 * dispatcher, or both. A Temporal that is not there is waited for behind an open API.
 * @param toCome the Temporal that it is to wait for; by default it is there, or comes by itself.
 * @throws when PostgreSQL cannot be reached within a minute, WrongSecretsKey, and TaskQueueInUse; the last, when that is seen
 * only later, is what `failed` rejects with.
 */
export async function startRelay(
  config: Config,
  logger: Logger,
  env: NodeJS.ProcessEnv,
  toCome?: TemporalToCome,
): Promise<Relay> {
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
    const schemaThreads = new SchemaThreads(logger);
    closing.push(() => schemaThreads.stop());
    const eventTypes = new EventTypeDirectory(db, schemaThreads, logger);
    if (withApi) await eventTypes.start(listener);
    const installationId = await readInstallationId(db);
    const taskQueue = config.TEMPORAL_TASK_QUEUE ?? defaultTaskQueue(installationId);
    const place = readTemporalPlace(env);
    const link = openLink({ place, claim: { taskQueue, installationId }, after: toCome?.ready }, logger);
    closing.push(() => link.close());
    let client: Client | null = null;
    const inspector = createInspector(() => client, { ...place, webUiUrl: config.TEMPORAL_UI_URL, taskQueue });
    const metrics = createMetrics({ db, webhooks: directory, pingTemporal: () => inspector.ping(), temporalMetrics });
    const guard = createAddressGuard(config.ALLOWED_TARGET_CIDRS);
    const sender = createSender({
      guard,
      userAgent: USER_AGENT,
      proxyUrl: config.EGRESS_PROXY_URL,
      nameServers: config.NAME_SERVERS,
    });
    closing.push(() => sender.close());
    const tokens = new AccessTokens(sender);

    // Whose queue it is, is known before anything is sent, where Temporal can tell.
    const isThere = await Promise.race([link.connected.then(() => true), link.isLate.then(() => false)]);
    let worker: RelayWorker | null = null;
    if (withWorker) {
      worker = buildWorker({
        db,
        listener,
        webhooks: directory,
        sender,
        tokens,
        taskQueue,
        logger,
        metrics,
        tracing,
        manualRetryWindowMs: config.MANUAL_RETRY_WINDOW_MS,
        retentionDays: config.RETENTION_DAYS,
        auditRetentionDays: config.AUDIT_RETENTION_DAYS,
        healthFailures: config.HEALTH_FAILURES,
        autoRecover: config.AUTO_RECOVER,
        autoDisableAfterHours: config.AUTO_DISABLE_AFTER_HOURS,
        publicUrl: config.PUBLIC_URL,
        shutdownGraceMs: config.SHUTDOWN_GRACE_MS,
      });
      closing.push(worker.stop);
      const loop = new LoopTurns();
      const { dispatcher } = worker;
      const recordEvent = createRecordEvent({ db, webhooks: directory, dispatcher, loop });
      for (const telling of startTelling({ db, config, recordEvent, logger })) closing.push(() => telling.stop());
    }
    const whole = link.connected.then(async (temporal) => {
      await worker?.connect(temporal);
      client = new Client(temporal);
    });
    whole.catch(() => undefined); // `failed` tells it
    if (isThere) await whole;
    await worker?.start();

    let url: string | null = null;
    const port = withApi ? config.PORT : config.WORKER_PORT;
    if (port !== undefined) {
      const authenticator = createKeyAuthenticator(db, config.ADMIN_API_KEY, logger);
      const temporalProgress = () => toCome?.progress() ?? null;
      const common = { config, db, logger, directory, inspector, temporalProgress, authenticator, metrics, tracing };
      const parts = { ...common, isStopping: () => isStopping };
      const api = withApi
        ? await buildApi({
            ...parts,
            listener,
            eventTypes,
            schemaThreads,
            secretBox,
            guard,
            sender,
            tokens,
            dispatcher: worker?.dispatcher ?? null,
            wakeBatches: () => worker?.wakeBatches(),
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
    const failed = Promise.race([worker?.failed ?? forever, whole.then(() => forever)]).catch((error: unknown) => {
      if (isStopping) return forever;
      throw error;
    });
    return { url, whole, isWhole: () => client !== null, failed, attemptsUnderWay: sender.underWay, stop };
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
