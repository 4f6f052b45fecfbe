import type { DeliveryJob } from '../../activities/ports.ts';

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

/** A freshly recorded delivery, handed over in memory with what its first attempt needs. */
export interface NewDelivery extends OutboxEntry {
  kind: 'start';
  job: DeliveryJob;
}

/** An entry of the queue in memory: a claimed row, or a new delivery with what its first attempt needs. */
export type QueuedEntry = OutboxEntry & Partial<Pick<NewDelivery, 'job'>>;

/** One thing to tell Temporal; of one delivery a start and a cancel may be under way at once. */
export function entryKey({ kind, deliveryId }: Pick<OutboxEntry, 'kind' | 'deliveryId'>): string {
  return `${kind}:${deliveryId}`;
}

export function startKey(deliveryId: string): string {
  return entryKey({ kind: 'start', deliveryId });
}

export interface OutboxStore {
  /**
   * Takes rows that nobody is at, oldest first, at most `perWebhook` of each webhook, so that one with a long backlog
   * does not hide the others. They are leased: after a while they can be claimed again.
   */
  claim(want: { perWebhook: number; limit: number; except: string[] }): Promise<OutboxEntry[]>;
  /** Temporal knows of these now. */
  done(entries: OutboxEntry[]): Promise<void>;
  /** Gives claimed rows back at once. */
  release(deliveryIds: string[]): Promise<void>;
}

/** Starts and signals delivery workflows; every call may be repeated. */
export interface DeliveryWorkflows {
  /** Starts the workflow unless it runs, and answers whether it did; with `manual` it makes one attempt by hand. */
  start(entry: OutboxEntry, trigger: 'automatic' | 'manual'): Promise<boolean>;
  /** Signals the running workflow, or starts a new run when none is running. */
  retry(entry: OutboxEntry): Promise<void>;
  /** Signals the running workflow, if there is one. */
  cancel(entry: OutboxEntry): Promise<void>;
}
