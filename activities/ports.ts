import type { BatchProgress } from '../contract/batchWorkflow.ts';
import type { BodyFormat } from '../contract/bodyFormats.ts';
import type { FilterCheck } from '../contract/filter/compileFilter.ts';
import type { AttemptTrigger, DeliveryStatus } from '../contract/statuses.ts';
import type { WebhookSettings } from '../contract/webhookSettings.ts';

/** A webhook as the sender needs it, kept in memory (see store/webhookDirectory.ts). */
export interface WebhookTarget extends WebhookSettings {
  id: string;
  clientId: string;
  /** Signs with `asymmetric`; PEM, null without. */
  privateKey: string | null;
  /** Whether its filter lets an event through; null without a filter. */
  matches: FilterCheck | null;
  /**
   * The secrets that are live now, newest first; each of them signs. Null when they, or hidden values of other settings, cannot
   * be had here, so that nothing is sent.
   */
  liveSecrets(): string[] | null;
  /** Whether its endpoint is down, so that what it is owed is held. */
  isDown: boolean;
  /** Since when it is well again; null while it is down, and when it has never been. */
  recoveredAt: Date | null;
}

/** The webhooks that exist now. `undefined` means deleted or never there. */
export interface Webhooks {
  find(webhookId: string): WebhookTarget | undefined;
  /** Reads it again, since what is known here may be older than what is recorded. @throws when the database cannot be read. */
  refresh(webhookId: string): Promise<void>;
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
  /** What its body looks like, whatever is said of its webhook meanwhile. */
  format: BodyFormat;
  /** The payload was taken out for good: nothing is sent of it any more. */
  isErased?: boolean;
  /** Whether it may only be attempted in its turn. */
  isOrdered?: boolean;
  /** The event's `createdAt`. */
  createdAt: Date;
  /** The trace context that the event was posted in (W3C). */
  traceparent: string | null;
  status: DeliveryStatus;
  attemptCount: number;
  /** Of these, those that have used up none of the plan. */
  sparedAttempts: number;
  /** When the plan has the next attempt; null when none is planned. */
  nextRetryAt: Date | null;
  /** The message of the last attempt's failure. */
  error: string | null;
  /** While above 0, a dispatcher has it, and its first attempt may be under way there; in ms. */
  leasedForMs: number;
}

/** One HTTP request of a delivery, with what it changes about the delivery. */
export interface AttemptRecord {
  id: string;
  deliveryId: string;
  webhookId: string;
  trigger: AttemptTrigger;
  startedAt: Date;
  durationMs: number;
  /** What was sent, its secrets masked, and to which address; null without a connection. */
  request: { url: string; headers: Record<string, string>; address: string | null };
  response: { status: number; headers: Record<string, string>; body: string } | null;
  error: { code: string; message: string } | null;
  /** The delivery's status after this attempt. */
  status: 'delivered' | 'retrying' | 'failed';
  nextRetryAt: Date | null;
  /** What it says of the endpoint, and how long that asks not to be sent anything, in ms. */
  endpoint: EndpointVerdict;
  retryAfterMs: number | null;
  /** It was the last of the plan: while the endpoint is down it leaves one more. */
  isLast: boolean;
  /** The receiver said that it is gone for good (410), so its webhook is to be disabled. */
  gone: boolean;
  /** Whether the delivery stays in the outbox, since Temporal has not yet answered that it has its workflow; asked when it is written. */
  isOwed: () => boolean;
}

/** Whether an attempt shows an endpoint that is well, or ill; null when it says nothing about it. */
export type EndpointVerdict = 'well' | 'ill' | null;

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
  /** Says until when the webhook's pace holds a delivery back; one that has failed before is due then, not when it was planned. */
  postpone(deliveryId: string, dueAt: Date): Promise<void>;
  /** Puts an open delivery, whose workflow waits, among what is held until its webhook is well again. */
  park(deliveryId: string): Promise<void>;
  /** Whether it is the turn of a delivery that `isOrdered`; else it is put into its line, and its turn comes by way of the outbox. */
  takeTurn(deliveryId: string): Promise<boolean>;
  /** Ends an open delivery without an attempt; answers with what it is now. */
  settle(deliveryId: string, status: 'skipped' | 'cancelled'): Promise<DeliveryStanding | null>;
}

/** Holds sends back to a webhook's `rateLimit`, over all workers. */
export interface Pacer {
  /** Reserves the webhook's next free slot, once per delivery until it has come; answers in how many ms it is. */
  reserve(delivery: { deliveryId: string; webhookId: string }, perSecond: number): Promise<number>;
}

/** A webhook that may be down, as the ladder of its trials sees it. */
export interface EndpointStanding {
  /** Whether it is down, and active; else there is nothing to try. */
  isDown: boolean;
  since: Date | null;
  nextTrialAt: Date | null;
  trials: number;
  lastError: string | null;
}

/** The health of webhooks, as trials see and change it. */
export interface HealthStore {
  standing(webhookId: string): Promise<EndpointStanding>;
  /** The held delivery that has waited longest since it was last tried; null when none is held. */
  nextToTry(webhookId: string): Promise<string | null>;
  /** Says when the next trial is, if it is still down. @param isMade whether one was made. */
  planTrial(webhookId: string, inMs: number, isMade: boolean): Promise<void>;
  /** Disables it when it has been down for too long; answers in how many ms that will be, 0 when it is so, Infinity for never. */
  disableOverdue(webhookId: string): Promise<number>;
}

/** The long tables, as bulk work and retention see them. */
export interface Housekeeping {
  /** One step of a batch; see `BatchProgress`. */
  advanceBatch(batchId: string): Promise<BatchProgress>;
  endBatch(batchId: string): Promise<BatchProgress>;
  /** Removes a small number of expired events with all that belongs to them, then of audit entries; answers how many, 0 when none is left. */
  removeExpired(): Promise<number>;
}
