import type Koa from 'koa';
import type { Knex } from 'knex';
import type { AccessTokens } from '../activities/http/accessTokens.ts';
import type { AddressGuard } from '../activities/http/guardAddress.ts';
import type { Sender } from '../activities/http/sender.ts';
import { SignIn } from '../api/access/openId/SignIn.ts';
import { createRateLimiter } from '../api/access/rateLimiter.ts';
import { createApp } from '../api/app.ts';
import type { EventTypeDirectory } from '../api/eventTypes/eventTypeDirectory.ts';
import type { SchemaThreads } from '../api/eventTypes/threads/SchemaThreads.ts';
import { createRecordEvent, type LocalDispatcher } from '../api/events/recordEvent.ts';
import { createReadiness } from '../api/health/readiness.ts';
import type { Authenticator } from '../api/http/caller.ts';
import type { RequestState } from '../api/http/state.ts';
import { LoopTurns } from '../api/turns/LoopTurns.ts';
import { Exports } from '../api/listing/Exports.ts';
import { apiRoutes, operatorRoutes, type OperatorServices } from '../api/routes.ts';
import { StreamHub } from '../api/stream/StreamHub.ts';
import type { Config } from '../ops/config.ts';
import type { Logger } from '../ops/logger.ts';
import type { SecretBox } from '../ops/secretBox.ts';
import type { Tracing } from '../ops/tracing/tracing.ts';
import type { Listener } from '../store/listen.ts';
import type { WebhookDirectory } from '../store/webhookDirectory.ts';
import type { WorkflowInspector } from '../temporal/inspector.ts';
import type { Metrics } from './metrics/createMetrics.ts';

/** What a process has for answering requests, whatever its role. */
export interface OperatorParts {
  config: Pick<
    Config,
    | 'DATABASE_POOL_MAX'
    | 'HTTPS_ONLY'
    | 'MAX_EVENT_BYTES'
    | 'MAX_WEBHOOKS_PER_CLIENT'
    | 'PUBLIC_URL'
    | 'knowsPublicUrl'
    | 'RATE_LIMIT_PER_MINUTE'
    | 'openId'
    | 'TRUST_PROXY'
    | 'TRUST_PROXY_HOPS'
  >;
  db: Knex;
  logger: Logger;
  directory: WebhookDirectory;
  inspector: WorkflowInspector;
  /** What is done to bring up a Temporal that is not there yet, for a person; null when there is nothing to tell. */
  temporalProgress: () => string | null;
  authenticator: Authenticator;
  metrics: Metrics;
  tracing: Tracing;
  /** Whether the process is about to stop. */
  isStopping: () => boolean;
}

export interface ApiParts extends OperatorParts {
  listener: Listener;
  eventTypes: EventTypeDirectory;
  schemaThreads: SchemaThreads;
  secretBox: SecretBox;
  guard: AddressGuard;
  /** Sends what an operator wants to try out. */
  sender: Sender;
  /** What receivers by OAuth take; the process has one of each. */
  tokens: AccessTokens;
  /** The dispatcher of this process, when it has one. */
  dispatcher: LocalDispatcher | null;
  /** Tells this process's worker, if it has one, that a batch is to be started. */
  wakeBatches: () => void;
  /** The directory of the built dashboard; without it none is served. */
  webRoot: string | undefined;
}

export interface Api {
  app: Koa<RequestState>;
  /** Ends streams and exports, which hold connections open. */
  stop: () => void;
}

/** The API of a process: each resource is given what it works with. */
export async function buildApi(parts: ApiParts): Promise<Api> {
  const { db, logger, directory, eventTypes, metrics, tracing, wakeBatches } = parts;
  const stream = new StreamHub(db, logger);
  await stream.start(parts.listener);
  const loop = new LoopTurns();
  const exports = new Exports();
  const recordEvent = createRecordEvent({
    db,
    webhooks: directory,
    dispatcher: parts.dispatcher,
    loop,
    onAccepted: metrics.eventAccepted,
    onCommit: metrics.eventsCommitted,
  });
  const command = { db, logger, directory, eventTypes };
  const { authenticator, inspector, secretBox, guard, sender, tokens } = parts;
  const rateLimiter = createRateLimiter(parts.db);
  const publicUrl = parts.config.PUBLIC_URL;
  const { openId } = parts.config;
  const signIn = openId && new SignIn({ ...command, secretBox }, openId);
  const routes = apiRoutes({
    ...operatorServices(parts),
    events: { ...command, recordEvent, wakeBatches, exports, maxEventBytes: parts.config.MAX_EVENT_BYTES },
    eventTypes: { ...command, schemaThreads: parts.schemaThreads },
    webhooks: {
      ...command,
      secretBox,
      guard,
      httpsOnly: parts.config.HTTPS_ONLY,
      maxWebhooksPerClient: parts.config.MAX_WEBHOOKS_PER_CLIENT,
      sender,
      tracing,
      publicUrl,
      tokens,
      wakeBatches,
    },
    deliveries: { ...command, inspector, publicUrl, wakeBatches, exports },
    access: { ...command, authenticator, rateLimiter, config: parts.config, signIn },
    stream: { stream },
  });
  const app = createApp(routes, { ...parts, rateLimiter, loop });
  const stop = (): void => {
    stream.stop();
    exports.stop();
  };
  return { app, stop };
}

/** What a process without the API answers, for probes and Prometheus. */
export function buildOperatorApp(parts: OperatorParts): Koa<RequestState> {
  const rateLimiter = createRateLimiter(parts.db);
  const services = { ...parts, rateLimiter, loop: new LoopTurns(), webRoot: undefined };
  return createApp(operatorRoutes(operatorServices(parts)), services);
}

function operatorServices(parts: OperatorParts): OperatorServices {
  const { db, inspector, metrics, directory, isStopping, temporalProgress } = parts;
  const dependencies = createReadiness(db, inspector);
  return { metrics: { metrics }, health: { dependencies, directory, isStopping, temporalProgress } };
}
