import type { FirstAttempt } from '../../activities/firstAttempts.ts';
import type { DeliveryJob, WebhookTarget } from '../../activities/ports.ts';
import type { AttemptOutcome } from '../../contract/deliveryWorkflow.ts';

/** What Temporal must be told of a delivery: start its workflow, make an attempt by hand, stop. */
export type OutboxKind = 'start' | 'retry' | 'cancel';

export interface OutboxEntry {
  deliveryId: string;
  eventId: string;
  webhookId: string;
  clientId: string;
  eventType: string;
  workflowId: string;
  kind: OutboxKind;
}

/** What is left to do for a delivery whose workflow is to be started. */
type StartStage =
  /** Nothing is done: its first attempt can be made at once. */
  | 'fresh'
  /** An attempt is recorded, so that only the workflow is missing. */
  | 'attempted'
  /** It is handed over once more: its workflow may run, else a new one makes the next attempt at once. */
  | 'resumed'
  /** It was held since its endpoint was down: its workflow waits for word, else a new one makes the next attempt at once. */
  | 'parked';

/** Whether its workflow may run already, since it is handed over once more. */
export function mayRunAlready({ stage }: { stage?: StartStage }): boolean {
  return stage === 'resumed' || stage === 'parked';
}

/** A row that this process has leased. */
export interface ClaimedEntry extends OutboxEntry {
  stage: StartStage;
  /** Whether the webhook's plan goes on after an attempt by hand. */
  isPlanned: boolean;
}

/** A delivery whose first attempt is to be made. */
export interface FreshDelivery extends OutboxEntry {
  kind: 'start';
  /** When its lease began, in ms since the epoch. */
  leasedAt: number;
  /** What the attempt needs, unless it has to be read. */
  job?: DeliveryJob;
}

/** A freshly recorded delivery, handed over in memory with what its first attempt needs. */
export interface NewDelivery extends FreshDelivery {
  job: DeliveryJob;
}

/** What Temporal is to be told. */
export type QueuedEntry = OutboxEntry & Partial<Pick<ClaimedEntry, 'stage' | 'isPlanned'>>;

/** One thing to tell Temporal; of one delivery a start and a cancel may be under way at once. */
export function entryKey({ kind, deliveryId }: Pick<OutboxEntry, 'kind' | 'deliveryId'>): string {
  return `${kind}:${deliveryId}`;
}

export function startKey(deliveryId: string): string {
  return entryKey({ kind: 'start', deliveryId });
}

/** What is to be taken from the outbox. */
export interface ClaimWanted {
  /** Whether of those that an attempt is recorded of, or of the others. */
  attempted: boolean;
  /** The most of one webhook, and in all. */
  perWebhook: number;
  limit: number;
  /** Webhooks, and clients, of which nothing is wanted. */
  except: string[];
  exceptClients: string[];
}

/** What was taken from the outbox. */
export interface Claim {
  entries: ClaimedEntry[];
  /** How many each webhook was asked for. */
  perWebhook: number;
}

export interface OutboxStore {
  /**
   * Takes rows that nobody is at, oldest first, at most `perWebhook` of each webhook and fewer when many webhooks wait, so that
   * one with a long backlog does not hide the others, nor a client with a thousand webhooks another's. They are leased: after a
   * while they can be claimed again.
   */
  claim(want: ClaimWanted): Promise<Claim>;
  /** Leases deliveries that wait for a start anew, from now on. Answers with those whose lease had not ended. */
  renew(deliveryIds: string[]): Promise<string[]>;
  /** Temporal knows of these now. */
  done(entries: OutboxEntry[]): Promise<void>;
  /** Gives claimed rows back at once. */
  release(deliveryIds: string[]): Promise<void>;
}

/** How the endpoints of webhooks do; see `activities/ports.ts`. */
export interface EndpointHealth {
  find(webhookId: string): Pick<WebhookTarget, 'isDown' | 'recoveredAt'> | undefined;
}

/** Makes the first attempts of deliveries ahead of their workflows; see `activities/firstAttempts.ts`. */
export interface AttemptMaker {
  begin(attempt: FirstAttempt): Promise<AttemptOutcome | null>;
}

/** Starts and signals delivery workflows; every call may be repeated. */
export interface DeliveryWorkflows {
  /** Starts the workflow unless it runs, and answers whether it did; with `manual` it makes one attempt by hand. */
  start(entry: QueuedEntry, trigger: 'automatic' | 'manual'): Promise<boolean>;
  /** Signals the running workflow, or starts a run when none is running: with the rest of the plan after it when `isPlanned`. */
  retry(entry: QueuedEntry): Promise<void>;
  /** Signals the running workflow, if there is one. */
  cancel(entry: OutboxEntry): Promise<void>;
}
