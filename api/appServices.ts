import type { Knex } from 'knex';
import type { AddressGuard } from '../activities/http/guardAddress.ts';
import type { Sender } from '../activities/http/sender.ts';
import type { WorkflowInspector } from '../temporal/inspector.ts';
import type { Config } from '../ops/config.ts';
import type { Logger } from '../ops/logger.ts';
import type { Authenticator } from './http/caller.ts';
import type { EventTypeDirectory } from './eventTypes/eventTypeDirectory.ts';
import type { Tracing } from '../ops/tracing/tracing.ts';
import type { RecordEvent } from './events/recordEvent.ts';
import type { RequestMetrics } from './http/middlewares/measureRequests.ts';
import type { RateLimiter } from './http/middlewares/rateLimit.ts';
import type { SecretBox } from '../ops/secretBox.ts';
import type { StreamHub } from './stream/StreamHub.ts';
import type { WebhookDirectory } from '../store/webhookDirectory.ts';

/** What the API works with; made in one place (process/relay.ts). */
export interface AppServices {
  config: Pick<Config, 'MAX_EVENT_BYTES' | 'RATE_LIMIT_PER_MINUTE' | 'TRUST_PROXY' | 'TRUST_PROXY_HOPS'>;
  db: Knex;
  logger: Logger;
  /** The webhooks in memory, told of each change before its caller is answered. */
  directory: Pick<WebhookDirectory, 'refresh' | 'find' | 'matching' | 'unreadable'>;
  eventTypes: Pick<EventTypeDirectory, 'refresh' | 'check'>;
  secretBox: SecretBox;
  /** Sends what an operator wants to try out. */
  sender: Pick<Sender, 'send'>;
  guard: Pick<AddressGuard, 'checkUrl'>;
  recordEvent: RecordEvent;
  workflows: WorkflowInspector;
  /** Tells this process's worker, if it has one, that a batch is to be started. */
  wakeBatches(): void;
  /** Whose an API key is. */
  authenticator: Authenticator;
  rateLimiter: RateLimiter;
  /** What the process counts and measures; its text is in Prometheus' format. */
  metrics: RequestMetrics & { text: () => Promise<string> };
  tracing: Tracing;
  stream: Pick<StreamHub, 'open'>;
  /** The directory of the built dashboard; without it none is served. */
  webRoot?: string | undefined;
  /** Whether the process is about to stop, so that load balancers look elsewhere. */
  isStopping?: () => boolean;
}
