import type Koa from 'koa';
import type { Knex } from 'knex';
import type { AddressGuard } from '../activities/http/guardAddress.ts';
import type { Sender } from '../activities/http/sender.ts';
import { createRateLimiter } from '../api/access/rateLimiter.ts';
import { createApp } from '../api/app.ts';
import type { EventTypeDirectory } from '../api/eventTypes/eventTypeDirectory.ts';
import { createRecordEvent, type LocalDispatcher } from '../api/events/recordEvent.ts';
import type { Authenticator } from '../api/http/caller.ts';
import type { RequestState } from '../api/http/state.ts';
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
  config: Pick<Config, 'MAX_EVENT_BYTES' | 'RATE_LIMIT_PER_MINUTE' | 'TRUST_PROXY' | 'TRUST_PROXY_HOPS'>;
  db: Knex;
  logger: Logger;
  directory: WebhookDirectory;
  inspector: WorkflowInspector;
  authenticator: Authenticator;
  metrics: Metrics;
  tracing: Tracing;
  /** Whether the process is about to stop. */
  isStopping: () => boolean;
}

export interface ApiParts extends OperatorParts {
  listener: Listener;
  eventTypes: EventTypeDirectory;
  secretBox: SecretBox;
  guard: AddressGuard;
  /** Sends what an operator wants to try out. */
  sender: Sender;
  /** The dispatcher of this process, when it has one. */
  dispatcher: LocalDispatcher | null;
  /** Tells this process's worker, if it has one, that a batch is to be started. */
  wakeBatches: () => void;
  /** The directory of the built dashboard; without it none is served. */
  webRoot: string | undefined;
}

export interface Api {
  app: Koa<RequestState>;
  /** Ends the streams, which hold connections open. */
  stop: () => void;
}

/** The API of a process: each resource is given what it works with. */
export async function buildApi(parts: ApiParts): Promise<Api> {
  const { db, logger, directory, eventTypes, metrics, tracing, wakeBatches } = parts;
  const stream = new StreamHub(db, logger);
  await stream.start(parts.listener);
  const recordEvent = createRecordEvent({
    db,
    webhooks: directory,
    dispatcher: parts.dispatcher,
    onAccepted: metrics.eventAccepted,
    onCommit: metrics.eventsCommitted,
  });
  const command = { db, logger, directory, eventTypes };
  const { authenticator, inspector, secretBox, guard, sender } = parts;
  const rateLimiter = createRateLimiter(parts.db);
  const routes = apiRoutes({
    ...operatorServices(parts),
    events: { ...command, recordEvent, maxEventBytes: parts.config.MAX_EVENT_BYTES },
    eventTypes: command,
    webhooks: { ...command, secretBox, guard, sender, tracing, wakeBatches },
    deliveries: { ...command, inspector, wakeBatches },
    access: { ...command, authenticator, rateLimiter, config: parts.config },
    stream: { stream },
  });
  const app = createApp(routes, { ...parts, rateLimiter });
  return { app, stop: () => stream.stop() };
}

/** What a process without the API answers, for probes and Prometheus. */
export function buildOperatorApp(parts: OperatorParts): Koa<RequestState> {
  const services = { ...parts, rateLimiter: createRateLimiter(parts.db), webRoot: undefined };
  return createApp(operatorRoutes(operatorServices(parts)), services);
}

function operatorServices({ db, inspector, directory, isStopping, metrics }: OperatorParts): OperatorServices {
  return { metrics: { metrics }, health: { db, inspector, directory, isStopping } };
}
