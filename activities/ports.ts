import type { BatchProgress } from '../contract/batchWorkflow.ts';
import type { AttemptTrigger, DeliveryStatus } from '../contract/statuses.ts';
import type { WebhookSettings } from '../contract/webhookSettings.ts';

/** A webhook as the sender needs it, kept in memory (see store/webhookDirectory.ts). */
export interface WebhookTarget extends WebhookSettings {
  id: string;
  clientId: string;
  /** The secrets that are live now, newest first; each of them signs. Null when they cannot be had here, so that nothing is sent. */
  liveSecrets(): string[] | null;
}

/** The webhooks that exist now. `undefined` means deleted or never there. */
export interface Webhooks {
  find(webhookId: string): WebhookTarget | undefined;
}

/** A delivery with the event it carries, as much as an attempt needs. */
export interface DeliveryJob {
  deliveryId: string;
  eventId: string;
  webhookId: string;
  workflowId: string;
  eventType: string;
  /** The payload's JSON text, as it was sent. */
  payload: string;
  /** The event's `createdAt`. */
  createdAt: Date;
  /** The trace context that the event was posted in (W3C). */
  traceparent: string | null;
  status: DeliveryStatus;
  attemptCount: number;
}

/** One HTTP request of a delivery, with what it changes about the delivery. */
export interface AttemptRecord {
  id: string;
  deliveryId: string;
  webhookId: string;
  trigger: AttemptTrigger;
  startedAt: Date;
  durationMs: number;
  response: { status: number; headers: Record<string, string>; body: string } | null;
  error: { code: string; message: string } | null;
  /** The delivery's status after this attempt. */
  status: 'delivered' | 'retrying' | 'failed';
  nextRetryAt: Date | null;
  /** The receiver said that it is gone for good (410), so its webhook is to be disabled. */
  gone: boolean;
}

/** What a delivery is, and how many attempts it has had. */
export interface DeliveryStanding {
  status: DeliveryStatus;
  attempt: number;
}

/**
 * Where deliveries are read from and written to. Each answers null when this database has no such delivery, which is
 * never an end: the worker may be looking into another Relay's database, or into an older copy of its own.
 */
export interface DeliveryStore {
  load(deliveryId: string): Promise<DeliveryJob | null>;
  /**
   * Writes the attempt and the delivery's new state together; repeating it changes nothing.
   * Answers with what the delivery is now: a cancelled one stays so unless the attempt delivered it.
   */
  record(attempt: AttemptRecord): Promise<DeliveryStanding | null>;
  /** Ends an open delivery without an attempt; answers with what it is now. */
  settle(deliveryId: string, status: 'skipped' | 'cancelled'): Promise<DeliveryStanding | null>;
}

/** Jobs that this process has just written and need not read again. */
export interface JobCache {
  /** The job, and forgets it; undefined when it is not here. */
  take(deliveryId: string): DeliveryJob | undefined;
}

/** Holds sends back to a webhook's `rateLimit`, over all workers. */
export interface Pacer {
  /** Reserves the webhook's next free slot, once per delivery until it has come; answers in how many ms it is. */
  reserve(delivery: { deliveryId: string; webhookId: string }, perSecond: number): Promise<number>;
}

/** The long tables, as bulk work and retention see them. */
export interface Housekeeping {
  /** One step of a batch; see `BatchProgress`. */
  advanceBatch(batchId: string): Promise<BatchProgress>;
  endBatch(batchId: string): Promise<BatchProgress>;
  /** Removes a small number of expired events with all that belongs to them; answers how many, 0 when none is left. */
  removeExpired(): Promise<number>;
}
